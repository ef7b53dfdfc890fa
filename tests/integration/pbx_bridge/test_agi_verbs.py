# SPDX-License-Identifier: Apache-2.0
"""identify and outbound as a channel sees them: what is set, what a hostile text can do, and that none of it waits."""

from datetime import UTC, datetime, time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.agi import VERBS, AgiParts, agi_handlers
from crm_core.domain.absence import Absence
from crm_core.domain.directory import PartyKind
from crm_core.domain.outbound import OutboundSettings
from crm_core.usecases.identify_caller import Identified
from pbx_bridge.agi_lines import parse_request
from pbx_bridge.agi_settings import FastAgiSettings
from pbx_bridge.fastagi import FastAgiServer
from pbx_bridge.identify_agi import answer
from tests.support.agi_channel import AgiChannel, a_header
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
    return agi_handlers(parts)


@pytest.fixture
async def ask():
    servers = []

    async def run(verb, *args, desk=None, ready=True, **more):
        server = FastAgiServer(FastAgiSettings(port=0), handlers(desk, ready=ready))
        await server.start()
        servers.append(server)
        more = {"agi_network_script": verb} | more
        return await AgiChannel(server.port).run(a_header("main", "1763800000.1", *args, **more))

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
    lines = list(answer(found))
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)
    verb = next(verb for verb in VERBS if verb.name == "identify")
    machine = b"".join(line for line in lines if line.startswith(b"EXEC MSet ")).decode()
    pairs = [pair for line in machine.splitlines() for pair in line.removeprefix("EXEC MSet ").split(",")]
    told = [pair.split("=")[0] for pair in pairs]
    told += [line.split(b" ")[2].decode() for line in lines if line.startswith(b"SET VARIABLE ")]
    assert sorted(told) == sorted(verb.sets)
    assert pairs[-1] == "ROLODIAL_ANSWER=identify"


@given(st.lists(st.text(max_size=40), max_size=8), st.text(max_size=40))
def test_whatever_is_asked_is_answered_within_the_contract(args, caller):
    for verb in VERBS:
        if verb.name == "callback":  # waits for the database: tests/integration/missed
            continue
        request = parse_request(_quiet(verb.name, args, caller))
        script = handlers()[verb.name](request)
        lines = [] if script is None else [line for line in script if isinstance(line, bytes)]
        names = [
            pair.split("=")[0]
            for line in lines
            if line.startswith(b"EXEC MSet ")
            for pair in line.decode().strip().removeprefix("EXEC MSet ").split(",")
        ]
        assert verb.allows(names)


def _quiet(verb, args, caller):
    clean = [" ".join(one.split()).replace("\x00", "") for one in (*args, caller)]
    lines = [f"agi_network_script: {verb}", f"agi_callerid: {clean[-1]}"]
    lines += [f"agi_arg_{number}: {one}" for number, one in enumerate(clean[:-1], 1)]
    return "\n".join(lines).encode("utf-8", "surrogatepass")
