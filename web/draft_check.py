# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a text of rules, at which rule, what its rules say, and what came of its tests."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from crm_core.domain.routing.finding import Finding
from crm_core.domain.routing.reading import RuleSetError
from crm_core.domain.routing.rule_tests import RuleTestResult
from crm_core.domain.routing.rule_text import read_text
from crm_core.usecases.rule_draft import look_at
from web import keys
from web.i18n.l10n import L10n
from web.routing_words import said_safely
from web.rule_errors import placed_words
from web.rule_findings import finding_words, flaw_words
from web.rule_tables import ASSIGN
from web.rule_words import RuleSaid
from web.words import N_


@dataclass(frozen=True, slots=True)
class Flaw:
    grave: bool
    table: str
    rule: str  # '': of the rule set
    words: str
    placed: str  # with the rule and the step


@dataclass(frozen=True, slots=True)
class TestSaid:
    name: str
    passed: bool
    wanted: str
    came: str


@dataclass(frozen=True, slots=True)
class Check:
    """What is wrong with a text, at which rule, and what its rules say."""

    error: str  # it cannot be read
    at: tuple[str, int] | None  # its table, and its place there
    rules: list[RuleSaid]
    assign: list[RuleSaid]
    flaws: list[Flaw]
    tests: list[TestSaid]

    @property
    def can_be_published(self) -> bool:
        return not (self.error or self.failed or any(one.grave for one in self.flaws))

    @property
    def failed(self) -> list[str]:
        return [one.name for one in self.tests if not one.passed]

    @property
    def some_without(self) -> bool:
        """Whether there is somebody whom no rule gives to anybody: all but where the last rule takes everybody."""
        return bool(self.assign and self.assign[-1].when)

    def flaws_of(self, rule: str, table: str = "rule") -> list[Flaw]:
        return [one for one in self.flaws if (one.table, one.rule) == (table, rule)]


async def checked_draft(request: web.Request, text: str) -> Check:
    l10n, error, at, body = request[keys.L10N], "", None, {}
    flaws: list[Flaw] = []
    tests: list[TestSaid] = []
    try:
        body = read_text(text)
        async with request.app[keys.STORE].read() as tx:
            looked = await look_at(tx, text)
        flaws = [_flaw(one, l10n) for one in looked.findings]
        tests = [_test(one) for one in looked.tests]
    except RuleSetError as wrong:
        error = placed_words(wrong, l10n)
        match wrong.path:
            case ("rule" | "assign" as table, int(place), *_):
                at = (table, place)
            case _:
                pass  # of no rule
    currency = request.app[keys.IN_FORCE].house.currency
    rules, assign = said_safely(body, l10n, currency), said_safely(body, l10n, currency, ASSIGN)
    return Check(error, at, rules, assign, flaws, tests)


def _flaw(one: Finding, l10n: L10n) -> Flaw:
    where = l10n.gettext(N_("step %(number)s"), number=one.step) if one.step else ""
    words = finding_words(one, l10n)
    return Flaw(
        one.grave, one.table, one.rule or "", f"{where}: {words}" if where else words, flaw_words(one, l10n)
    )


def _test(one: RuleTestResult) -> TestSaid:
    asked = one.test
    wanted = _road(asked.rule, asked.steps, asked.assign)
    is_of_call = asked.rule is not None or asked.steps is not None
    came = _road(
        one.rule if is_of_call else None, one.steps if is_of_call else None, asked.assign and one.assign
    )
    return TestSaid(asked.name, one.passed, wanted, came)


def _road(rule: str | None, steps: Sequence[str] | None, assign: str | None) -> str:
    """As tests write it: names and words of the rule file."""
    return " → ".join([*([rule] if rule else []), *(steps or ()), *([f"assign {assign}"] if assign else [])])
