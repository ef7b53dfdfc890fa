# SPDX-License-Identifier: Apache-2.0
"""The demo's telephony: our PBX and the outside world, started and stopped together."""

import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from config.asterisk.instance import AsteriskInstance
from config.asterisk.plan import PbxPlan, Phone, QueuePlan, pbx_files
from config.asterisk.ports import free_port, is_free, need_free
from config.asterisk.program import AsteriskProgram
from config.demo.calls import OUR_NUMBER
from config.demo.world import WorldPlan, control_file, outside_world

PEOPLE = {"101": "Anna", "102": "Boris", "103": "Clara", "104": "Dmitri", "105": "Sofia"}
_QUEUES = (
    QueuePlan(name="default", members=("101", "102", "103", "104"), extension="600"),
    QueuePlan(name="retail", members=("101", "102"), extension="601"),
    QueuePlan(name="wholesale", members=("103", "104"), extension="602"),
)
_USUAL_SIP_PORT = 5060


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTelephony:
    pbx: AsteriskInstance  # .recordings, .cel_file, .log_file
    world: AsteriskInstance
    plan: PbxPlan  # .ami_host, .ami_port, .ami_user, .ami_secret, .sip_host, .sip_port, .phones
    control: Path  # for place_demo_call


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPorts:
    """None: a free one is chosen. A port that was given and is taken is an error that says so."""

    agi: int
    agi_http: int | None = None  # where Rolodial answers the same over HTTP; None: nowhere
    ami: int | None = None
    sip: int | None = None
    http: int | None = None
    sip_host: str = "127.0.0.1"  # 0.0.0.0 lets phones of the LAN register


@asynccontextmanager
async def demo_telephony(
    program: AsteriskProgram, home: Path, ports: DemoPorts
) -> AsyncIterator[DemoTelephony]:
    """Both Asterisks, under `home`/pbx and `home`/world."""
    parts = plan_telephony(program, home, ports)
    async with AsyncExitStack() as stack:
        for instance in (parts.pbx, parts.world):
            stack.push_async_callback(instance.stop)
            await instance.start()
        yield parts


def plan_telephony(program: AsteriskProgram, home: Path, ports: DemoPorts) -> DemoTelephony:
    """Everything but the start; ports that were given are checked here."""
    sip_port = _sip_port(ports)
    if ports.ami is not None:
        need_free("AMI", "127.0.0.1", ports.ami, ("tcp",))
    if ports.http is not None:
        need_free("SIP over websocket", ports.sip_host, ports.http, ("tcp",))
    world = WorldPlan(pbx_host=_reachable(ports.sip_host), pbx_port=sip_port)
    plan = PbxPlan(
        agi=f"agi://127.0.0.1:{ports.agi}",
        sip_host=ports.sip_host,
        sip_port=sip_port,
        ami_port=ports.ami or free_port(),
        http_port=ports.http,
        trunk_host=world.trunk_host,
        trunk_port=world.trunk_port,
        phones=_phones(home / "phones.json", world),
        queues=_QUEUES,
        out_number=OUR_NUMBER,
        ari_port=None if ports.http else free_port(),
        new_phones="_2XX",
    )
    pbx = AsteriskInstance(program, home / "pbx", lambda found, at, run: pbx_files(plan, found, at, run))
    outside = outside_world(program, home / "world", world)
    return DemoTelephony(pbx=pbx, world=outside, plan=plan, control=control_file(home / "world"))


def _sip_port(ports: DemoPorts) -> int:
    if ports.sip is not None:
        need_free("SIP", ports.sip_host, ports.sip)
        return ports.sip
    return _USUAL_SIP_PORT if is_free(ports.sip_host, _USUAL_SIP_PORT) else free_port(ports.sip_host)


def _reachable(host: str) -> str:
    return "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not bound


def _phones(path: Path, world: WorldPlan) -> tuple[Phone, ...]:
    """Their secrets outlive a restart, so that a phone set up once stays set up."""
    kept = _kept_secrets(path)
    phones = tuple(
        Phone(extension=extension, name=name, stand_in=world.stand_in(extension), secret=kept[extension])
        for extension, name in PEOPLE.items()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps({phone.extension: phone.secret for phone in phones}, indent=1))
    return phones


def _kept_secrets(path: Path) -> Mapping[str, str]:
    try:
        kept: dict[str, str] = json.loads(path.read_text())
    except (OSError, ValueError):
        kept = {}
    return {extension: kept.get(extension) or secrets.token_urlsafe(12) for extension in PEOPLE}
