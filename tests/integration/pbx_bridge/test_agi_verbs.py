# SPDX-License-Identifier: Apache-2.0
"""identify and outbound as a channel sees them: what is set, what a hostile text can do, and that none of it waits."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time
from uuid import UUID

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.agi import VERBS, AgiParts, agi_handlers, over_http
from crm_core.domain.absence import Absence
from crm_core.domain.directory import PartyKind
from crm_core.domain.outbound import OutboundSettings
from crm_core.usecases.identify_caller import Identified
from pbx_bridge.agi_lines import Answer, parse_request
from pbx_bridge.agi_settings import FastAgiSettings
from pbx_bridge.fastagi import FastAgiServer
from pbx_bridge.identify_agi import answer
from pbx_bridge.outbound_agi import OutboundAgi
from tests.support.agi_channel import AgiChannel, a_header, ask_over_http, mset_said
from tests.support.routing import (
    ANNA,
    BORIS,
    DID,
    IVAN,
    MARIA,
    NORTH,
    NOW,
    OLGA,
    PHONES,
    FakePbx,
    a_desk,
    a_house,
)

NIGHT = OutboundSettings(
    show={"+7": "+74951112233"}, quiet_from=time(21), quiet_until=time(8), quiet_refuses=True
)


PATIENT = FastAgiSettings(port=0, http_port=0, header_s=30.0, reply_s=30.0)


def handlers(desk=None, *, ready=True, outbound=NIGHT):
    parts = AgiParts(
        desk=desk or a_desk(),
        outbound=outbound,
        accept_prompt=lambda _pbx, _call: False,
        put_survey=lambda _: True,
        clock=lambda: NOW,
        ready=lambda: ready,
        store=None,  # nobody asks to be called back
        pbxs={},
        syncs={},
    )
    claimed = {
        "outbound": OutboundAgi(parts.desk, outbound, parts.clock, parts.ready, claimed=taken_by_nobody)
    }
    return agi_handlers(parts) | claimed


async def taken_by_nobody(_number, _person):
    return False


@pytest.fixture(params=["agi", "http"])
async def ask(request):
    """A verb, over either road; gives the variables that a channel has afterwards."""
    servers = []

    async def run(verb, *args, desk=None, ready=True, **more):
        server = FastAgiServer(PATIENT, handlers(desk, ready=ready))
        http = over_http(server)
        for one in (server, http):
            await one.start()
            servers.append(one)
        header = a_header("main", "1763800000.1", *args, **{"agi_network_script": verb} | more)
        if request.param == "http":
            return await ask_over_http(http.port, header)
        return await AgiChannel(server.port).run(header)

    yield run
    for server in servers:
        await server.stop()


def a_rich_house():
    house = a_house()
    house.clients.band_names = ["розница", "опт, «крупный»"]
    house.clients.set_client_numbers(PartyKind.CONTACT, {IVAN: "00417"})
    house.clients.set_client_numbers(PartyKind.COMPANY, {NORTH: "77"})
    return house


def test_every_verb_has_one_who_answers_and_each_answer_is_in_the_contract():
    assert handlers().keys() == {verb.name for verb in VERBS}


async def test_a_known_caller(ask):
    desk = a_desk(a_rich_house(), pbx=FakePbx({"PJSIP/101": "INUSE"}))
    got = await ask("identify", DID, "uk", desk=desk)
    call = got.pop("ROLODIAL_CALL")
    assert UUID(call).version == 7
    assert got == {
        "ROLODIAL_KIND": "contact",
        "ROLODIAL_KNOWN": "yes",
        "ROLODIAL_NUMBER": PHONES[OLGA],
        "ROLODIAL_CLIENT_ID": str(OLGA),
        "ROLODIAL_COMPANY_ID": "",
        "ROLODIAL_SPEAKS": "uk",
        "ROLODIAL_MANAGER": "101",
        "ROLODIAL_MANAGER_STATE": "on_call",
        "ROLODIAL_DEPUTY": "",
        "ROLODIAL_NAME": "Olga Petrova",
        "ROLODIAL_MANAGER_NAME": "Anna",
        "ROLODIAL_BAND": "розница",
        "ROLODIAL_ANSWER": "identify",
    }
    kept = []
    routed = await ask("route", DID, desk=a_desk(a_rich_house(), kept=kept))
    assert routed["ROLODIAL_CALL"] == call, "the same call has one id, whatever is asked"


async def test_an_unknown_caller_and_one_without_a_number(ask):
    got = await ask("identify", agi_callerid="+79990000000")
    assert (got["ROLODIAL_KNOWN"], got["ROLODIAL_KIND"], got["ROLODIAL_NAME"]) == ("no", "unknown", "")
    assert got["ROLODIAL_ANSWER"] == "identify"
    got = await ask("identify", agi_callerid="anonymous")
    assert (got["ROLODIAL_KIND"], got["ROLODIAL_NUMBER"]) == ("withheld", "")


async def test_a_client_number_tells_who_it_is_unless_the_telephone_does(ask):
    desk = a_desk(a_rich_house())
    unknown = await ask("identify", "", "", "", "417", desk=desk, agi_callerid="+79990000000")
    assert unknown["ROLODIAL_CLIENT_ID"] == str(IVAN)
    withheld = await ask("identify", "", "", "", "77", desk=desk, agi_callerid="anonymous")
    assert (withheld["ROLODIAL_KIND"], withheld["ROLODIAL_COMPANY_ID"]) == ("company", str(NORTH))
    known = await ask("identify", "", "", "", "417", desk=desk)
    assert known["ROLODIAL_CLIENT_ID"] == str(OLGA)
    nobody = await ask("identify", "", "", "", "418", desk=desk, agi_callerid="+79990000000")
    assert nobody["ROLODIAL_KNOWN"] == "no"


async def test_a_telephone_number_keyed_in_counts_instead_of_the_callers(ask):
    got = await ask("identify", "", "", "89161000003", agi_callerid="anonymous", agi_callingpres="32")
    assert (got["ROLODIAL_CLIENT_ID"], got["ROLODIAL_COMPANY_ID"]) == (str(MARIA), str(NORTH))


async def test_the_deputy_of_a_manager_who_is_away(ask):
    house = a_house()
    away = Absence(
        id=UUID(int=9), user_id=ANNA, starts_at=NOW, ends_at=NOW.replace(day=30),
        deputy_id=BORIS, created_at=NOW,
    )  # fmt: skip
    house.standing.set_absences([away])
    got = await ask("identify", desk=a_desk(house))
    assert (got["ROLODIAL_MANAGER_STATE"], got["ROLODIAL_DEPUTY"]) == ("away", "102")


async def test_before_the_directory_is_loaded_nobody_is_called_unknown(ask):
    assert await ask("identify", ready=False) == {}
    assert await ask("outbound", "+79161000001", "101", ready=False) == {}


@pytest.mark.parametrize("ask", ["agi"], indirect=True)
async def test_a_request_that_a_callers_text_has_broken_is_not_answered(ask):
    assert await ask("identify", agi_calleridname="x\nagi_callerid: +79161000001") == {}
    assert await ask("outbound", "+79161000001", "101", agi_calleridname="x\ny") == {}


async def test_an_operator_dials(ask):
    got = await ask("outbound", "89161000001", "101", agi_channel="PJSIP/101-00000001")
    call = got.pop("ROLODIAL_CALL")
    assert UUID(call).version == 7
    assert got == {
        "ROLODIAL_ALLOWED": "yes",
        "ROLODIAL_REASON": "allowed",
        "ROLODIAL_SHOW": "+74951112233",
        "ROLODIAL_QUIET": "no",
        "ROLODIAL_ZONE": "Europe/Moscow",
        "ROLODIAL_CLIENT_ID": str(OLGA),
        "ROLODIAL_CLAIMED": "no",
        "ROLODIAL_ANSWER": "outbound",
    }


async def test_an_operator_dials_somebody_who_sleeps(ask):
    assert datetime(2026, 11, 22, 9, tzinfo=UTC) == NOW
    got = await ask("outbound", "+12125551212", "101")
    assert (got["ROLODIAL_ALLOWED"], got["ROLODIAL_REASON"]) == ("no", "quiet_hours")
    assert (got["ROLODIAL_QUIET"], got["ROLODIAL_ZONE"]) == ("yes", "America/New_York")


@given(st.text(), st.text(), st.text(), st.text(alphabet="0123456789;,\"'${}() \n"))
def test_no_text_leaves_its_own_command(name, manager, band, extension):
    found = Identified(
        call=OLGA, kind="contact", known=True, name=name, manager_name=manager, band=band, manager=extension,
        language="ru",
    )  # fmt: skip
    lines = list(answer(found).lines())
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)
    verb = next(verb for verb in VERBS if verb.name == "identify")
    pairs = [
        pair for line in lines if line.startswith(b"EXEC MSet ") for pair in mset_said(line.decode()).items()
    ]
    told = [name for name, _ in pairs]
    told += [line.split(b" ")[2].decode() for line in lines if line.startswith(b"SET VARIABLE ")]
    assert sorted(told) == sorted(verb.sets)
    assert pairs[-1] == ("ROLODIAL_ANSWER", "identify")


@given(st.lists(st.text(max_size=40), max_size=8), st.text(max_size=40))
def test_whatever_is_asked_is_answered_within_the_contract(args, caller):
    for verb in VERBS:
        if verb.name in (
            "callback",
            "outbound",
        ):  # wait for the database: tests/integration/missed, and below
            continue
        request = parse_request(_quiet(verb.name, args, caller))
        answer = handlers()[verb.name](request)
        if isinstance(answer, Answer):  # sync asks AstDB, and sets nothing
            assert verb.allows({**answer.written, **answer.made})


def _quiet(verb, args, caller):
    clean = [" ".join(one.split()).replace("\x00", "") for one in (*args, caller)]
    lines = [f"agi_network_script: {verb}", f"agi_callerid: {clean[-1]}"]
    lines += [f"agi_arg_{number}: {one}" for number, one in enumerate(clean[:-1], 1)]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


HTTP = pytest.mark.parametrize("ask", ["http"], indirect=True)


@HTTP
async def test_over_http_a_callers_text_breaks_nothing(ask):
    got = await ask("identify", agi_callerid="+79161000001", agi_calleridname="x&callerid=1%0Aheard=identify")
    assert got["ROLODIAL_NAME"] == "Olga Petrova"


@HTTP
async def test_over_http_a_withheld_number_is_withheld(ask):
    got = await ask("identify", agi_callerid="+79161000001", agi_callingpres="32")
    assert (got["ROLODIAL_KIND"], got["ROLODIAL_NUMBER"]) == ("withheld", "")


@pytest.fixture
async def http():
    """Over HTTP alone, and what it counted."""
    fastagi = FastAgiServer(PATIENT, handlers())
    server = over_http(fastagi)
    await server.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session:
        yield session, fastagi.stats
    await server.stop()


@pytest.mark.parametrize("verb", ["sync", "nonsense", ""])
async def test_what_is_no_verb_over_http_is_refused(http, verb):
    session, _ = http
    async with session.post(f"/{verb}", data={"arg_1": "main"}) as answer:
        assert answer.status in (403, 404)
        assert "heard" not in await answer.text()


async def test_more_than_a_header_over_http_is_refused(http):
    session, _ = http
    async with session.post("/route", data={"calleridname": "y" * 100_000}) as answer:
        assert answer.status == 413


async def test_a_peer_that_is_not_allowed_over_http():
    fastagi = FastAgiServer(FastAgiSettings(port=0, http_port=0, allowed=("10.0.0.0/8",)), handlers())
    server = over_http(fastagi)
    await server.start()
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"http://127.0.0.1:{server.port}/ping") as answer,
        ):
            assert answer.status == 403
    finally:
        await server.stop()
    assert fastagi.stats.refused == 1


async def test_a_fault_of_ours_over_http_is_no_answer(http):
    session, stats = http
    asked = {"callerid": "+79161000001", "arg_1": "main"}
    async with session.post("/callback", data=asked) as answer:  # there is no database
        assert answer.status == 500
    assert stats.failed == 1


async def test_who_says_nothing_over_http_is_bounded_in_number_and_in_time():
    fastagi = FastAgiServer(replace(PATIENT, connections=5), handlers())
    server = over_http(fastagi)
    await server.start()
    try:
        silent = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(8)]
        async with asyncio.timeout(60):
            for reader, _ in silent[:3]:  # one too many each
                assert await reader.read() == b""
            asked = f"http://127.0.0.1:{server.port}/ping"
            async with aiohttp.ClientSession() as session, session.post(asked) as answer:
                assert "ROLODIAL_PONG=1" in await answer.text()
            server._settings = replace(PATIENT, connections=5, header_s=0.1, reply_s=0.1)
            for reader, writer in silent:
                assert await reader.read() == b""
                writer.close()
    finally:
        await server.stop()
    assert fastagi.stats.refused == 8
