# SPDX-License-Identifier: Apache-2.0
"""POST /api/v1/orders as a shop's program uses it."""

import orjson
import pytest

from crm_core.domain.client import ClientKind
from tests.integration.web.test_security import token

ORDER = {
    "number": "S-1",
    "client": {"name": "Zoya Kim", "phones": ["8 (926) 777-66-55"]},
    "status": "paid",
    "amount": "1250.50",
    "ordered_at": "2026-11-01T10:00:00+03:00",
    "paid_at": "2026-11-02T10:00:00+03:00",
}


@pytest.fixture
async def tell(site):
    secret = await token(site, "admin", {"orders:write"})

    async def tell_orders(body, **headers):
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        said = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"} | headers
        return await site.client.post("/api/v1/orders", data=raw, headers=said)

    return tell_orders


async def test_one_order_makes_the_client_it_names(site, tell):
    response = await tell(ORDER)
    assert (response.status, await response.json()) == (200, {"number": "S-1", "outcome": "created"})
    async with site.store.read() as tx:
        owners = await tx.clients.owners_of(["+79267776655"])
        contact = owners["+79267776655"][0].contact_id
        orders = await tx.orders.of_client(ClientKind.CONTACT, contact)
    assert [(order.number, str(order.amount)) for order in orders] == [("S-1", "1250.50")]


async def test_telling_it_twice_changes_nothing(tell):
    await tell(ORDER)
    assert (await (await tell(ORDER)).json())["outcome"] == "unchanged"
    assert (await (await tell(ORDER | {"status": "returned"})).json())["outcome"] == "updated"


async def test_a_list_keeps_the_good_ones(tell):
    response = await tell([ORDER, ORDER | {"number": "S-2", "client": {}}])
    results = (await response.json())["results"]
    assert [result["outcome"] for result in results] == ["created", "refused"]
    assert "whose order" in results[1]["error"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"amount": "many"}, "/amount"),
        ({"status": "lost"}, "/status"),
        ({"ordered_at": "2026-11-01T10:00:00"}, "/ordered_at"),
        ({"client": {"phones": [""]}}, "/client/phones/0"),
        ({"colour": "red"}, "/colour"),
        ({"currency": "rubles"}, "/currency"),
    ],
)
async def test_a_mistake_is_named_with_its_field(site, tell, change, pointer):
    response = await tell(ORDER | change)
    problem = await response.json()
    assert response.status == 422
    assert response.content_type == "application/problem+json"
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    listed = await (await tell([ORDER, ORDER | change])).json()
    assert [error["pointer"] for error in listed["errors"]] == [f"/1{pointer}"]
    async with site.store.read() as tx:
        assert await tx.orders.by_numbers(["S-1"]) == {}


@pytest.mark.parametrize("body", [b"", b"{", b"[", b'"x"', b"[[]]", b"null", b"\xff\xfe", b'{"number": 1}'])
async def test_what_is_no_order_is_a_clear_answer(tell, body):
    response = await tell(body)
    assert response.status == 422
    assert (await response.json())["detail"]


async def test_another_kind_of_body_is_refused(tell):
    assert (await tell(ORDER, **{"Content-Type": "text/plain"})).status == 415


async def test_without_a_token(site):
    response = await site.client.post("/api/v1/orders", json=ORDER)
    assert response.status == 401
    assert response.content_type == "application/problem+json"
