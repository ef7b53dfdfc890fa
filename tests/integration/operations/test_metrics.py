# SPDX-License-Identifier: Apache-2.0
"""What Prometheus reads, who may read it, and that the dashboard asks for nothing that is not there."""

import json
import re
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from config.asterisk.ports import free_port
from config.wiring import running
from crm_core.domain.call import CallEnded, Direction, Disposition
from crm_core.domain.routing.live import RouteRequest
from crm_core.usecases.decide_route import decide_route
from tests.integration.operations.conftest import NOW, settings_of
from tests.support.calls import a_call
from web.settings import WebSettings

DASHBOARD = Path(__file__).parents[3] / "docs/ops/grafana.json"


@pytest.fixture
async def product(database_url, tmp_path):
    settings = settings_of(tmp_path / "home", database_url)
    settings = replace(settings, fastagi=replace(settings.fastagi, port=0), web=WebSettings(port=free_port()))
    async with (
        running(settings) as parts,
        aiohttp.ClientSession(f"http://127.0.0.1:{settings.web.port}") as http,
    ):
        yield parts, http


async def read(http, **headers):
    async with http.get("/metrics", headers=headers) as answer:
        return answer.status, await answer.text()


def value(text, name, **labels):
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    return next(one.value for one in samples if one.name == name and one.labels == labels)


async def test_decisions_calls_and_requests_are_counted(product):
    parts, http = product
    ask = RouteRequest(pbx="main", linkedid="1.1", did="+74951112233", caller="+79160000001", at=NOW)
    decide_route(ask, parts.desk)
    ended = a_call(direction=Direction.INBOUND, disposition=Disposition.ABANDONED)
    parts.metrics.note_call_event(CallEnded(call=ended, at=NOW))
    await read(http)
    status, text = await read(http)
    assert status == 200
    assert value(text, "rolodial_routes_decided_total") == 1
    assert value(text, "rolodial_route_decision_seconds_count") == 1
    labels = {"pbx": "main", "direction": "inbound", "disposition": "abandoned"}
    assert value(text, "rolodial_calls_total", **labels) == 1
    assert value(text, "rolodial_http_requests_total", status="2xx") >= 1
    assert value(text, "rolodial_pbx_connected", pbx="main") == 0
    assert value(text, "process_resident_memory_bytes") > 0


async def test_nothing_of_a_request_or_a_client_is_a_label(product):
    parts, http = product
    for n in range(20):
        async with http.get(f"/contacts/{n}?number=+7916000000{n}"):
            pass
        ask = RouteRequest(
            pbx="main", linkedid=f"{n}.1", did="+74951112233", caller=f"+7916000000{n}", at=NOW
        )
        decide_route(ask, parts.desk)
    _, text = await read(http)
    assert "7916" not in text
    assert "contacts" not in text
    assert len(text.splitlines()) < 300


async def test_every_query_of_the_dashboard_names_a_metric_that_exists(product):
    _, http = product
    _, text = await read(http)
    there = set()
    for family in text_string_to_metric_families(text):
        ends = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",)}.get(family.type, ("",))
        there |= {family.name + end for end in ends}
    queries = [
        target["expr"]
        for panel in json.loads(DASHBOARD.read_text())["panels"]
        for target in panel.get("targets", [])
    ]
    asked = {name for query in queries for name in re.findall(r"\b(?:rolodial|process)_\w+", query)}
    assert len(queries) > 25
    assert asked - there == set()
    ours = {
        name
        for name in there
        if name.startswith("rolodial_") and not name.endswith(("_sum", "_count", "_created"))
    }
    assert ours - asked <= {"rolodial_info", "rolodial_numbers"}  # the rest is drawn


async def test_others_than_this_machine_find_nothing(product):
    _, http = product
    for header in ("X-Forwarded-For", "Forwarded", "Via"):
        status, _ = await read(http, **{header: "for=203.0.113.7"})
        assert status == 404


async def test_with_a_token_only_the_token_counts(database_url, tmp_path):
    settings = settings_of(tmp_path / "home", database_url)
    web = WebSettings(port=free_port(), metrics_token="let-me-read")
    settings = replace(settings, fastagi=replace(settings.fastagi, port=0), web=web)
    async with running(settings), aiohttp.ClientSession(f"http://127.0.0.1:{web.port}") as http:
        assert (await read(http))[0] == 404
        assert (await read(http, Authorization="Bearer wrong"))[0] == 404
        assert (await read(http, **{"Authorization": "Bearer let-me-read", "X-Forwarded-For": "1.2.3.4"}))[
            0
        ] == 200
    assert "let-me-read" not in repr(settings)
