# SPDX-License-Identifier: Apache-2.0
"""A table of the rules that is called otherwise takes the rules with it that name it."""

import pytest
from hypothesis import given

from crm_core.domain.routing.naming import NAMED, renamed, tables_of, used_by
from crm_core.domain.routing.parse import parse_rules
from tests.support.rule_strategies import LARGE, bodies


def parsed(body):
    return parse_rules(body, currency="RUB", region="RU")


@pytest.mark.parametrize("kind", NAMED)
@given(bodies())
@LARGE
def test_renamed_and_named_back_it_is_the_same(kind, body):
    for name in tables_of(body, kind):
        again = renamed(body, kind, name, "otherwise")
        parsed(again)
        assert used_by(again, kind, "otherwise") == used_by(body, kind, name)
        assert used_by(again, kind, name) == []
        assert list(tables_of(again, kind).values()) == list(tables_of(body, kind).values())
        assert renamed(again, kind, "otherwise", name) == body


def test_a_draft_may_say_anything():
    for body in ({}, {"hours": 1, "rule": 1}, {"rule": [1, {"when": 1, "step": 1}], "assign": {"a": 1}}):
        for kind in NAMED:
            assert tables_of(body, kind) == {}
            assert used_by(body, kind, "x") == []
            renamed(body, kind, "x", "y")


def test_rules_of_managers_name_lists_too():
    body = {"assign": [{"id": "vips", "when": {"on_list": "vip"}, "to": "first_talk"}], "lists": {"vip": {}}}
    assert used_by(body, "lists", "vip") == ["vips"]
    assert renamed(body, "lists", "vip", "best")["assign"][0]["when"] == {"on_list": "best"}
