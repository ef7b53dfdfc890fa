# SPDX-License-Identifier: Apache-2.0
"""Why rules were refused is kept so that every reader is told in their own language."""

from crm_core.domain.routing.finding import Finding
from crm_core.domain.routing.kept_error import error_from_text, error_to_text
from crm_core.domain.routing.reading import RuleSetError


def test_an_error_comes_back_as_it_was():
    flaw = Finding(code="no_such_team", grave=True, rule="vip", step=2, params={"team": "опт"})
    for error in (
        RuleSetError(("rule", 0), "%(finding)s", finding=flaw),
        RuleSetError(("rule", 0, "step", 1, "seconds"), "is missing"),
        RuleSetError((), "%(name)r stands twice", name="vip"),
    ):
        again = error_from_text(error_to_text(error))
        assert (again.path, again.text, again.params) == (error.path, error.text, error.params)
        assert str(again) == str(error)


def test_what_cannot_be_kept_is_kept_as_text():
    error = RuleSetError((), "not TOML: %(error)s", error=ValueError("line 3"))
    assert str(error_from_text(error_to_text(error))) == "not TOML: line 3"


def test_a_sentence_of_before_is_no_error_of_ours():
    for note in ("", "rule.1: There is no team", "{}", "[]", "null", '{"text": 1}', '{"params": []}'):
        assert error_from_text(note) is None
