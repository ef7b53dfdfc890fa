# SPDX-License-Identifier: Apache-2.0
"""The outside world: a second small Asterisk whose clients call our trunk and whose phones answer by themselves."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from config.asterisk.instance import AsteriskInstance
from config.asterisk.modules import wanted_modules
from config.asterisk.plan import DIALPLAN, NOTE, quiet_files, render
from config.asterisk.ports import free_port, free_range
from config.asterisk.program import AsteriskProgram

_OUTSIDE = Path(__file__).parent / "outside"
_NOT_OUTSIDE = ("app_queue", "app_voicemail", "app_mixmonitor", "cel_custom", "res_cdrel_custom", "res_agi")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldPlan:
    pbx_host: str
    pbx_port: int
    trunk_host: str = "127.0.0.50"
    trunk_port: int = field(default_factory=lambda: free_port("127.0.0.50"))
    phones_host: str = "127.0.0.60"
    phones_port: int = field(default_factory=lambda: free_port("127.0.0.60"))
    ami_port: int = field(default_factory=free_port)
    ami_secret: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    rtp: tuple[int, int] = field(default_factory=free_range)

    def stand_in(self, extension: str) -> str:
        """The address of the demo phone for an extension."""
        return f"sip:demo{extension}@{self.phones_host}:{self.phones_port}"


def outside_world(program: AsteriskProgram, home: Path, plan: WorldPlan) -> AsteriskInstance:
    """Not yet started. Once it is, `rolodial demo call` and the web button reach it through `control_file(home)`."""
    write_control(home, plan)
    return AsteriskInstance(program, home, lambda found, at, run: _files(plan, found, at, run))


def control_file(home: Path) -> Path:
    return home / "control.json"


def write_control(home: Path, plan: WorldPlan) -> None:
    home.mkdir(parents=True, exist_ok=True)
    path = control_file(home)
    path.touch(mode=0o600)
    path.write_text(
        json.dumps({"host": "127.0.0.1", "port": plan.ami_port, "user": "demo", "secret": plan.ami_secret})
    )


def _files(plan: WorldPlan, program: AsteriskProgram, home: Path, run: Path) -> dict[str, str]:
    values: dict[str, object] = {name: getattr(plan, name) for name in plan.__dataclass_fields__}
    values |= {
        "note": NOTE,
        "home": str(home),
        "run": str(run),
        "modules": str(program.modules),
        "verbose": False,
    }
    values |= {"modules_wanted": _modules(program.modules), "rtp_start": plan.rtp[0], "rtp_end": plan.rtp[1]}
    shared = ("asterisk.conf", "logger.conf", "modules.conf", "indications.conf")
    own = ("pjsip.conf", "extensions.conf", "manager.conf", "rtp.conf")
    return quiet_files() | render(shared, values, DIALPLAN / "templates") | render(own, values, _OUTSIDE)


def _modules(directory: Path) -> Iterable[str]:
    return tuple(name for name in wanted_modules(directory) if name not in _NOT_OUTSIDE)
