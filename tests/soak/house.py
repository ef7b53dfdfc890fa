# SPDX-License-Identifier: Apache-2.0
"""A house of many phones beside a real Asterisk that keeps CDR as well: what a soak is played in."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config.asterisk.fetch import find_or_fetch
from config.asterisk.instance import AsteriskInstance
from config.asterisk.plan import PbxPlan, Phone, QueuePlan, pbx_files
from config.asterisk.ports import free_port, free_range
from config.bench._house import hire, login_of
from config.bench._processes import Serve
from config.demo.site import write_settings
from config.demo.telephony import DemoPorts, DemoTelephony
from config.settings import load_settings
from crm_core.domain.audit import Actor
from crm_core.domain.directory import OperatorState
from crm_core.domain.ids import new_id
from crm_core.domain.people import OwnNumber, Team
from crm_core.domain.received import Outcome, ReceivedClient
from crm_core.feed.in_process import InProcessFeed
from crm_core.storage.open_store import migrate, open_store
from crm_core.usecases.issue_token import issue_token
from crm_core.usecases.set_operator_state import set_operator_state
from crm_core.usecases.upsert_clients import upsert_clients
from tests.soak.mix import EXTENSIONS, UNKNOWN, Planned, manager_of, queues, rules, teams
from web.secret_ids import hashed, new_token

CLIENTS = "127.0.0.54"
PHONES = "127.0.0.64"
OPERATORS = "127.0.0.65"
_ACTOR = Actor("soak")
_CDR = ["linkedid", "uniqueid", "channel", "dstchannel", "lastapp", "disposition"]
CDR_FIELDS = (*_CDR, "billsec")


@dataclass(frozen=True, slots=True)
class SoakHouse:
    pbx: AsteriskInstance
    plan: PbxPlan
    serve: Serve
    home: Path
    phones_port: int
    tokens: dict[str, str]  # of the phones that click: extension -> token

    @property
    def database(self) -> Path:
        return self.home / "rolodial.db"

    @property
    def cdr_file(self) -> Path:
        return self.pbx.home / "log/cdr-custom/Master.csv"


@asynccontextmanager
async def soak_house(home: Path, calls: Sequence[Planned]) -> AsyncIterator[SoakHouse]:
    """Everything runs, and everybody's clients and phones are known."""
    port = free_port(PHONES, ("udp",))
    plan = _plan(port)
    program = find_or_fetch(Path(".cache"), print)
    pbx = AsteriskInstance(program, home / "pbx", lambda found, at, run: _files(plan, found, at, run))
    web_port = free_port()
    telephony = DemoTelephony(pbx=pbx, world=pbx, plan=plan, control=home / "none")
    settings = write_settings(home, telephony, DemoPorts(agi=int(plan.agi.rsplit(":", 1)[1])), web_port, "")
    (home / "routing.toml").write_text(rules())
    with settings.open("a") as file:
        file.write(f'[routing]\nfile = "{home / "routing.toml"}"\n')
    tokens = await _fill(load_settings(settings, {}).database_url, calls)
    serve = Serve(settings, web_port)
    try:
        await pbx.start()
        await serve.start()
        yield SoakHouse(pbx, plan, serve, home, port, tokens)
    finally:
        await serve.stop()
        await pbx.stop()


def _plan(port: int) -> PbxPlan:
    return PbxPlan(
        agi=f"agi://127.0.0.1:{free_port()}",
        trunk_host=CLIENTS,
        trunk_port=free_port(CLIENTS),
        phones=tuple(
            Phone(extension=one, name=f"Phone {one}", stand_in=f"sip:{one}@{PHONES}:{port}")
            for one in EXTENSIONS
        ),
        queues=tuple(QueuePlan(name=name, members=tuple(members)) for name, members in queues().items()),
        out_number="+74951112233",
        rtp=free_range(4000),
    )


def _files(plan: PbxPlan, program, home: Path, run: Path) -> dict[str, str]:
    """As everywhere, and CDR: each channel, answered or not, with its linkedid."""
    files = pbx_files(plan, program, home, run)
    names = ",".join(f"${{CDR({name})}}" for name in _CDR)
    # SIPp's phones take no re-INVITE while they pause, and who is connected is on their display only.
    files["pjsip.conf"] = files["pjsip.conf"].replace("send_rpid = yes", "send_rpid = no")
    files["modules.conf"] += "load = func_cdr.so\nload = cdr_custom.so\n"
    files["cdr.conf"] = "[general]\nenable = yes\nunanswered = yes\nchanneldefaultenabled = yes\n"
    files["cdr_custom.conf"] = f"[mappings]\nMaster.csv => {names},${{CDR(billsec,f)}}\n"
    (home / "log/cdr-custom").mkdir(parents=True, exist_ok=True)
    return files


async def _fill(url: str, calls: Sequence[Planned]) -> dict[str, str]:
    await migrate(url)
    store, now = await open_store(url), datetime.now(UTC)
    try:
        users = dict(zip(EXTENSIONS, await hire(store, EXTENSIONS, now), strict=True))
        async with store.begin() as tx:
            for number in sorted({one.dialled for one in calls if one.kind.code < "40"}):
                await tx.people.add_own_number(OwnNumber(id=new_id(now), e164=number, label="Soak"))
            for name, members in teams().items():
                ids = frozenset(users[one].id for one in members)
                await tx.people.add_team(Team(id=new_id(now), name=name, members=ids))
        for user in users.values():
            await set_operator_state(
                store, InProcessFeed(), (), user, user.id, state=OperatorState.AVAILABLE, now=now
            )
        told = [_client(one) for one in calls if one.kind.code not in UNKNOWN]
        verdicts = await upsert_clients(store, told, _ACTOR, now)
        if any(verdict.outcome is not Outcome.CREATED for verdict in verdicts):
            raise RuntimeError("the clients of the soak were refused")
        return {one: await _token(store, one, now) for one in EXTENSIONS if one[0] == "9"}
    finally:
        await store.close()


def _client(call: Planned) -> ReceivedClient:
    manager = manager_of(call)
    return ReceivedClient(
        name=f"Client {call.client}", phones=(call.client,), manager=login_of(manager) if manager else None
    )


async def _token(store, extension: str, now: datetime) -> str:
    secret = new_token()
    await issue_token(
        store, login_of(extension), token_hash=hashed(secret), label="soak", scopes=frozenset({"calls:write"}),
        expires_at=now + timedelta(days=1), actor=_ACTOR, now=now,
    )  # fmt: skip
    return secret


def secret_of(house: SoakHouse, extension: str) -> str:
    return next(phone.secret for phone in house.plan.phones if phone.extension == extension)
