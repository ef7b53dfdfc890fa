# SPDX-License-Identifier: Apache-2.0
"""The verbs of the contract on a real Asterisk: answers arrive as they are, and without answers calls go on."""

import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest

from config.agi import AgiParts, agi_handlers
from crm_core.domain.directory import PartyKind
from crm_core.domain.ids import new_id
from crm_core.domain.outbound import OutboundSettings
from crm_core.usecases.decide_route import RouteSettings
from pbx_bridge.agi_settings import FastAgiSettings
from pbx_bridge.fastagi import FastAgiServer
from tests.live.ami import originate
from tests.live.lab import DID, OLGA
from tests.support.routing import ANNA, IVAN, FakePbx, a_desk, a_house, rules_of

OLGA_ID = UUID(int=1)
QUEUE = {"to": "queue", "queue": "default", "seconds": 5}
RETAIL = {"to": "queue", "queue": "retail", "seconds": 5}
NASTY = 'O\'Hara, "Ltd" ${SYSTEM(touch x)} $[1+1] \\ =^&| Олена'
PLAN = """
[test-identify]
exten => s,1,Set(ROLODIAL_DID=+74951112233)
 same => n,Set(ROLODIAL_LANGUAGE=uk)
 same => n,Set(ROLODIAL_CLIENT_NUMBER=${TEST_KEYED})
 same => n,Set(CALLERID(num)=${TEST_CALLER})
 same => n,Gosub(rolodial-identify,s,1)
 same => n,Set(GLOBAL(TEST_NAME)=${ROLODIAL_NAME})
 same => n,Set(GLOBAL(TEST_SAID)=${GOSUB_RETVAL}^${ROLODIAL_KNOWN}^${ROLODIAL_MANAGER}^${ROLODIAL_SPEAKS}^${ROLODIAL_CALL})
 same => n,Hangup()
exten => h,1,NoOp()
[test-inbound]
exten => _+X.,1,MSet(ROLODIAL_MENU=sales,ROLODIAL_ORDER=4711,ROLODIAL_CLIENT_NUMBER=417)
 same => n,Goto(rolodial-inbound,${FILTER(0-9+,${EXTEN})},1)
"""


@asynccontextmanager
async def crm(lab, *, outbound=None, kept=None, house=None, rules=None, answers=None):
    """The handlers of the product at the lab's address."""
    kept = [] if kept is None else kept
    answers = [] if answers is None else answers
    rules = rules or rules_of({"id": "all", "step": [QUEUE]})
    desk = a_desk(house, rules=rules, kept=kept, pbx=FakePbx(), settings=RouteSettings(hold_ms=0))
    parts = AgiParts(
        desk=desk,
        outbound=outbound or OutboundSettings(),
        accept_prompt=lambda _pbx, _call: False,
        put_survey=lambda answer: answers.append(answer) is None,
        clock=now,
        ready=lambda: True,
        store=None,  # nobody asks to be called back
        pbxs={},
        syncs={},
    )
    server = FastAgiServer(FastAgiSettings(port=int(lab.plan.agi.rsplit(":", 1)[1])), agi_handlers(parts))
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture(autouse=True)
def nobody_has_taken_a_client(monkeypatch):
    """There is no database; to look there and to write down why that failed takes a slow machine 300 ms."""

    async def nobody(_store, _number, _person):
        return False

    monkeypatch.setattr("config.agi.claimed_elsewhere", nobody)


@pytest.fixture
async def own_plan(lab):
    """Contexts beside ours, as a site would write them."""
    file = lab.pbx.home / "etc/extensions.conf"
    before = file.read_text()
    file.write_text(before + PLAN)
    await lab.pbx.cli("dialplan reload")
    yield
    file.write_text(before)
    await lab.pbx.cli("dialplan reload")


async def said(lab, name):
    text = await lab.pbx.cli("dialplan show globals")
    found = [line for line in text.splitlines() if line.strip().startswith(f"{name}=")]
    return found[0].strip().partition("=")[2] if found else None


async def identify(lab, *, caller=OLGA, keyed=""):
    for name, value in (("TEST_SAID", "none"), ("TEST_CALLER", caller), ("TEST_KEYED", keyed)):
        await lab.pbx.cli(f'dialplan set global {name} "{value}"')
    began = time.monotonic()
    await originate_to(lab, "test-identify", "s")

    async def answered():
        value = await said(lab, "TEST_SAID")
        return value if value not in {"none", None} else None

    told = (await lab.until(answered)).split("^")
    return told, time.monotonic() - began


def a_house_with(name):
    house = a_house()
    house.clients.put_contact(OLGA_ID, name, ANNA, None)
    house.clients.set_client_numbers(PartyKind.CONTACT, {IVAN: "00417"})
    return house


@pytest.mark.parametrize(
    "name", [NASTY, "Olga Petrova", "Олена Іванівна Ко-валь", "Dr. Müller 2", "李 小龍", "a..-b", "-. _"]
)
async def test_identify_gives_every_text_as_it_is_and_runs_none(lab, own_plan, name):
    async with crm(lab, house=a_house_with(name)):
        told, _ = await identify(lab)
    assert told[:4] == ["good", "yes", "101", "uk"]
    assert UUID(told[4]).version == 7
    assert await said(lab, "TEST_NAME") == name


async def test_a_client_number_keyed_in_identifies(lab, own_plan):
    async with crm(lab, house=a_house_with("Olga")):
        told, _ = await identify(lab, caller="+79990000000", keyed="417")
        assert told[:2] == ["good", "yes"]
        assert await said(lab, "TEST_NAME") == "Ivan Sokolov"
        told, _ = await identify(lab, caller="+79990000000", keyed="418")
        assert told[:2] == ["good", "no"]


@pytest.mark.parametrize(("manner", "why"), [("silent", "late"), ("close", "empty"), ("away", "failed")])
async def test_a_plan_of_ones_own_goes_on_without_an_answer(lab, own_plan, agi, manner, why):
    if manner == "away":
        await agi.shut()
    agi.manner = manner
    told, took = await identify(lab)
    assert told[0] == why
    assert took < 6, "Asterisk alone would wait without end"
    told, _ = await identify(lab)
    assert told[0] == ("empty" if why == "empty" else "off"), "an outage is not met twice"


async def test_what_was_keyed_in_reaches_the_rules_and_our_id_is_in_cel(lab, own_plan):
    rules = rules_of(
        {"id": "sales", "when": {"menu": "sales", "keyed": "order"}, "step": [RETAIL]},
        {"id": "rest", "step": [QUEUE]},
    )
    kept = []
    anna = await lab.phone("101")
    async with crm(lab, kept=kept, rules=rules, house=a_house_with("Olga")):
        await originate_to(lab, "test-inbound", DID)
        await lab.until(lambda: kept)
        told = await lab.told_call()
    call, decision, _ = kept[0]
    assert (decision.rule, decision.facts.menu, decision.facts.order_number) == ("sales", "sales", "4711")
    assert decision.facts.client_number == "417"
    assert decision.facts.told_by == "client_number"
    assert decision.facts.party_name == "Ivan Sokolov"
    assert told == f"{call}^good"
    assert anna.running


async def test_outbound_shows_the_number_the_crm_names(lab):
    anna, client = await lab.phone("101"), await lab.outside("answer_and_hang_up", seconds=1)
    settings = OutboundSettings(show={"+7": "+78120000001"})
    async with crm(lab, outbound=settings):
        await originate(lab.plan, "PJSIP/101", "89165554433", f"rolodial-{OLGA_ID}")
        assert await client.done() == 0
        assert await anna.done() == 0
    assert '"Rolodial" <sip:+78120000001@' in client.messages()


@pytest.mark.parametrize("refuses", [False, True])
async def test_who_dials_a_client_whom_a_colleague_has_taken_is_told_and_only_by_setting_refused(
    lab, monkeypatch, refuses
):
    asked = []

    async def claimed(_store, number, person):
        asked.append((number, person))
        return True

    monkeypatch.setattr("config.agi.claimed_elsewhere", claimed)
    before = len(await lab.log())
    anna, client = await lab.phone("101"), await lab.outside("answer_and_hang_up", seconds=1)
    async with crm(lab, outbound=OutboundSettings(claimed_refuses=refuses)):
        await originate(lab.plan, "PJSIP/101", "89165554433", f"rolodial-{OLGA_ID}")
        assert await anna.done() == 0
    assert asked == [("+79165554433", ANNA)]
    assert ("INVITE" in client.messages()) is not refuses
    assert "Playing 'beep" in (await lab.log())[before:]


async def test_what_the_crm_refuses_is_not_dialled_and_without_the_crm_the_sites_word_counts(lab):
    settings = OutboundSettings(refused=("+7916",))
    anna, client = await lab.phone("101"), await lab.outside("answer_and_hang_up", seconds=1)
    async with crm(lab, outbound=settings) as server:
        await originate(lab.plan, "PJSIP/101", "89165554433", f"rolodial-{OLGA_ID}")
        assert await anna.done() == 0
        assert server.stats.answered == 1
    assert "INVITE" not in client.messages()
    boris = await lab.phone("102")
    await originate(lab.plan, "PJSIP/102", "89165554433", f"rolodial-{IVAN}")
    assert await client.done() == 0
    assert await boris.done() == 0


async def test_a_silent_crm_keeps_no_operator_from_calling(lab, agi):
    agi.manner = "silent"
    anna, client = await lab.phone("101"), await lab.outside("answer_and_hang_up", seconds=1)
    await originate(lab.plan, "PJSIP/101", "89165554433", f"rolodial-{OLGA_ID}")
    assert await client.done() == 0
    assert await anna.done() == 0
    assert [asked["agi_network_script"] for asked in agi.asked] == ["outbound"]


async def test_a_click_on_an_emergency_number_asks_nobody(lab, agi):
    agi.manner = "silent"
    anna, help_ = await lab.phone("101"), await lab.outside("answer_and_hang_up", seconds=1)
    await originate(lab.plan, "PJSIP/101", "112", f"rolodial-{OLGA_ID}")
    assert await help_.done() == 0
    assert await anna.done() == 0
    assert "INVITE sip:112@" in help_.messages()
    assert agi.asked == []


async def originate_to(lab, context, exten):
    await originate(lab.plan, f"Local/{exten}@{context}/n", "idle", f"verbs-{new_id(now())}", "rolodial-sync")


def now():
    return datetime.now(UTC)


async def is_asked(lab):
    return any("!Read!" in line for line in await lab.channels())


async def test_a_client_is_asked_after_the_talk_and_the_key_is_told(lab):
    """The operator hangs up first; the client presses 5."""
    answers, kept = [], []
    for name, value in (("ROLODIAL_SURVEY", "service"), ("ROLODIAL_SURVEY_SOUND", "beep")):
        await lab.pbx.cli(f"dialplan set global {name} {value}")
    dial = {"id": "all", "step": [{"to": "assigned_manager", "seconds": 9}, QUEUE]}
    try:
        async with crm(lab, rules=rules_of(dial), answers=answers, kept=kept):
            anna = await lab.phone("101", "answer_and_hang_up", seconds=1)
            async with lab.client_with_keys() as client:
                call = await client.dial(DID)
                assert await anna.done() == 0
                await lab.until(lambda: is_asked(lab))
                call.voice.press("5")
                await lab.until(lambda: answers)
                await lab.until(call.over.is_set)
    finally:
        for name in ("ROLODIAL_SURVEY", "ROLODIAL_SURVEY_SOUND"):
            await lab.pbx.cli(f'dialplan set global {name} ""')
    (answer,) = answers
    assert (answer.call_id, answer.question, answer.keys) == (kept[0][0], "service", "5")
    assert await lab.walked_in_all() == ["dial"], "who has talked is rung nowhere else"
