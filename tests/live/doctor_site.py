# SPDX-License-Identifier: Apache-2.0
"""A private PBX with a database of the demo's people, whose configuration can be broken and mended again."""

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aiohttp import web

from config.asterisk.instance import AsteriskInstance
from config.asterisk.plan import PbxPlan, Phone, QueuePlan, pbx_files
from config.asterisk.ports import free_port
from config.demo.data import load_demo
from config.doctor.examine import examine
from config.doctor.finding import Level
from config.settings import PbxSettings, Settings
from crm_core.storage.open_store import migrate, open_store
from pbx_bridge.agi_settings import FastAgiSettings
from pbx_bridge.profile import PbxProfile
from pbx_bridge.settings import AmiSettings
from web.settings import WebSettings

PEOPLE = ("101", "102", "103", "104", "105")


@dataclass
class Site:
    pbx: AsteriskInstance
    plan: PbxPlan
    settings: Settings

    def with_pbx(self, **changes) -> Settings:
        return replace(self.settings, pbx=(replace(self.settings.pbx[0], **changes),))

    def with_ami(self, **changes) -> Settings:
        return self.with_pbx(ami=replace(self.settings.pbx[0].ami, **changes))

    @asynccontextmanager
    async def edited(self, file: str, old: str, new: str, reload: str):
        """A line of the PBX's configuration is another one for a while."""
        path = self.pbx.home / "etc" / file
        good = path.read_text()
        assert old in good
        path.write_text(good.replace(old, new))
        await self.pbx.cli(reload)
        try:
            yield
        finally:
            path.write_text(good)
            await self.pbx.cli(reload)

    @asynccontextmanager
    async def with_global(self, name: str, value: str):
        good = next(
            line for line in (await self.pbx.cli("dialplan show globals")).splitlines() if f" {name}=" in line
        )
        await self.pbx.cli(f"dialplan set global {name} {value}")
        try:
            yield
        finally:
            await self.pbx.cli(f"dialplan set global {name} {good.partition('=')[2].strip()}")


def plan_site(program, home) -> Site:
    agi_port = free_port()
    # A phone that is rung at a fixed address counts as there; nobody rings it.
    phones = tuple(Phone(extension=e, name=e, stand_in=f"sip:{e}@127.0.0.1:{free_port()}") for e in PEOPLE)
    plan = PbxPlan(
        agi=f"agi://127.0.0.1:{agi_port}",
        phones=phones,
        queues=(QueuePlan(name="default", members=PEOPLE, extension="600"),),
    )
    pbx = AsteriskInstance(program, home / "pbx", lambda found, at, run: pbx_files(plan, found, at, run))
    settings = Settings(
        home=home,
        web=WebSettings(port=free_port()),
        fastagi=FastAgiSettings(port=agi_port),
        pbx=(
            PbxSettings(
                name="main",
                ami=AmiSettings(
                    host=plan.ami_host, port=plan.ami_port, username=plan.ami_user, secret=plan.ami_secret
                ),
                profile=PbxProfile(trunks=("PJSIP/trunk",), extensions={f"PJSIP/{e}": e for e in PEOPLE}),
                spool=pbx.recordings,
                cel_file=pbx.cel_file,
            ),
        ),
    )
    return Site(pbx, plan, settings)


async def fill(url):
    await migrate(url)
    store = await open_store(url)
    await load_demo(store, datetime.now(UTC))
    await store.close()


async def complaints(settings, *, quick=False, **words):
    """All that is not well but that the server does not run, as {check: finding}; no secret in any."""
    findings = await examine(settings, quick=quick, **words)
    for finding in findings:
        assert not any(pbx.ami.secret in finding.says + finding.advice for pbx in settings.pbx)
    unwell = [
        one
        for one in findings
        if one.level is not Level.OK and one.check not in {"server", "routes"} and not is_noise(one)
    ]
    assert len({one.check for one in unwell}) == len(unwell), unwell
    return {one.check: one for one in unwell}


def is_noise(finding):
    """What a busy machine makes slow is rightly complained of, and is not what a test has broken."""
    return finding.level is Level.WARNING and (
        " only after " in finding.says or finding.says.endswith(" s late")
    )


async def the_complaint(settings, check, level, **words):
    found = await complaints(settings, **words)
    assert list(found) == [check], found
    assert found[check].level is level
    return found[check]


@asynccontextmanager
async def http_server(port=0):
    """Something that is none of ours."""
    app = web.Application()
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    server = web.TCPSite(runner, "127.0.0.1", port)
    await server.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
