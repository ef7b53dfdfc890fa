# SPDX-License-Identifier: Apache-2.0
"""A test as a rule file says it, `[[test]]`: a caller, a moment and our people as they are then."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from crm_core.domain.directory.caller_number import e164
from crm_core.domain.lead import LeadStatus
from crm_core.domain.open_items import OpenDeal
from crm_core.domain.routing.assign_rules import Source
from crm_core.domain.routing.client_conditions import DUES
from crm_core.domain.routing.facts import AskedHours, AskedLogins, Availability, Candidate, Facts
from crm_core.domain.routing.number_facts import NumberFacts
from crm_core.domain.routing.parse_conditions import CALLERS, CURRENCY, STAGE, House, amount
from crm_core.domain.routing.parse_field import parse_stated
from crm_core.domain.routing.reading import Reader
from crm_core.domain.routing.rules import RuleTest
from crm_core.domain.turnover import Window

_SPACE: Final = UUID("6f0d6a5e-58a7-4bc4-9a53-6c2f4d9b7c11")  # people of tests: their names are their ids
_NAME = r"[^\x00-\x1f\x7f]{1,200}"
_MANY = 1_000_000


class _Teams(dict[str, tuple[UUID, ...]]):
    """Of a team that a test does not name, it says that nobody is in it."""

    def __missing__(self, _name: str) -> tuple[UUID, ...]:
        return ()


def parse_tests(tables: Iterable[Reader], house: House) -> tuple[RuleTest, ...]:
    return tuple(_test(table, house) for table in tables)


def id_of(name: str) -> UUID:
    return uuid5(_SPACE, name)


def _test(table: Reader, house: House) -> RuleTest:
    name = table.text("name", _NAME, "what is tested")
    facts = _facts(table, house)
    expect = table.table("expect")
    rule = expect.text("rule", r"[a-z0-9_-]{1,40}", "the id of a rule") if "rule" in expect else None
    steps = tuple(_names(expect, "steps")) if "steps" in expect else None
    assign = (
        expect.text("assign", r"[a-z0-9_-]{1,40}", "the id of an [[assign]]") if "assign" in expect else None
    )
    if rule is None and steps is None and assign is None:
        raise table.fail("expect", "a rule, steps or an assign are wanted")
    expect.done()
    table.done()
    return RuleTest(name=name, facts=facts, rule=rule, steps=steps, assign=assign, said=table.whole_table())


def _facts(table: Reader, house: House) -> Facts:
    number, people = _number(table, house), _People(table)
    at = _moment(table, "at")
    if at is None:
        raise table.fail("at", "is missing")
    return Facts(
        at=at,
        pbx="test",
        did=_did(table, house),
        number=number,
        caller_kind=table.one_of("caller", CALLERS),
        lead_status=_one_of(table, "lead_status", [status.value for status in LeadStatus]),
        source=_one_of(table, "source", [source.value for source in Source]),
        trunk=_text(table, "trunk"),
        language=_text(table, "language"),
        menu=_text(table, "menu"),
        order_number=_text(table, "order_number"),
        client_number=_text(table, "client_number"),
        manager=people.named("manager"),
        deputy=people.named("deputy"),
        last_operator=people.named("last_operator"),
        last_talk_at=_moment(table, "last_talk_at"),
        missed_at=_moment(table, "missed_at"),
        turnover=_turnover(table, house),
        band=_text(table, "band"),
        tags=tuple(sorted(one.lower() for one in _names(table, "tags"))) if "tags" in table else (),
        debt=amount(table, "debt", house.currency) or 0,
        deals=tuple(_deal(one, house) for one in table.tables("deals")),
        tasks=_dues(table),
        fields=parse_stated(table.table("fields")),
        currency=house.currency,
        about_number=NumberFacts(number),
        hours=_open(table.table("open")),
        logins=people.logins(),
        teams=people.teams(),
        people=people.known,
    )


class _People:
    """Those in `people`, and those named as manager or in a team: free, if nothing else is said of them."""

    def __init__(self, table: Reader) -> None:
        self._table = table
        self.known: dict[UUID, Candidate] = {}
        people = table.table("people")
        for name in people.keys():  # noqa: SIM118 - not a mapping
            self._know(name, **_state(people, name))

    def named(self, key: str) -> UUID | None:
        name = _text(self._table, key)
        return None if name is None else self._know(name)

    def teams(self) -> dict[str, tuple[UUID, ...]]:
        table = self._table.table("teams")
        names = {team: _names(table, team) for team in table.keys()}  # noqa: SIM118 - not a mapping
        return _Teams({team: tuple(map(self._know, members)) for team, members in names.items()})

    def logins(self) -> AskedLogins:
        """Who has which login; else people of tests are called by their logins."""
        said = self._table.table("logins")
        found = {person.name: person.id for person in self.known.values()}
        for login in said.keys():  # noqa: SIM118 - not a mapping
            found[login] = self._know(said.text(login, _NAME, "a name"))
        return AskedLogins(found)

    def _know(self, name: str, **more: Any) -> UUID:
        user_id = id_of(name)
        if user_id not in self.known:
            usual = {
                "availability": Availability.FREE,
                "pairs": ((str(len(self.known) + 1), f"test/{user_id}"),),
            }
            self.known[user_id] = Candidate(id=user_id, name=name, **usual | more)
        return user_id


def _state(people: Reader, name: str) -> dict[str, Any]:
    """`Anna = "on_call"`, or a table with what decides whose turn it is."""
    states = [state.value for state in Availability]
    if isinstance(people.raw(name), str):
        return {"availability": Availability(people.one_of(name, states))}
    table = people.table(name)
    said: dict[str, Any] = {"availability": Availability(table.one_of("state", states, "free"))}
    said |= {key: table.whole(key, 0, _MANY, 0) for key in ("turn", "talks_today")}
    said["last_talk_at"] = _moment(table, "last_talk_at")
    if "phone" in table and not table.flag("phone"):
        said["pairs"] = ()
    table.done()
    return said


def _turnover(table: Reader, house: House) -> dict[str, int]:
    amounts, found = table.table("turnover"), {}
    for window in Window:
        units = amount(amounts, window.value, house.currency)
        if units is not None:
            found[window.value] = units
    amounts.done()
    return found


def _deal(table: Reader, house: House) -> OpenDeal:
    """`deals = [{ stage = "offer", amount = 120000 }]`."""
    stage = table.text("stage", STAGE, "a stage of deals").lower()
    currency = table.text("currency", CURRENCY, "a currency (as EUR)", house.currency)
    units = amount(table, "amount", currency)
    table.done()
    return OpenDeal(stage, units or 0, currency)


def _dues(table: Reader) -> tuple[str, ...]:
    return tuple(sorted(table.some_of("tasks", DUES))) if table.raw("tasks") else ()


def _open(table: Reader) -> AskedHours:
    return AskedHours({key: table.flag(key) for key in table.keys()})  # noqa: SIM118 - not a mapping


def _number(table: Reader, house: House) -> str | None:
    said = _text(table, "number")
    number = e164(said, house.region)
    if said is not None and number is None:
        raise table.fail("number", "not a telephone number: %(value)r", value=said)
    return number


def _did(table: Reader, house: House) -> str | None:
    said = table.text("did", r"[0-9+*#]{1,20}", "a number of ours") if "did" in table else None
    return e164(said, house.region) or said


def _moment(table: Reader, key: str) -> datetime | None:
    value = table.raw(key)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        at = None
    if at is None or at.tzinfo is None:
        text = "a time with its offset is wanted, as 2026-11-27T19:05:00+03:00, not %(value)r"
        raise table.fail(key, text, value=value)
    return at


def _text(table: Reader, key: str) -> str | None:
    return table.text(key, _NAME, "a text") if key in table else None


def _one_of(table: Reader, key: str, choices: Iterable[str]) -> str | None:
    return table.one_of(key, list(choices)) if key in table else None


def _names(table: Reader, key: str) -> list[str]:
    value = table.raw(key)
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        text = 'a list of texts is wanted, as ["Anna", "queue default"], not %(value)r'
        raise table.fail(key, text, value=value)
    return value
