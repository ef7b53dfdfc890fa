# SPDX-License-Identifier: Apache-2.0
"""Readings of the health page are written in the reader's language, whoever gives them."""

import ast
import os
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbx_bridge.ami_errors import LinkBrokenError, NoAnswerInTimeError
from pbx_bridge.cel.tail import MISSING
from recordings.watched import HANGS
from web.health import Milliseconds, Reading, Space, Trouble
from web.health_words import SYSTEMS, shown, title, trouble
from web.i18n.catalogues import NAMES, SOURCE, catalogues
from web.i18n.l10n import L10n

ROOT = Path(__file__).parents[3]
# Where a reading's or a section's words are written; the place of each among the arguments without a name.
MADE = {"Reading": {}, "Section": {}, "counted": {"name": 0}, "_named": {"name": 0}}
OTHERS = sorted(set(NAMES) - {SOURCE})


def reader(code):
    return L10n(
        code, catalogues()[code].translations, ZoneInfo("UTC"), "RU", datetime(2025, 3, 3, tzinfo=UTC)
    )


def words_of(tree):
    """What is written for people: names, titles, advice."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MADE:
            yield from (one.value for one in call.keywords if one.arg in {"name", "title", "advice"})
            yield from (call.args[place] for place in MADE[call.func.id].values() if place < len(call.args))


def unmarked(expression):
    """Texts that the extraction of texts does not find: not within N_()."""
    if isinstance(expression, ast.Call):
        return [] if ast.unparse(expression.func) == "N_" else ["a call: " + ast.unparse(expression)]
    if isinstance(expression, ast.IfExp):
        return [*unmarked(expression.body), *unmarked(expression.orelse)]
    if isinstance(expression, ast.Constant):
        return [expression.value] if expression.value else []
    return [] if isinstance(expression, ast.Name) else [ast.unparse(expression)]


PRODUCTS = {"Rolodial", "Python", "aiohttp"}  # are called so everywhere


@pytest.mark.parametrize("package", ["web", "config"])
def test_every_reading_has_words_that_can_be_translated(package):
    files = [path for path in (ROOT / package).rglob("*.py") if "web.health import" in path.read_text()]
    assert files
    words = [(path.name, one) for path in files for one in words_of(ast.parse(path.read_text()))]
    assert len(words) > 10
    assert [(name, text) for name, one in words for text in unmarked(one) if text not in PRODUCTS] == []


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("Reading(name='Calls', value=1)", ["Calls"]),
        ("Reading(name=N_('Calls'), advice=f'{n} lost', value=1)", ["f'{n} lost'"]),
        ("counted('Calls', 1)", ["Calls"]),
        ("Reading(name=N_('Calls'), advice=N_('Lost.') if n else 'Kept.', value=1)", ["Kept."]),
        ("Reading(name=name, advice=N_('Lost.') if n else '', value=1)", []),
    ],
)
def test_a_reading_without_such_words_is_found(written, found):
    assert [text for one in words_of(ast.parse(written)) for text in unmarked(one)] == found


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize(
    "said",
    [
        str(LinkBrokenError()),
        str(NoAnswerInTimeError()),
        MISSING,
        HANGS,
        "it does not answer",
        "no connection in time",
        "connection lost: the PBX closed it",
        "the PBX fell silent",
        "login refused: Authentication failed",
        "[Errno 111] Connect call failed ('127.0.0.1', 5038)",
    ],
)
def test_what_links_and_disks_say_of_themselves_is_translated(code, said):
    assert trouble(said, reader(SOURCE)) != trouble(said, reader(code))


def test_what_was_said_is_kept_where_it_tells_more():
    said = "[Errno 111] Connect call failed ('127.0.0.1', 5038)"
    assert trouble(said, reader("ru")) == "В соединении отказано (Connect call failed ('127.0.0.1', 5038))"
    assert trouble("login refused: Authentication failed", reader("ru")).endswith(": Authentication failed")
    assert (
        trouble("connection lost: the PBX closed it", reader("ru")) == "соединение потеряно: его закрыла АТС"
    )
    assert trouble("[Errno 13] Permission denied", reader("en")) == "Permission denied"
    assert trouble("something new <b>", reader("ru")) == "something new <b>"


def test_systems_are_quoted_letter_for_letter():
    assert set(SYSTEMS) <= {os.strerror(number) for number in range(1, 134)}


@pytest.mark.parametrize(
    ("value", "english", "russian"),
    [
        (1234567, "1,234,567", "1\xa0234\xa0567"),
        (None, "—", "—"),
        ("3.11.2", "3.11.2", "3.11.2"),
        (date(2025, 3, 2), "Mar 2, 2025", "2 мар. 2025\u202fг."),
        (Milliseconds(2.345), "2.3 ms", "2,3 мс"),
        (Space(512), "0.5\xa0KiB", "0,5\xa0КиБ"),
        (Space(13_500_000), "12.9\xa0MiB", "12,9\xa0МиБ"),
        (Space(44_000_000, 100 << 30), "0.0\xa0/\xa0100.0\xa0GiB", "0,0\xa0/\xa0100,0\xa0ГиБ"),
        (Trouble("Permission denied"), "Permission denied", "Нет прав доступа"),
    ],
)
def test_figures_are_written_as_the_reader_writes_them(value, english, russian):
    assert (shown(value, reader("en")), shown(value, reader("ru"))) == (english, russian)


def test_a_larger_size_never_reads_smaller():
    written = [reader("en").space(1 << power) for power in range(8, 45)]
    assert all(one != other for one, other in pairwise(written[2:]))


def test_a_reading_says_whose_it_is():
    assert title(Reading(name="Rows read", of="main", value=1), reader("ru")) == "Прочитано строк: main"
    assert title(Reading(of="main", value=1), reader("ru")) == "main"
