# SPDX-License-Identifier: Apache-2.0
"""A whole Rolodial on this machine: private Asterisks, a migrated database with demo data, and settings for `serve`."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config.asterisk.plan import PbxPlan
from config.asterisk.program import AsteriskProgram
from config.demo.data import PBX, load_demo
from config.demo.decisions import load_demo_decisions
from config.demo.history import load_demo_history
from config.demo.messages import load_demo_messages
from config.demo.plans import load_demo_plans
from config.demo.promises import load_demo_promises
from config.demo.telephony import DemoPorts, DemoTelephony, demo_telephony
from config.settings import load_settings
from crm_core.domain.directory import OperatorState
from crm_core.domain.people import Role
from crm_core.feed.in_process import InProcessFeed
from crm_core.ports.store import Store
from crm_core.storage.open_store import migrate, open_store
from crm_core.usecases.set_operator_state import set_operator_state
from crm_core.usecases.step_bands import step_all

SETTINGS_FILE = "rolodial.toml"
_NEW_PHONES = r"2\d\d"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSite:
    telephony: DemoTelephony
    settings_file: Path  # for `rolodial serve --settings`


@asynccontextmanager
async def demo_site(
    program: AsteriskProgram,
    home: Path,
    ports: DemoPorts,
    web_port: int,
    now: datetime,
    *,
    database: str = "",
) -> AsyncIterator[DemoSite]:
    """Both Asterisks running, the database filled; what is left to do is to serve."""
    async with demo_telephony(program, home / "asterisk", ports) as telephony:
        settings_file = write_settings(home, telephony, ports, web_port, database)
        await fill(load_settings(settings_file, {}).database_url, now, telephony.pbx.recordings)
        yield DemoSite(telephony=telephony, settings_file=settings_file)


def write_settings(
    home: Path, telephony: DemoTelephony, ports: DemoPorts, web_port: int, database: str
) -> Path:
    """The settings of the private instance; only their owner may read them, for the secrets in them."""
    plan = telephony.plan
    extensions = ", ".join(f'"PJSIP/{one.extension}" = "{one.extension}"' for one in plan.phones)
    lines = [
        "# Written by `rolodial run` at each start. Changes here are lost.",
        f"home = {_quoted(home.absolute())}",
        *([f"database = {_quoted(database)}"] if database else []),
        f'[web]\nport = {web_port}\ncompany = "Rolodial Demo"',
        f"[fastagi]\nport = {ports.agi}",
        *([f"http_port = {ports.agi_http}"] if ports.agi_http else []),
        f"[demo]\ncontrol = {_quoted(telephony.control.absolute())}",
        f"[[pbx]]\nname = {_quoted(PBX)}",
        f"spool = {_quoted(telephony.pbx.recordings)}\ncel_file = {_quoted(telephony.pbx.cel_file)}",
        "queue_sounds = true",
        f"[pbx.ami]\nhost = {_quoted(plan.ami_host)}\nport = {plan.ami_port}",
        f"username = {_quoted(plan.ami_user)}\nsecret = {_quoted(plan.ami_secret)}",
        *_ari(plan),
        f'[pbx.profile]\ntrunks = ["PJSIP/trunk"]\nextensions = {{ {extensions} }}\nregion = "RU"',
    ]
    path = home / SETTINGS_FILE
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n")
    return path


def _ari(plan: PbxPlan) -> list[str]:
    if plan.ari_port is None:
        return []
    host = "127.0.0.1" if plan.sip_host == "0.0.0.0" else plan.sip_host  # noqa: S104 - compared, not bound
    return [
        f'[pbx.ari]\nurl = {_quoted(f"http://127.0.0.1:{plan.ari_port}")}\nusername = "rolodial"',
        f"secret = {_quoted(plan.ari_secret)}\nextensions = {_quoted(_NEW_PHONES)}",
        f"sip_host = {_quoted(host)}\nsip_port = {plan.sip_port}",
    ]


async def fill(url: str, now: datetime, spool: Path | None = None) -> None:
    """`spool`: where the PBX writes recordings, for messages with sound."""
    await migrate(url)
    store = await open_store(url)
    try:
        await load_demo(store, now)
        calls = await load_demo_history(store, now)
        await _come_to_work(store, now)
        if calls:
            await step_all(store, now)
            await load_demo_decisions(store, calls, now)
            await load_demo_messages(store, now, spool)
            await load_demo_plans(store, now)
            await load_demo_promises(store, now)
    finally:
        await store.close()


async def _come_to_work(store: Store, now: datetime) -> None:
    """The demo's operators are available, until one of them says otherwise."""
    async with store.read() as tx:
        known, users = await tx.states.current(), await tx.people.users()
    for user in users:
        if user.role is Role.OPERATOR and user.id not in known:
            await set_operator_state(
                store, InProcessFeed(), (), user, user.id, state=OperatorState.AVAILABLE, now=now
            )


def _quoted(value: object) -> str:
    return json.dumps(str(value))  # a TOML basic string too
