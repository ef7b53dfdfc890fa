# SPDX-License-Identifier: Apache-2.0
"""What one private PBX is to be: ports, phones, queues, trunk, numbering; and the files that say it to Asterisk."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

import jinja2

from config.asterisk.modules import wanted_modules
from config.asterisk.ports import free_port, free_range
from config.asterisk.program import AsteriskProgram
from pbx_bridge.cel.rows import FIELDS

DIALPLAN = Path(__file__).resolve().parents[2] / "dialplan"
NOTE = "Written by Rolodial at each start. Changes here are lost."


def _secret() -> str:
    return secrets.token_urlsafe(18)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    extension: str
    name: str
    secret: str = field(default_factory=_secret, repr=False)
    browser: bool = False
    stand_in: str = ""  # SIP URI rung while no phone is registered


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePlan:
    name: str
    members: tuple[str, ...] = ()
    extension: str = ""  # what an operator dials or transfers to


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPlan:
    """How people write numbers here, which may be dialled (Asterisk patterns over E.164), what is an emergency."""

    country: str = "7"
    national: str = "8"
    international: str = "810"
    length: int = 10  # of a national number
    allowed: tuple[str, ...] = ("_+7XXXXXXXXXX",)
    emergency: tuple[str, ...] = ("112",)


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxPlan:
    pbx: str = "main"
    sip_host: str = "127.0.0.1"
    sip_port: int = field(default_factory=free_port)
    ami_host: str = "127.0.0.1"
    ami_port: int = field(default_factory=free_port)
    ami_user: str = "rolodial"
    ami_secret: str = field(default_factory=_secret, repr=False)
    http_port: int | None = None  # for browser phones
    ari_port: int | None = None  # for phones that Rolodial makes; loopback, instead of http_port
    ari_secret: str = field(default_factory=_secret, repr=False)
    new_phones: str = ""  # pattern of the extensions they may have: '_2XX'
    rtp: tuple[int, int] = field(default_factory=free_range)
    agi: str = "agi://127.0.0.1:4573"
    trunk_host: str = "127.0.0.50"
    trunk_port: int = 5060
    phones: tuple[Phone, ...] = ()
    queues: tuple[QueuePlan, ...] = (QueuePlan(name="default"),)  # the first is the default one
    queue_seconds: int = 120
    mailbox: str = "default"
    numbers: NumberPlan = NumberPlan()
    out_number: str = ""
    out_name: str = "Rolodial"
    record_internal: bool = True
    survey: str = ""  # what clients are asked after a call: the question's name, and the sound that asks it
    survey_sound: str = ""
    notice: str = ""  # the sound that every caller hears first
    greeting: str = ""  # of voicemail
    verbose: bool = False
    recordings: Path | None = None  # else spool/recordings of the instance


_PBX_FILES = (
    "ari.conf", "asterisk.conf", "cel.conf", "cel_custom.conf", "extensions.conf", "features.conf", "http.conf",
    "indications.conf", "logger.conf", "manager.conf", "modules.conf", "musiconhold.conf", "pjsip.conf", "queues.conf",
    "rolodial-site.conf", "rtp.conf", "sorcery.conf", "voicemail.conf",
)  # fmt: skip


# Files that Asterisk complains about when they are missing, and that need say nothing here.
_EMPTY = ("ccss.conf", "pjproject.conf", "queuerules.conf", "stasis.conf", "udptl.conf")


def quiet_files() -> dict[str, str]:
    return dict.fromkeys(_EMPTY, f"; {NOTE}\n[general]\n") | {
        "acl.conf": f"; {NOTE}\n",
        "cdr.conf": f"; {NOTE}\n[general]\nenable = no\n",
    }


def render(names: tuple[str, ...], values: dict[str, object], templates: Path) -> dict[str, str]:
    """Configuration files by name. A value that is missing, or would end its line early, is an error."""
    loader = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        undefined=jinja2.StrictUndefined,
        finalize=_one_line,
        autoescape=False,  # noqa: S701 - not HTML; _one_line keeps a value inside its line
        keep_trailing_newline=True,
    )
    return {name: loader.get_template(name).render(values) for name in names}


def _one_line(value: object) -> object:
    if isinstance(value, str) and any(char in value for char in "\r\n\0;"):
        raise ValueError(f"not allowed in an Asterisk configuration: {value!r}")
    return value


def pbx_files(plan: PbxPlan, program: AsteriskProgram, home: Path, run: Path) -> dict[str, str]:
    """Every file of the PBX's configuration directory."""
    values: dict[str, object] = {name: getattr(plan, name) for name in plan.__dataclass_fields__}
    values |= {"note": NOTE, "home": str(home), "run": str(run), "modules": str(program.modules)}
    values |= {
        "modules_wanted": wanted_modules(program.modules),
        "rtp_start": plan.rtp[0],
        "rtp_end": plan.rtp[1],
    }
    values["cel_fields"] = FIELDS
    values["recordings"] = str(plan.recordings or home / "spool/recordings")
    files = render(_PBX_FILES, values, DIALPLAN / "templates")
    return quiet_files() | files | {path.name: path.read_text() for path in DIALPLAN.glob("*.conf")}
