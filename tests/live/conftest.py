# SPDX-License-Identifier: Apache-2.0
"""A real Asterisk for the session; phones and clients are SIPp on loopback addresses of their own."""

import asyncio
import os
import shutil
import threading
from pathlib import Path
from typing import Self

import pytest

from config.asterisk.fetch import find_or_fetch
from config.asterisk.instance import AsteriskInstance
from config.asterisk.plan import NumberPlan, PbxPlan, Phone, QueuePlan, pbx_files
from config.asterisk.ports import free_port
from crm_core.domain.errors import CrmError
from tests.live.fast_agi import StubAgi
from tests.live.lab import CLIENT, Lab, addresses
from tests.live.wire import wired

# The dialplan waits for an answer for 0.3 s, in nearly every live test.
SPOILT_BY_S = 0.15
CACHE = Path(__file__).resolve().parents[2] / ".cache"
PHONES = {"101": "127.0.0.61", "102": "127.0.0.62", "103": "127.0.0.63"}


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.live)
            item.add_marker(pytest.mark.spoilt_by(SPOILT_BY_S))


class LoopThread:
    """Asterisk dies with the thread that started it, so that thread lives as long as the session."""

    def __enter__(self) -> Self:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    def __exit__(self, *_exc: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@pytest.fixture(scope="session")
def asterisk_program():
    missing = [name for name in ("sipp",) if shutil.which(name) is None]
    if missing:
        _unavailable(f"not installed: {', '.join(missing)} (tools/install_system.py)")
    try:
        return find_or_fetch(CACHE, print)
    except CrmError as error:
        return _unavailable(str(error))


def _unavailable(why):
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def loop_thread():
    with LoopThread() as thread:
        yield thread


@pytest.fixture(scope="session")
def running_lab(asterisk_program, loop_thread, tmp_path_factory):
    """One Asterisk for all tests of the dialplan; `lab` gives it to a test in a clean state."""
    plan = PbxPlan(
        agi=f"agi://127.0.0.1:{free_port()}",
        trunk_host=CLIENT,
        trunk_port=free_port(CLIENT),
        phones=(
            *(
                Phone(extension=e, name=f"Phone {e}", stand_in=f"sip:{e}@{host}:{free_port(host)}")
                for e, host in PHONES.items()
            ),
            Phone(extension="104", name="Phone 104"),
        ),
        queues=(
            QueuePlan(name="default", members=("103",), extension="600"),
            QueuePlan(name="retail", members=("101",), extension="601"),
        ),
        queue_seconds=4,
        out_number="+74951112233",
        numbers=NumberPlan(allowed=("_+7XXXXXXXXXX",)),
        ari_port=free_port(),
        new_phones="_2XX",
        verbose=True,
    )
    home = tmp_path_factory.mktemp("pbx")
    pbx = AsteriskInstance(asterisk_program, home, lambda program, at, run: pbx_files(plan, program, at, run))
    loop_thread.run(pbx.start())
    with wired(addresses(plan), (plan.sip_host, plan.sip_port)) as wires:
        yield Lab(pbx=pbx, plan=plan, wires=wires)
    loop_thread.run(pbx.stop())


@pytest.fixture
async def lab(running_lab, tmp_path):
    await running_lab.clean(tmp_path)
    yield running_lab
    await running_lab.finish()


@pytest.fixture
async def agi(running_lab):
    async with StubAgi(port=int(running_lab.plan.agi.rsplit(":", 1)[1])) as stub:
        yield stub
