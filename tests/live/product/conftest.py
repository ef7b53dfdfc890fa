# SPDX-License-Identifier: Apache-2.0
"""One Asterisk for the session, and the real product beside it once for each database a module asks for."""

from datetime import UTC, datetime

import pytest

from config.asterisk.instance import AsteriskStartError
from tests.live.lab import addresses
from tests.live.product.floor import Floor, make_pbx, make_plan
from tests.live.product.product import make_product
from tests.live.product.screen import phones_are_free
from tests.live.wire import wired


def pytest_generate_tests(metafunc):
    if "product" in metafunc.fixturenames:
        databases = getattr(metafunc.module, "DATABASES", ["sqlite"])
        metafunc.parametrize("served", databases, indirect=True, scope="session")


@pytest.fixture(scope="session")
def exchange(asterisk_program, loop_thread, tmp_path_factory):
    plan = make_plan()
    pbx = make_pbx(asterisk_program, plan, tmp_path_factory.mktemp("exchange"))
    loop_thread.run(pbx.start())
    yield pbx, plan
    loop_thread.run(pbx.stop())


@pytest.fixture(scope="session")
def wires(exchange):
    _, plan = exchange
    with wired(addresses(plan), (plan.sip_host, plan.sip_port)) as all_of_them:
        yield all_of_them


@pytest.fixture(scope="session")
def served(request, exchange, loop_thread, tmp_path_factory):
    pbx, plan = exchange
    database = ""
    if request.param == "postgresql":
        cluster = request.getfixturevalue("postgresql")
        database = cluster.url(cluster.new())
    home = tmp_path_factory.mktemp("product")
    product = loop_thread.run(make_product(home, plan, pbx, database, ring_s=60))
    product.start()
    loop_thread.run(product.ready())
    yield product
    assert product.stop() == 0


@pytest.fixture
def running_exchange(exchange, loop_thread):
    """Started anew, if the test before killed it and came to no end."""
    if _is_down(exchange[0]):
        loop_thread.run(exchange[0].start())
    return exchange


def _is_down(pbx):
    try:
        return not pbx.pid
    except AsteriskStartError:
        return True


@pytest.fixture
async def product(running_exchange, served):
    """Alive, whatever the test before did to it; its calls are those from now on."""
    served.revive()
    await served.ready()
    await served.until(served.none_open)  # what the test before left, too
    served.since = datetime.now(UTC)
    return served


@pytest.fixture
async def floor(running_exchange, wires, product, tmp_path):
    pbx, plan = running_exchange
    floor = Floor(pbx=pbx, plan=plan, wires=wires)
    await floor.clean(tmp_path)
    await product.until(lambda: phones_are_free(product))
    yield floor
    await floor.finish()
