# SPDX-License-Identifier: Apache-2.0
"""The forms of opening hours, lists, skills and tests: what goes in comes out, and what is wrong is said in place."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from multidict import MultiDict

from crm_core.domain.routing.given import parse_tests
from crm_core.domain.routing.parse_conditions import House
from crm_core.domain.routing.reading import Reader
from tests.support.rule_strategies import HOURS, LARGE, LISTS, SKILLS, TEST
from tests.unit.web.test_rule_words import L10N
from web.rule_parts import Look, Looks, fields_shown
from web.sheet_form import act_on_rows, fits, form_of_table, new_form, parse_sheet, read_sheet, rows_of
from web.sheet_registry import SHEETS
from web.table_words import table_lines

HOUSE = House(currency="RUB", region="RU")
ZONE = ZoneInfo("Europe/Moscow")
TABLES = [("hours", one) for one in HOURS.values()]
TABLES += [("lists", one) for one in LISTS.values()] + [("skills", one) for one in SKILLS.values()]


def through(kind, kept, browser=lambda form, _sheet: form):
    sheet = SHEETS[kind]
    assert fits(sheet, kept, HOUSE, ZONE)
    read = read_sheet(browser(form_of_table(sheet, "one", kept, ZONE), sheet), sheet, HOUSE, ZONE)
    assert read.errors == {}
    return read.table


def a_browser(form, sheet):
    """What is checked, chosen and typed on the page."""
    look = Look(form, {}, Looks(choices={}, l10n=L10N, currency="RUB"))
    sent = MultiDict([("id", form["id"])])
    shown = list(fields_shown("t", sheet.fields, look))
    for key, rows in sheet.rows.items():
        for number in rows_of(form, key):
            sent.add(f"t.{key}", number)
            shown += look.part(number, f"t.{key}.{number}", rows.entry).fields
    for one in shown:
        sent.extend((one.name, value) for value in one.options or one.values if value in one.values)
        if one.more:
            sent.add(f"{one.name}.more", one.more)
    return sent


@pytest.mark.parametrize(("kind", "kept"), TABLES)
@pytest.mark.parametrize("browser", [lambda form, _: form, a_browser])
def test_every_table_goes_through_its_form_unchanged(kind, kept, browser):
    sheet = SHEETS[kind]
    assert parse_sheet(sheet, through(kind, kept, browser), HOUSE) == parse_sheet(sheet, kept, HOUSE)


def given_and_wanted(test):
    [read] = parse_tests([Reader(test, ())], HOUSE)
    return read.name, read.facts, read.rule, read.steps, read.assign


@given(TEST)
@LARGE
def test_every_test_goes_through_its_form_unchanged(test):
    assert given_and_wanted(through("test", test)) == given_and_wanted(test)
    assert given_and_wanted(through("test", test, a_browser)) == given_and_wanted(test)


def wrong(kind, **fields):
    sent = MultiDict({"id": "one", **fields})
    read = read_sheet(sent, SHEETS[kind], HOUSE, ZONE, frozenset({"two"}))
    return {name: str(error).rpartition(": ")[2] for name, error in read.errors.items()}


def test_what_people_type_is_read_as_they_mean_it():
    sent = MultiDict({"id": "shop", "t.zone": "Asia/Jakarta", "t.mon": "9:00 – 13:00, 14.00-18.30"})
    sent["t.special"] = "2026-12-31 9:00-14:00\r\n01-01\r\n\r\n"
    read = read_sheet(sent, SHEETS["hours"], HOUSE, ZONE)
    assert read.errors == {}
    assert read.table == {
        "zone": "Asia/Jakarta",
        "mon": ["09:00-13:00", "14:00-18:30"],
        "holidays": ["01-01"],
        "special": {"2026-12-31": ["09:00-14:00"]},
    }


def test_errors_stand_at_their_fields_all_at_once():
    found = wrong("hours", **{"t.zone": "Moon/Sea", "t.mon": "soon", "t.special": "31 December"})
    assert set(found) == {"t.zone", "t.mon", "t.special"}
    assert set(wrong("lists", **{"t.numbers": "many", "t.beginnings": "7495"})) == {
        "t.numbers",
        "t.beginnings",
    }
    people = {"t.people": "7", "t.people.7.login": "anna", "t.people.7.level": "11"}
    assert set(wrong("skills", **people)) == {"t.people.7.level"}
    test = {"t.name": "x", "t.at": "yesterday", "t.caller": "contact", "t.number": "12"}
    assert set(wrong("test", **test)) == {"t.at", "t.number", "t.wanted_rule"}
    deals = {"t.deals": "3", "t.deals.3.stage": "offer", "t.deals.3.currency": "roubles"}
    assert "t.deals.3.currency" in wrong("test", **deals)
    assert wrong("lists", id="two") == {"id": "'two' stands twice"}
    assert set(wrong("hours", id="did", **{"t.zone": "Europe/Moscow"})) == {"id"}
    assert set(wrong("lists", id="")) == {"id"}


def test_the_same_person_twice_is_said_at_the_second():
    sent = MultiDict({"id": "english"})
    for number in ("0", "1"):
        sent.add("t.people", number)
        sent[f"t.people.{number}.login"], sent[f"t.people.{number}.level"] = "anna", "5"
    read = read_sheet(sent, SHEETS["skills"], HOUSE, ZONE)
    assert {name: str(one) for name, one in read.errors.items()} == {
        "t.people.1.login": "'anna' stands twice"
    }


def test_what_the_form_cannot_show_is_not_put_into_it():
    for kind, kept in (
        ("hours", {"zone": "Europe/Moscow", "moon": ["09:00-18:00"]}),
        ("hours", "always"),
        ("lists", {"numbers": 7}),
        ("lists", {"numbers": {"a": 1}}),
        ("skills", {"anna": "good"}),
        ("skills", []),
        ("test", {"name": "x", "at": "soon", "caller": "contact", "expect": {"rule": "a"}}),
        ("test", {"name": "x", "at": "2026-11-27T19:05:00+03:00", "moon": 1, "expect": {"rule": "a"}}),
        ("test", {"name": "x", "teams": {"retail": ["Smith, Anna"]}}),
        ("test", 7),
    ):
        assert not fits(SHEETS[kind], kept, HOUSE, ZONE), kept


def test_a_wrong_table_that_the_form_can_show_is_mended_there():
    assert fits(SHEETS["skills"], {"anna": 11}, HOUSE, ZONE)
    assert fits(SHEETS["hours"], {"zone": "Moon/Sea", "mon": ["25:00-26:00"]}, HOUSE, ZONE)


def test_buttons_lose_nothing_that_was_typed():
    sheet, form = SHEETS["test"], new_form(SHEETS["test"])
    form["t.name"] = "typed"
    form, focus = act_on_rows(form, sheet, "row-add people")
    assert (rows_of(form, "people"), focus) == (["0"], "t.people.0.name")
    form["t.people.0.name"] = "Anna"
    form, _ = act_on_rows(form, sheet, "row-add people")
    form, focus = act_on_rows(form, sheet, "row-remove people 0")
    assert (rows_of(form, "people"), focus, form["t.name"]) == (["1"], "row-add people", "typed")
    for do in ("row-add moon", "row-remove people 99", "x", ""):
        form, _ = act_on_rows(form, sheet, do)
    assert rows_of(form, "people") == ["1"]


def test_tables_are_said_in_lines():
    assert table_lines("hours", HOURS["office"], L10N) == [
        "Monday: 09:00-18:00",
        "Tuesday – Sunday: closed",
        "Europe/Moscow · 2 exceptions",
    ]
    assert "+1800" in table_lines("lists", LISTS["vip"], L10N)[1]
    assert table_lines("skills", SKILLS["english"], L10N) == ["anna 3, boris 2"]
    assert table_lines("lists", {}, L10N) == ["Nothing stands in it"]
    assert table_lines("skills", {"anna": "good", "boris": 3}, L10N) == []
