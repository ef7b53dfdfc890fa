# SPDX-License-Identifier: Apache-2.0
"""Who gets which call, by situation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from crm_core.domain.directory import OperatorState, PartyKind, Team
from crm_core.domain.lead import LeadStatus
from crm_core.domain.routing.decision import Why
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.live import live_facts
from crm_core.domain.routing.trace import explained
from crm_core.domain.turnover import Window
from crm_core.usecases.decide_route import decide_route, explain
from tests.support.routing import (
    ANNA,
    BORIS,
    CALLER_X,
    CLARA,
    DID,
    DMITRI,
    IVAN,
    MARIA,
    NAMES,
    NOW,
    OLGA,
    PHONES,
    FakePbx,
    a_call_from,
    a_desk,
    a_house,
    an_operator,
    rules_of,
)

QUEUE = {"to": "queue", "queue": "default", "seconds": 120}


def decided(directory=None, caller=OLGA, *, states=None, rules=None, at=NOW, **more):
    desk = a_desk(directory, pbx=FakePbx(states), rules=rules)
    return explain(a_call_from(PHONES.get(caller, caller), at=at, **more), desk)


def wires(decision):
    return [step.wire() for step in decision.steps]


def codes(decision):
    return [(line.code, line.params.get("reason"), line.params.get("name")) for line in decision.trace]


def test_the_assigned_manager_is_free():
    decision = decided(caller=OLGA)
    assert decision.rule == "manager"
    assert wires(decision) == [
        "dial^15^101:PJSIP/101",
        "dial^15^102:PJSIP/102",
        "queue^120^default",
        "voicemail^120^default",
    ]
    assert decision.steps[0].why.code == "assigned_manager"
    assert decision.steps[0].why.params == {"name": "Anna"}
    assert decision.why[0].code == "manager_free"


def test_a_small_client_without_a_manager_goes_to_retail():
    decision = decided(caller=IVAN)
    assert (decision.rule, wires(decision)[0]) == ("retail", "dial^15^101:PJSIP/101&102:PJSIP/102")


def test_a_contact_has_the_turnover_of_the_company():
    decision = decided(caller=MARIA)
    assert (decision.rule, wires(decision)[0]) == ("wholesale", "dial^15^103:PJSIP/103&104:PJSIP/104")
    assert decision.priority == 10
    why = decision.why[0]
    assert (why.code, why.params["amount"], why.params["limit"]) == (
        "turnover_at_least",
        "640000.00",
        "200000.00",
    )


@pytest.mark.parametrize(("amount", "rule"), [(199_999_99, "retail"), (200_000_00, "wholesale")])
def test_the_limit_itself_is_wholesale(amount, rule):
    directory = a_house()
    directory.clients.set_turnover(PartyKind.CONTACT, IVAN, {Window.DAYS_30: amount})
    assert decided(directory, IVAN).rule == rule


def test_on_the_first_day_of_a_month_thirty_days_still_count():
    directory = a_house()
    directory.clients.set_turnover(
        PartyKind.CONTACT, IVAN, {Window.DAYS_30: 300_000_00, Window.THIS_MONTH: 0}
    )
    first = datetime(2026, 12, 1, 0, 0, 1, tzinfo=UTC)
    assert decided(directory, IVAN, at=first).rule == "wholesale"


def test_the_larger_of_two_months_is_a_window_of_its_own():
    directory = a_house()
    amounts = {Window.THIS_MONTH: 0, Window.LAST_MONTH: 300_000_00}
    directory.clients.set_turnover(PartyKind.CONTACT, IVAN, amounts)
    rule = {
        "id": "big",
        "when": {"turnover": {"window": "larger_month", "at_least": 200000}},
        "step": [QUEUE],
    }
    assert decided(directory, IVAN, rules=rules_of(rule, {"id": "rest", "step": [QUEUE]})).rule == "big"


def test_the_manager_is_paused():
    directory = a_house()
    directory.set_state(ANNA, OperatorState.PAUSED, NOW)
    decision = decided(directory, OLGA)
    assert (decision.rule, wires(decision)[0]) == ("retail", "dial^15^102:PJSIP/102")
    passed = decision.trace[0]
    assert passed.params["saw"] == "manager_paused"
    assert ("passed_over", "paused", "Anna") in codes(decision)


def test_the_manager_wraps_up_the_call_before():
    directory = a_house()
    directory.set_state(ANNA, OperatorState.WRAP_UP, NOW)
    assert decided(directory, OLGA).trace[0].params["detail"] == "state wrap_up"


def test_the_manager_is_in_a_meeting():
    directory = a_house()
    directory.set_state(ANNA, OperatorState.MEETING, NOW)
    decision = decided(directory, OLGA)
    assert decision.trace[0].params["detail"] == "state meeting"
    assert ("passed_over", "paused", "Anna") in codes(decision), "no call of rules rings her"
    assert "101" not in str(wires(decision))


def test_the_manager_is_offline():
    directory = a_house()
    directory.set_state(ANNA, OperatorState.OFFLINE, NOW)
    assert decided(directory, OLGA).trace[0].params["saw"] == "manager_offline"


def test_the_managers_phone_is_off():
    decision = decided(caller=OLGA, states={"PJSIP/101": "UNAVAILABLE"})
    assert decision.trace[0].params["saw"] == "manager_offline"
    assert decision.trace[0].params["detail"] == "PJSIP/101 UNAVAILABLE"


@pytest.mark.parametrize("state", ["INUSE", "BUSY", "RINGING", "RINGINUSE", "ONHOLD"])
def test_the_manager_is_on_a_call(state):
    assert decided(caller=OLGA, states={"PJSIP/101": state}).trace[0].params["saw"] == "manager_on_call"


@pytest.mark.parametrize("state", ["INUSE", "BUSY", "RINGING", "RINGINUSE", "ONHOLD"])
def test_who_was_engaged_when_the_pbx_was_last_heard_of_is_tried(state):
    decision = decided(caller=OLGA, states={"PJSIP/101": state, "PJSIP/102": "UNAVAILABLE"}, behind=True)
    assert wires(decision)[:2] == ["dial^15^101:PJSIP/101", "queue^120^default"], "102 was off, not engaged"


def test_the_manager_has_a_desk_phone_off_and_a_browser_on():
    directory = a_house()
    directory.set_people([an_operator(ANNA, "PJSIP/101", "PJSIP/101-web")], directory.teams())
    decision = decided(directory, OLGA, states={"PJSIP/101": "UNAVAILABLE"})
    assert wires(decision)[0] == "dial^15^101:PJSIP/101-web"


def test_both_devices_of_a_person_ring():
    directory = a_house()
    directory.set_people([an_operator(ANNA, "PJSIP/101", "PJSIP/101-web")], directory.teams())
    assert wires(decided(directory, OLGA))[0] == "dial^15^101:PJSIP/101&101:PJSIP/101-web"


def test_the_manager_left_the_firm():
    directory = a_house()
    directory.set_people([an_operator(BORIS)], [Team(id=UUID(int=201), name="retail", members=(BORIS,))])
    decision = decided(directory, OLGA)
    assert (decision.rule, wires(decision)[0]) == ("retail", "dial^15^102:PJSIP/102")


def test_the_managers_phone_is_on_another_pbx():
    assert decided(caller=OLGA, pbx="branch").trace[0].params["detail"] == "no device"


def test_a_phone_never_heard_of_is_rung():
    assert wires(decided(caller=OLGA, states={"PJSIP/101": "UNKNOWN"}))[0] == "dial^15^101:PJSIP/101"


def test_the_last_operator_is_rung_first_in_the_team():
    directory = a_house()
    directory.clients.note_talk(PartyKind.CONTACT, IVAN, BORIS, NOW - timedelta(days=2))
    decision = decided(directory, IVAN)
    assert wires(decision)[:2] == ["dial^15^102:PJSIP/102", "dial^15^101:PJSIP/101"]
    assert decision.steps[0].why.code == "last_operator"
    assert decision.steps[0].why.params["name"] == "Boris"


def test_the_last_operator_is_of_another_team_and_stays_out():
    directory = a_house()
    directory.clients.note_talk(PartyKind.CONTACT, IVAN, CLARA, NOW)
    assert wires(decided(directory, IVAN))[0] == "dial^15^101:PJSIP/101&102:PJSIP/102"


def test_the_last_operator_is_on_a_call():
    directory = a_house()
    directory.clients.note_talk(PartyKind.CONTACT, IVAN, BORIS, NOW)
    assert wires(decided(directory, IVAN, states={"PJSIP/102": "INUSE"}))[0] == "dial^15^101:PJSIP/101"


def test_nobody_is_there_so_the_queue_comes_first():
    directory = a_house()
    for user_id in NAMES:
        directory.set_state(user_id, OperatorState.OFFLINE, NOW)
    assert wires(decided(directory, IVAN)) == ["queue^120^default", "voicemail^120^default"]


def test_two_calls_in_the_same_moment_do_not_choose_the_same_person():
    desk = a_desk()
    first = decide_route(a_call_from(PHONES[OLGA], linkedid="1.1"), desk)
    second = decide_route(
        a_call_from(PHONES[OLGA], linkedid="1.2", at=NOW + timedelta(milliseconds=10)), desk
    )
    assert first.decision.steps[0].people == (ANNA,)
    assert second.decision.steps[0].people == (BORIS,)
    assert explained(second.decision, desk.rules).trace[0].params["detail"] == "reserved"


def test_a_clock_set_back_an_hour_keeps_nobody_reserved_for_an_hour():
    desk = a_desk()
    decide_route(a_call_from(PHONES[OLGA], linkedid="1.1"), desk)
    back = decide_route(a_call_from(PHONES[OLGA], linkedid="1.2", at=NOW - timedelta(hours=1)), desk)
    assert back.decision.steps[0].people == (ANNA,)


def test_a_clock_set_back_an_hour_does_not_leave_out_for_an_hour_who_let_it_ring():
    silent = {"id": "silent", "when": {"manager": "no_answer"}, "step": [QUEUE]}
    rules = rules_of(silent, {"id": "rest", "step": [QUEUE]}, no_answer_seconds=120)
    directory = a_house()
    directory.presence._person(ANNA).no_answer_at = NOW
    assert decided(directory, rules=rules).rule == "silent"
    assert decided(directory, rules=rules, at=NOW - timedelta(hours=1)).rule == "rest"


def test_a_reservation_is_over_after_three_seconds():
    desk = a_desk()
    decide_route(a_call_from(PHONES[OLGA], linkedid="1.1"), desk)
    later = decide_route(a_call_from(PHONES[OLGA], linkedid="1.2", at=NOW + timedelta(seconds=3)), desk)
    assert later.decision.steps[0].people == (ANNA,)


def test_an_unknown_caller_goes_to_the_last_rule():
    decision = decided(caller="+74957777777")
    assert (decision.rule, decision.facts.caller_kind, decision.facts.number) == (
        "retail",
        "unknown",
        "+74957777777",
    )


@pytest.mark.parametrize("caller", ["", "anonymous", "Unavailable", "Restricted"])
def test_a_withheld_number_reaches_somebody(caller):
    decision = decided(caller=caller)
    assert (decision.facts.caller_kind, decision.facts.number) == ("withheld", None)
    assert decision.steps


def test_a_number_shown_against_the_callers_wish_is_withheld():
    decision = decided(caller=OLGA, presentation="32")
    assert (decision.facts.caller_kind, decision.facts.party_id) == ("withheld", None)


def test_our_own_number_calls():
    directory = a_house()
    directory.clients.put_number(DID, PartyKind.CONTACT, OLGA)
    assert decided(directory, DID).facts.caller_kind == "own"


@pytest.mark.parametrize(
    "caller",
    [
        "'; --",
        "${SHELL(x)}",
        "9" * 300,
        "+7916\r\n1000001",
        "\x00",
        "Ольга",
        "1' OR '1'='1",
        "=HYPERLINK(1)",
        "-",
        "+",
    ],
)
def test_a_hostile_caller_id_is_no_number_and_reaches_somebody(caller):
    decision = decided(caller=caller, caller_name=caller, did=caller)
    assert decision.facts.number is None
    assert decision.steps
    assert decision.facts.did is None or set(decision.facts.did) <= set("+0123456789*#")
    assert all(character.isprintable() for character in decision.facts.caller_name or "")


@pytest.mark.parametrize("caller", ["+79161000001", "79161000001", "89161000001", "9161000001"])
def test_a_number_is_known_in_the_shapes_trunks_send(caller):
    assert decided(caller=caller).facts.party_id == OLGA


def team_rules(**more):
    team = {"to": "team", "team": "retail", "seconds": 15, **more}
    return rules_of({"id": "all", "step": [team, QUEUE]})


def test_round_robin_begins_with_whose_turn_was_longest_ago():
    desk = a_desk(rules=team_rules(how="round_robin"))
    firsts = []
    for minute in range(4):
        ask = a_call_from("+74950000001", linkedid=f"1.{minute}", at=NOW + timedelta(minutes=minute))
        firsts.append(decide_route(ask, desk).decision.steps[0].people[0])
    assert firsts == [ANNA, BORIS, ANNA, BORIS]


def test_round_robin_rings_one_after_another():
    assert wires(decided(rules=team_rules(how="round_robin")))[:2] == [
        "dial^15^101:PJSIP/101",
        "dial^15^102:PJSIP/102",
    ]


def test_no_more_than_so_many_are_tried():
    assert (
        len([w for w in wires(decided(rules=team_rules(how="round_robin", at_most=1))) if "dial" in w]) == 1
    )


def test_least_recent_begins_with_who_talked_longest_ago():
    directory = a_house()
    directory.presence.set_last_talk(ANNA, NOW - timedelta(minutes=1))
    directory.presence.set_last_talk(BORIS, NOW - timedelta(minutes=9))
    assert decided(directory, rules=team_rules(how="least_recent")).steps[0].people == (BORIS,)


def test_who_never_talked_is_the_least_recent():
    directory = a_house()
    directory.presence.set_last_talk(ANNA, NOW - timedelta(minutes=1))
    assert decided(directory, rules=team_rules(how="least_recent")).steps[0].people == (BORIS,)


def test_a_team_nobody_is_in():
    rules = rules_of({"id": "all", "step": [{"to": "team", "team": "night", "seconds": 5}, QUEUE]})
    decision = decided(rules=rules)
    assert wires(decision) == ["queue^120^default"]
    assert ("passed_over", "no_members", None) in codes(decision)


def test_more_phones_than_one_line_carries():
    directory = a_house()
    crowd = [UUID(int=1000 + number) for number in range(60)]
    directory.set_people(
        [an_operator(one) for one in crowd],
        [Team(id=UUID(int=201), name="retail", members=tuple(crowd))],
    )
    decision = decided(directory, rules=team_rules())
    assert len(decision.steps[0].people) == 40
    assert len([line for line in decision.trace if line.params.get("reason") == "too_many"]) == 20


def test_spam_goes_to_voicemail():
    spam = {
        "id": "spam",
        "when": {"lead_status": "spam"},
        "step": [{"to": "voicemail", "mailbox": "junk", "seconds": 60}],
    }
    rules = rules_of(spam, {"id": "rest", "step": [QUEUE]})
    decision = decided(caller="+79161000009", rules=rules)
    assert (decision.rule, wires(decision)) == ("spam", ["voicemail^60^junk"])
    assert decided(caller=OLGA, rules=rules).rule == "rest"


def test_the_line_they_called_decides():
    rules = rules_of(
        {
            "id": "hotline",
            "when": {"did": ["84951112233"]},
            "step": [{**QUEUE, "queue": "hot", "priority": 5}],
        },
        {"id": "rest", "step": [QUEUE]},
    )
    decision = decided(rules=rules, did="74951112233")
    assert (decision.rule, decision.priority) == ("hotline", 5)
    assert decided(rules=rules, did="+74950000000").rule == "rest"


@pytest.mark.parametrize(
    ("caller", "rule"),
    [(OLGA, "known"), ("+79161000009", "lead"), ("+74950000000", "new"), ("anonymous", "rest")],
)
def test_known_or_not(caller, rule):
    rules = rules_of(
        {"id": "known", "when": {"caller": "known"}, "step": [QUEUE]},
        {"id": "lead", "when": {"caller": ["lead"]}, "step": [QUEUE]},
        {"id": "new", "when": {"caller": "unknown"}, "step": [QUEUE]},
        {"id": "rest", "step": [QUEUE]},
    )
    assert decided(caller=caller, rules=rules).rule == rule


def test_the_manager_of_a_lead_is_rung_as_that_of_a_client_and_the_trace_says_so():
    directory = a_house()
    directory.clients.put_lead(CALLER_X, "", LeadStatus.OPEN, ANNA)
    rules = rules_of(
        {
            "id": "manager",
            "when": {"manager": "free"},
            "step": [{"to": "assigned_manager", "seconds": 15}, QUEUE],
        },
        {"id": "rest", "step": [QUEUE]},
    )
    decision = decided(directory, CALLER_X, rules=rules)
    assert decision.rule == "manager"
    assert decision.trace[0] == Why(code="manager_of_lead", params={"name": "Anna"})
    assert decision.steps[0].people == (ANNA,)
    spam = a_house()
    spam.clients.put_lead(CALLER_X, "", LeadStatus.SPAM, ANNA)
    assert decided(spam, CALLER_X, rules=rules).rule == "rest"


HOURS = {
    "hours": {
        "office": {
            "zone": "Europe/Moscow",
            "mon": ["09:00-18:00"],
            "fri": ["22:00-02:00"],
            "holidays": ["01-05", "2026-11-16"],
        }
    }
}


@pytest.mark.parametrize(
    ("moment", "rule"),
    [
        ("2026-11-23T05:59:59+00:00", "night"),  # Monday 08:59:59 in Moscow
        ("2026-11-23T06:00:00+00:00", "day"),
        ("2026-11-23T14:59:59+00:00", "day"),
        ("2026-11-23T15:00:00+00:00", "night"),
        ("2026-11-24T09:00:00+00:00", "night"),  # Tuesday is no day of this table
        ("2026-11-27T22:30:00+00:00", "day"),  # Saturday 01:30: Friday's evening goes on
        ("2026-11-27T23:00:00+00:00", "night"),
        ("2026-11-16T09:00:00+00:00", "night"),  # that Monday is a holiday
        ("2026-01-05T09:00:00+00:00", "night"),  # every 5 January is
    ],
)
def test_opening_hours(moment, rule):
    rules = rules_of(
        {"id": "day", "when": {"open": "office"}, "step": [QUEUE]}, {"id": "night", "step": [QUEUE]}, **HOURS
    )
    assert decided(rules=rules, at=datetime.fromisoformat(moment)).rule == rule


def test_closed_is_the_opposite_of_open():
    rules = rules_of(
        {"id": "closed", "when": {"closed": "office"}, "step": [QUEUE]},
        {"id": "rest", "step": [QUEUE]},
        **HOURS,
    )
    assert decided(rules=rules, at=datetime(2026, 11, 22, 9, tzinfo=UTC)).rule == "closed"


def test_somebody_spoke_with_them_within_days():
    rules = rules_of(
        {
            "id": "warm",
            "when": {"last_operator_days": 7},
            "step": [{"to": "last_operator", "seconds": 9}, QUEUE],
        },
        {"id": "rest", "step": [QUEUE]},
    )
    directory = a_house()
    assert decided(directory, rules=rules).rule == "rest"
    directory.clients.note_talk(PartyKind.CONTACT, OLGA, DMITRI, NOW - timedelta(days=7))
    decision = decided(directory, rules=rules)
    assert (decision.rule, wires(decision)[0]) == ("warm", "dial^9^104:PJSIP/104")
    assert decided(directory, rules=rules, at=NOW + timedelta(seconds=1)).rule == "rest"


def test_a_last_operator_of_long_ago_is_not_rung():
    rules = rules_of({"id": "all", "step": [{"to": "last_operator", "seconds": 9, "within_days": 7}, QUEUE]})
    directory = a_house()
    directory.clients.note_talk(PartyKind.CONTACT, OLGA, DMITRI, NOW - timedelta(days=8))
    decision = decided(directory, rules=rules)
    assert wires(decision) == ["queue^120^default"]
    assert ("passed_over", "talked_long_ago", None) in codes(decision)


def test_four_kinds_of_unavailable_may_lead_to_different_steps():
    rules = rules_of(
        *(
            {"id": kind, "when": {"manager": kind}, "step": [QUEUE]}
            for kind in ("free", "offline", "paused", "on_call", "no_answer", "none")
        ),
        {"id": "rest", "step": [QUEUE]},
        no_answer_seconds=120,
    )
    directory = a_house()
    assert decided(directory, IVAN, rules=rules).rule == "none"
    assert decided(directory, OLGA, rules=rules).rule == "free"
    assert decided(directory, OLGA, rules=rules, states={"PJSIP/101": "INUSE"}).rule == "on_call"
    directory.presence._person(ANNA).no_answer_at = NOW - timedelta(seconds=60)
    assert decided(directory, OLGA, rules=rules).rule == "no_answer"
    directory.set_state(ANNA, OperatorState.PAUSED, NOW)
    assert decided(directory, OLGA, rules=rules).rule == "paused"
    directory.set_state(ANNA, OperatorState.OFFLINE, NOW)
    assert decided(directory, OLGA, rules=rules).rule == "offline"


def test_nobody_is_rung_twice():
    team = {"to": "team", "team": "retail", "seconds": 15}
    rules = rules_of({"id": "all", "step": [{"to": "assigned_manager", "seconds": 9}, team, team, QUEUE]})
    decision = decided(caller=OLGA, rules=rules)
    assert [step.people for step in decision.steps] == [(ANNA,), (BORIS,), ()]


def test_a_device_whose_name_cannot_be_said_to_the_dialplan_is_left_out():
    directory = a_house()
    directory.set_people([an_operator(ANNA, "PJSIP/101,b(evil)")], directory.teams())
    assert "evil" not in "".join(wires(decided(directory, OLGA)))


def test_the_whole_of_what_was_asked_is_in_the_facts():
    facts = decided(caller=OLGA).facts
    assert set(facts.people) == {ANNA, BORIS}
    assert facts.teams == {"retail": (ANNA, BORIS)}
    assert facts.people[ANNA].since == NOW


def test_the_same_facts_give_the_same_decision():
    desk = a_desk()
    facts = live_facts(a_call_from(PHONES[OLGA]), desk.directory, FakePbx().device_state)
    decision = evaluate(facts, desk.rules)
    assert (
        evaluate(replace(facts, people=dict(facts.people), teams=dict(facts.teams)), desk.rules) == decision
    )
