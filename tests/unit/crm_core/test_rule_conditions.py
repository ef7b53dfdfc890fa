# SPDX-License-Identifier: Apache-2.0
"""What rules may ask of a caller, a line and a manager, each once when it holds and once when it does not."""

from datetime import timedelta
from uuid import UUID

import orjson
import pytest

from crm_core.domain.absence import Absence
from crm_core.domain.call import Call, CallEnded, Direction, Leg, LegKind
from crm_core.domain.directory import OperatorState, PartyKind
from crm_core.domain.people import OwnNumber
from crm_core.domain.routing.codec import NotKeptError, facts_from_json, facts_to_json
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.trace import explained
from crm_core.domain.schedule import Schedule
from crm_core.usecases.decide_route import explain
from tests.support.routing import (
    ANNA,
    BORIS,
    CLARA,
    DID,
    IVAN,
    NOW,
    OLGA,
    PHONES,
    a_call_from,
    a_desk,
    a_house,
    rules_of,
)

QUEUE = {"to": "queue", "queue": "default", "seconds": 120}
REST = {"id": "rest", "step": [QUEUE]}
HOUR = timedelta(hours=1)
ALWAYS, NEVER = UUID(int=301), UUID(int=302)
WEEK = (((0, 1440),),) * 7
OTHER_DID = "+74951112244"


def a_line(e164=DID, schedule=None, language=None):
    return OwnNumber(id=UUID(int=400), e164=e164, label="sales", schedule_id=schedule, language=language)


def a_schedule(identity, name, days):
    return Schedule(id=identity, name=name, zone="Europe/Moscow", days=days)


SCHEDULES = [a_schedule(ALWAYS, "always", WEEK), a_schedule(NEVER, "never", ((),) * 7)]


def away(user_id, deputy=None, *, starts=-HOUR, ends=HOUR):
    return Absence(
        id=UUID(int=user_id.int + 500),
        user_id=user_id,
        starts_at=NOW + starts,
        ends_at=NOW + ends,
        created_at=NOW - 2 * HOUR,
        deputy_id=deputy,
    )


def asked(when, caller=PHONES[OLGA], directory=None, *, lists=None, **more):
    """Whether a rule with these conditions holds, and what it saw; the stored facts give the same again."""
    tables = {"lists": lists} if lists else {}
    rules = rules_of({"id": "it", "when": when, "step": [QUEUE]}, REST, **tables)
    decision = explain(a_call_from(caller, **more), a_desk(directory, rules=rules))
    facts = facts_from_json(orjson.loads(orjson.dumps(facts_to_json(decision.facts))))
    again = explained(evaluate(facts, rules), rules)
    assert (again.trace, again.steps, again.why) == (decision.trace, decision.steps, decision.why)
    holds = decision.rule == "it"
    return holds, decision.why[0].code if holds else decision.trace[0].params["saw"]


@pytest.mark.parametrize(
    ("when", "caller", "told"),
    [
        ({"number_begins": "+7916"}, "+79161000001", (True, "number_begins")),
        ({"number_begins": ["+7495", "+7499"]}, "+79161000001", (False, "number_begins_not")),
        ({"number_begins": "+7"}, "anonymous", (False, "no_number")),
        ({"country": "RU"}, "+79161000001", (True, "country")),
        ({"country": ["UA", "KZ"]}, "+79161000001", (False, "country")),
        ({"country": "KZ"}, "+77012345678", (True, "country")),
        ({"country": "RU"}, "anonymous", (False, "country_unknown")),
        ({"number_kind": "mobile"}, "+79161000001", (True, "number_kind_mobile")),
        ({"number_kind": "mobile"}, "+74951234567", (False, "number_kind_fixed")),
        ({"number_kind": ["fixed", "free"]}, "+78002000600", (True, "number_kind_free")),
        ({"number_kind": "either"}, "+12025550123", (True, "number_kind_either")),
        ({"number_kind": "mobile"}, "", (False, "no_number")),
    ],
)
def test_the_number(when, caller, told):
    assert asked(when, caller) == told


@pytest.mark.parametrize(
    ("caller", "told"),
    [
        ("+79161000001", (True, "on_list")),
        ("89165550000", (True, "on_list")),
        ("+18005550199", (True, "on_list")),
        ("+79161000002", (False, "not_on_list")),
        ("anonymous", (False, "not_on_list")),
    ],
)
def test_a_list_of_numbers_and_beginnings(caller, told):
    lists = {"blocked": {"numbers": ["8 916 100-00-01", "+79165550000"], "beginnings": ["+1800"]}}
    assert asked({"on_list": "blocked"}, caller, lists=lists) == told


def test_the_trunk():
    assert asked({"trunk": "PJSIP/city"}, trunk="PJSIP/city") == (True, "trunk")
    assert asked({"trunk": ["PJSIP/city"]}, trunk="PJSIP/other") == (False, "trunk")
    assert asked({"trunk": "PJSIP/city"}, trunk="x'; --") == (False, "trunk_unknown")


def test_the_language_is_the_callers_choice_before_that_of_the_number():
    directory = a_house()
    directory.standing.set_lines([a_line(language="uk")], [])
    assert asked({"language": "uk"}, directory=directory) == (True, "language")
    assert asked({"language": "uk"}, directory=directory, language="en") == (False, "language")
    assert asked({"language": ["en"]}, directory=directory, language="en") == (True, "language")
    assert asked({"language": "uk"}, directory=directory, did=OTHER_DID) == (False, "language_unknown")
    assert asked({"language": "uk"}, directory=directory, language="${SHELL}") == (True, "language")


def test_the_hours_of_the_number_they_called():
    directory = a_house()
    directory.standing.set_lines([a_line(schedule=ALWAYS), a_line(OTHER_DID, NEVER)], SCHEDULES)
    assert asked({"open": "did"}, directory=directory) == (True, "open_did")
    assert asked({"closed": "did"}, directory=directory, did=OTHER_DID) == (True, "closed_did")
    assert asked({"open": "did"}, directory=directory, did=OTHER_DID) == (False, "closed_did")


def test_a_number_without_hours_is_never_closed():
    assert asked({"open": "did"}) == (True, "open_did")
    assert asked({"closed": "did"}) == (False, "open_did")


def test_hours_of_the_settings_by_their_name():
    directory = a_house()
    directory.standing.set_lines([], SCHEDULES)
    assert asked({"open": "house:always"}, directory=directory) == (True, "open")
    assert asked({"closed": "house:always"}, directory=directory) == (False, "open")
    assert asked({"closed": "house:never"}, directory=directory) == (True, "closed")
    for key in ("open", "closed"):
        assert asked({key: "house:gone"}, directory=directory) == (False, "hours_unknown")


def test_a_manager_who_is_away_is_not_free_and_their_deputy_is():
    directory = a_house()
    directory.standing.set_absences([away(ANNA, BORIS)])
    assert asked({"manager": "away"}, directory=directory) == (True, "manager_away")
    assert asked({"manager": "free"}, directory=directory) == (False, "manager_away")
    assert asked({"manager": "assigned"}, directory=directory) == (True, "manager_away")
    assert asked({"deputy": "free"}, directory=directory) == (True, "deputy_free")
    directory.set_state(BORIS, OperatorState.PAUSED, NOW)
    assert asked({"deputy": "free"}, directory=directory) == (False, "deputy_paused")


def test_a_deputy_who_is_away_is_stood_in_for_as_well():
    directory = a_house()
    directory.standing.set_absences([away(ANNA, BORIS), away(BORIS, CLARA)])
    holds, _ = asked({"deputy": "free"}, directory=directory)
    assert holds
    directory.standing.set_absences([away(ANNA, BORIS), away(BORIS, ANNA)])
    assert asked({"deputy": "none"}, directory=directory) == (True, "deputy_none")


@pytest.mark.parametrize(("starts", "ends"), [(-2 * HOUR, timedelta()), (timedelta(seconds=1), HOUR)])
def test_before_and_after_an_absence_the_manager_is_here(starts, ends):
    directory = a_house()
    directory.standing.set_absences([away(ANNA, BORIS, starts=starts, ends=ends)])
    assert asked({"manager": "free"}, directory=directory) == (True, "manager_free")
    assert asked({"deputy": "free"}, directory=directory) == (False, "deputy_none")


def a_past_call(at, *, talk_s=0.0, caller=PHONES[OLGA], direction=Direction.INBOUND):
    leg = Leg(
        uniqueid="1.2",
        device="PJSIP/101",
        party="101",
        kind=LegKind.OPERATOR,
        answered_at=at if talk_s else None,
        ended_at=at,
        talk_s=talk_s,
    )
    inbound = direction is Direction.INBOUND
    call = Call(
        id=UUID(int=int(at.timestamp())),
        pbx="main",
        boot="",
        linkedids=("1.1",),
        direction=direction,
        caller=caller if inbound else "101",
        caller_name=None,
        dialled=DID if inbound else caller,
        missed=inbound and not talk_s,
        ended_at=at,
        talk_s=talk_s,
        legs=(leg,),
    )
    return CallEnded(call=call, at=at)


def missed_today(*calls, at=NOW, caller=PHONES[OLGA], directory=None):
    directory = directory or a_house()
    for call in calls:
        directory.note_call_event(call)
    return asked({"missed_today": True}, caller, directory, at=at)


def test_who_called_in_vain_today_is_known():
    assert missed_today() == (False, "not_missed_today")
    assert missed_today(a_past_call(NOW - HOUR)) == (True, "missed_today")
    assert missed_today(a_past_call(NOW - HOUR), caller=PHONES[IVAN]) == (False, "not_missed_today")


def test_a_talk_in_either_direction_ends_it():
    missed = a_past_call(NOW - HOUR)
    talked = a_past_call(NOW - HOUR / 2, talk_s=9.0)
    called_back = a_past_call(NOW - HOUR / 2, talk_s=9.0, direction=Direction.OUTBOUND)
    assert missed_today(missed, talked) == (False, "not_missed_today")
    assert missed_today(missed, called_back) == (False, "not_missed_today")
    assert missed_today(talked, a_past_call(NOW - HOUR / 4)) == (True, "missed_today")
    assert missed_today(missed, a_past_call(NOW - HOUR / 2, direction=Direction.OUTBOUND))[0]


def test_a_talk_by_another_number_of_theirs_ends_it():
    directory = a_house()
    directory.clients.put_number("+79169999999", PartyKind.CONTACT, OLGA)
    talked = a_past_call(NOW - HOUR / 2, talk_s=9.0, caller="+79169999999")
    assert missed_today(a_past_call(NOW - HOUR), talked, directory=directory) == (False, "not_missed_today")


def test_a_new_day_of_the_house_forgets_it():
    late = NOW.replace(hour=20, minute=30)  # 23:30 in Moscow
    assert missed_today(a_past_call(late), at=late + HOUR / 4)[0]
    assert not missed_today(a_past_call(late), at=late + HOUR)[0]


def test_facts_stored_before_a_fact_was_added_are_read():
    decision = explain(a_call_from(PHONES[OLGA]), a_desk())
    stored = orjson.loads(orjson.dumps(facts_to_json(decision.facts)))
    for name in ("about_number", "hours", "logins"):
        del stored[name]
    unknown = {"trunk", "language", "deputy", "missed_at"}
    assert not unknown & stored.keys()  # what nobody knows is not written at all
    for person in stored["people"]:
        del person["talks_today"]
    facts = facts_from_json(stored)
    assert (facts.trunk, facts.deputy) == (None, None)
    with pytest.raises(NotKeptError):
        facts.hours["did"]
    with pytest.raises(NotKeptError):
        facts.logins["anna"]
    assert facts.about_number["country"] == "RU"


KEYED = [
    ({"menu": "sales"}, {"menu": "sales"}, "menu", True),
    ({"menu": ["1", "2"]}, {"menu": "3"}, "menu", False),
    ({"menu": "1"}, {}, "menu_none", False),
    ({"menu": "1"}, {"menu": "1\n2"}, "menu_none", False),
    ({"keyed": "order"}, {"order_number": "A-17/2"}, "keyed_order", True),
    ({"keyed": "order"}, {"client_number": "417"}, "keyed_client_number", False),
    ({"keyed": ["order", "client_number"]}, {"client_number": "999"}, "keyed_client_number", True),
    ({"keyed": "client_number"}, {"order_number": "7", "client_number": "9"}, "keyed_client_number", True),
    ({"keyed": "nothing"}, {}, "keyed_nothing", True),
    ({"keyed": "nothing"}, {"order_number": "7"}, "keyed_order", False),
    ({"keyed": "nothing"}, {"order_number": "'; drop"}, "keyed_nothing", True),
]


@pytest.mark.parametrize(("when", "told", "saw", "holds"), KEYED)
def test_what_the_caller_keyed_in(when, told, saw, holds):
    assert asked(when, "+79990000000", **told) == (holds, saw)
