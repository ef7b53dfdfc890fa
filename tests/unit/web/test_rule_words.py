# SPDX-License-Identifier: Apache-2.0
"""The seed rules are said in words, every part of them."""

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from config.routing_file import DEFAULT_FILE
from crm_core.domain.client import ClientKind
from crm_core.domain.client_field import FieldKind
from crm_core.domain.routing.finding import Finding
from tests.support.builders import a_field
from web.i18n.catalogues import catalogues
from web.i18n.l10n import L10n
from web.rule_findings import finding_words
from web.rule_words import in_words
from web.words import Words

L10N = L10n("en", catalogues()["en"].translations, ZoneInfo("UTC"), "RU", datetime(2026, 11, 20, tzinfo=UTC))


def test_the_seed_rules_in_words():
    rules = in_words(tomllib.loads(DEFAULT_FILE.read_text()), L10N)
    first = rules[0]
    assert first.when == ("the assigned manager is free", "turnover (30 days) is 200,000 or more")
    assert first.steps[:2] == (
        ("the assigned manager", 15),
        ("the team wholesale, first who talked with them last", 15),
    )
    assert rules[-1].when == ()
    assert all(":" not in said for rule in rules for said in rule.when)


def test_what_is_not_known_is_shown_as_it_is():
    [rule] = in_words({"rule": [{"id": "x", "when": {"moon": "full"}, "step": [{"to": "mars"}]}]}, L10N)
    assert (rule.when, rule.steps) == (("moon: full",), (("mars", 0),))


def test_conditions_on_the_client_in_words():
    whens = [
        {"tag": "vip"},
        {"debt": {"at_least": 10000}},
        {"debt": {"below": 500}},
        {"deal": {}},
        {"deal": {"has": "none"}},
        {"deal": {"stage": ["new", "trial"], "at_least": 5000, "currency": "EUR"}},
        {"task": ["overdue", "today"]},
        {"caller": ["shared", "lead"]},
    ]
    said = in_words({"rule": [{"id": "x", "when": when} for when in whens]}, L10N)
    assert [rule.when[0] for rule in said] == [
        "the client has the tag vip",
        "the client owes 10,000 or more",
        "the client owes less than 500",
        "the client has an open deal",
        "the client has no open deal",
        "the client has an open deal of €5,000 or more at the stage Just begun or trial",
        "the client has an overdue task or a task for today",
        "the caller is one of several who have the number or a lead",
    ]


def test_conditions_on_fields_in_words():
    fields = (
        a_field(FieldKind.CHOICE, "segment", label="Segment"),
        a_field(FieldKind.NUMBER, "staff", label="Staff", of=ClientKind.COMPANY),
        a_field(FieldKind.DATE, "since", label="Since"),
        a_field(FieldKind.FLAG, "vip", label="VIP"),
    )
    whens = [
        {"name": "contact.segment", "is": ["Gold", "Silver"]},
        {"name": "company.staff", "at_least": 1000, "at_most": "2500"},
        {"name": "contact.since", "at_most": "2026-02-28"},
        {"name": "contact.vip", "is": True},
        {"name": "contact.vip", "state": "empty"},
        {"name": "contact.gone", "at_least": "many"},
    ]
    body = {"rule": [{"id": "x", "when": {"field": when}} for when in whens]}
    assert [rule.when[0] for rule in in_words(body, replace(L10N, fields=fields))] == [
        "the contact field “Segment” is Gold or Silver",
        "the company field “Staff” is from 1,000 to 2,500",
        "the contact field “Since” is Feb 28, 2026 or less",
        "the contact field “VIP” is yes",
        "the contact field “VIP” is empty",
        "the contact field “gone” is many or more",
    ]
    say = Words(replace(L10N, fields=fields))
    assert say.why({"code": "field", "params": {"field": "company.staff", "value": "1200"}}) == (
        "The company field “Staff” says 1,200"
    )
    assert say.why({"code": "field_empty", "params": {"field": "contact.vip"}}) == (
        "The contact field “VIP” is empty"
    )


def test_findings_call_conditions_as_the_form_does_and_speak_of_whom_the_table_is_about():
    params = {"one": "source", "other": "language"}
    never = Finding(code="contradiction", grave=True, table="assign", rule="a", params=params)
    called = "(“They come”, “The language of the number they called is”)"
    assert finding_words(never, L10N).endswith(called)
    of_calls = Finding(code="contradiction", grave=True, rule="a", params={"one": "tag", "other": "moon"})
    assert finding_words(of_calls, L10N).endswith("(“The client has the tag”, “moon”)")
    for code in ("covered", "covered_together"):
        said = [
            finding_words(Finding(code=code, grave=True, table=table, params={"by": "vip"}), L10N)
            for table in ("rule", "assign")
        ]
        assert ["all these calls" in one for one in said] == [True, False]
