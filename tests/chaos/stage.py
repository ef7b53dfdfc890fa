# SPDX-License-Identifier: Apache-2.0
"""A real Asterisk, the real product behind a proxy and on a disk of its own, and callers: where faults are played."""

import asyncio
import itertools
import re
import signal
import urllib.request
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from config.asterisk.instance import AsteriskInstance
from config.asterisk.plan import pbx_files
from config.asterisk.ports import free_port
from tests.chaos.disk import Disk
from tests.chaos.load import MANAGERS, Load
from tests.chaos.proxy import AmiProxy
from tests.chaos.story import story
from tests.chaos.truth import CDR_CONF, CDR_CUSTOM_CONF, CDR_FILE, Witness, kept, wrong_and_silent
from tests.live.lab import addresses
from tests.live.product.floor import Floor, make_plan
from tests.live.product.product import Product, make_product
from tests.live.product.screen import logged_in
from tests.live.wire import wired
from tests.support.postgresql import Cluster

_SETTLES_S = (
    180.0  # CEL is heard after 3 s, without AMI after 15, a call whose end nobody saw after some more
)


class Stage:
    def __init__(self, program, home: Path, database: str) -> None:
        self.home = home
        self.plan = make_plan()
        self.pbx = AsteriskInstance(program, home / "pbx", self._files)
        self.proxy = AmiProxy(free_port(), self.plan.ami_port)
        self.cluster = Cluster() if database == "postgresql" else None
        self._works = (home / f"work-{n}" for n in itertools.count(1))
        self.product: Product
        self.floor: Floor
        self.load: Load
        self._wires = ExitStack()
        self.cut_at = 0.0  # when all calls were hung up by the fault itself

    def _files(self, program, at: Path, run: Path) -> dict[str, str]:
        """And CDR, which the product never reads."""
        files = pbx_files(self.plan, program, at, run)
        load = "".join(f"load = {name}.so\n" for name in ("func_cdr", "cdr_custom"))
        cdr = {"cdr.conf": CDR_CONF, "cdr_custom.conf": CDR_CUSTOM_CONF}
        return files | cdr | {"modules.conf": files["modules.conf"] + load}

    # --- its life

    async def start(self) -> None:
        (self.home / "pbx/log/cdr-custom").mkdir(parents=True)
        await self.pbx.start()
        await self.proxy.listen()
        database = ""
        if self.cluster:
            await asyncio.to_thread(self.cluster.start)
            database = self.cluster.url(self.cluster.new())
        self.disk = Disk(self.home / "disk.img", self.home / "product")
        seen = replace(self.plan, ami_port=self.proxy.port)
        config = self.home / "etc"  # no part of the disk that breaks
        config.mkdir()
        self.product = await make_product(self.home / "product", seen, self.pbx, database, config)
        self.disk.sync()  # what was installed long ago
        wires = self._wires.enter_context(
            wired(addresses(self.plan), (self.plan.sip_host, self.plan.sip_port))
        )
        self.floor = Floor(pbx=self.pbx, plan=self.plan, wires=wires)
        self.product.start()
        await self.product.ready()

    async def stop(self) -> None:
        try:
            self.product.stop()
        finally:
            await self.proxy.stop()
            await self.pbx.stop()
            self._wires.close()
            self.disk.unmount()
            if self.cluster:
                await asyncio.to_thread(self.cluster.stop)

    async def heal(self) -> None:
        """Whatever the fault before left broken."""
        self.proxy.heal()
        await self.proxy.listen()
        if self.pbx._process is None or self.pbx._process.returncode is not None:
            await self.pbx.start()
        self.disk.empty()
        if self.disk.is_broken:
            self.mend_disk()
        if not self.alive():
            self.product.start()
        self.product.signal(signal.SIGCONT)
        await self.product.ready()

    def mend_disk(self) -> None:
        """As an administrator does: stop, repair (which mounting does), mount."""
        self.product.kill()
        self.disk.unmount()
        self.disk.mount()
        self.disk.need()

    async def ready_within(self, within: float) -> float:
        """Until pages, database and PBX are there again, as /readyz has it."""
        began = asyncio.get_running_loop().time()
        await self.product.ready(within)
        return asyncio.get_running_loop().time() - began

    # --- callers

    @asynccontextmanager
    async def calls(self, clients: int):
        """The load, and Asterisk's own record of what happened meanwhile."""
        work = next(self._works)
        await self.floor.clean(work)
        self.witness = Witness(self.pbx.cel_file, self.pbx.home / "log/cdr-custom" / CDR_FILE)
        self.cut_at = 0.0
        self.load = Load(self.plan, self.floor.wires, work / "load", clients)
        await self.load.start()
        try:
            yield
        finally:
            await self.load.stop()
            await self.floor.finish()

    @asynccontextmanager
    async def screen(self, login: str):
        async with logged_in(self.product, login) as browser, browser.screen() as screen:
            yield browser, screen

    # --- what must hold after every fault

    async def nothing_lost(self, *, exact: bool = False) -> str:
        told = self.witness.told()
        assert told.cdr <= told.cel, f"CDR has calls that CEL has not: {sorted(told.cdr - told.cel)[:3]}"
        last = None

        async def settled():
            nonlocal last
            last = await kept(self.product, told.all)
            return told.cel <= last.calls.keys() and not last.open

        try:
            await self.product.until(settled, _SETTLES_S)
        except AssertionError:
            missing = sorted(told.cel - last.calls.keys())
            raise AssertionError(
                f"of {len(told.cel)} calls {len(missing)} lost {missing[:3]}, {len(last.open)} open {last.open[:3]}"
            ) from None
        assert not last.doubled, f"doubled: {last.doubled[:3]}"
        wrong = wrong_and_silent(last, told, self.cut_at)
        for one in wrong[:2]:
            print(story(one, told.rows, self.product.home / "journal/main"), flush=True)
        assert not wrong, f"wrong and not in doubt: {len(wrong)}, {'; '.join(map(str, wrong[:3]))}"
        doubt = {linkedid: ones[0].uncertain for linkedid, ones in last.calls.items() if ones[0].uncertain}
        assert not (exact and doubt), f"in doubt: {dict(list(doubt.items())[:3])}"
        await self._pages_answer()
        return f"{len(told.cel)} calls, {len(told.cdr)} in CDR, {len(doubt)} in doubt"

    async def _pages_answer(self) -> None:
        async with logged_in(self.product, "sofia") as browser:
            for path in ("/", "/calls"):
                status, _, _ = await browser.get(path)
                assert status == 200, f"{path} answers {status}"

    # --- looking

    async def metric(self, name: str) -> float:
        """Over all its labels."""
        lines = (await text(f"{self.product.url}/metrics")).splitlines()
        said = [line.rsplit(" ", 1)[1] for line in lines if re.match(rf"{name}(\{{|\s)", line)]
        assert said, f"no metric {name}"
        return sum(map(float, said))

    def alive(self) -> bool:
        return self.product._process.poll() is None

    @property
    def pid(self) -> int:
        return self.product._process.pid

    async def talking(self) -> None:
        """Somebody of the load talks just now: their manager's phone is in use, so far as anybody is told."""
        await self.floor.until(self._in_use, 20)

    async def _in_use(self) -> bool:
        phones = tuple(f"PJSIP/{extension}-" for extension in MANAGERS)
        return any(line.startswith(phones) and "!Up!" in line for line in await self.floor.channels())


async def pause(seconds: float) -> None:
    """The length of the fault itself, not a wait for something."""
    await asyncio.sleep(seconds)


async def text(url: str) -> str:
    return await asyncio.to_thread(_read, url)


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own, loopback
        return answer.read().decode()
