# SPDX-License-Identifier: Apache-2.0
"""One Asterisk for the session, and the real product beside it once for each database a module asks for."""

import re

import pytest

from tests.live.product.floor import Floor, make_pbx, make_plan
from tests.live.product.product import make_product


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
def served(request, exchange, loop_thread, tmp_path_factory):
    pbx, plan = exchange
    database = ""
    if request.param == "postgresql":
        cluster = request.getfixturevalue("postgresql")
        database = cluster.url(cluster.new())
    product = loop_thread.run(make_product(tmp_path_factory.mktemp("product"), plan, pbx, database))
    product.start()
    loop_thread.run(product.ready())
    yield product
    assert product.stop() == 0


@pytest.fixture
async def product(served):
    """Alive, whatever the test before did to it."""
    await served.ready()
    return served


@pytest.fixture
async def floor(exchange, product, tmp_path):
    pbx, plan = exchange
    phones = {phone.extension: _address(phone.stand_in) for phone in plan.phones}
    floor = Floor(pbx=pbx, plan=plan, phones=phones)
    await floor.clean(tmp_path)
    yield floor
    await floor.finish()


def _address(uri: str) -> tuple[str, int]:
    host, port = re.search(r"@([\d.]+):(\d+)", uri).groups()
    return host, int(port)
