# SPDX-License-Identifier: Apache-2.0
"""Times, sums, numbers and plural forms as readers of each language write them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from web.i18n.catalogues import NAMES, catalogues
from web.i18n.l10n import L10n, best_locale

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def l10n(code="en", zone="Europe/Moscow"):
    return L10n(code, catalogues()[code].translations, ZoneInfo(zone), "RU", NOW)


def spaced(text):
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("code", "amount", "currency", "text"),
    [
        ("en", "48300", "RUB", "₽48,300"),
        ("ru", "48300", "RUB", "48 300 ₽"),
        ("ru", "1234567.5", "UAH", "1 234 567,50 ₴"),
        ("en", "0.5", "USD", "$0.50"),
        ("ru", "-20", "EUR", "-20 €"),
        ("uk", "1234567.5", "UAH", "1 234 567,50 ₴"),
        ("uk", "48300", "RUB", "48 300 ₽"),
        ("id", "48300", "IDR", "Rp48.300"),
        ("id", "1234567.5", "IDR", "Rp1.234.567,50"),
        ("id", "48300", "RUB", "₽48.300"),
    ],
)
def test_money(code, amount, currency, text):
    assert spaced(l10n(code).money(Decimal(amount), currency)) == text


@pytest.mark.parametrize(
    ("at", "en", "ru"),
    [
        (NOW, "3:00 PM", "15:00"),
        (NOW - timedelta(days=1), "Yesterday 3:00 PM", "Вчера 15:00"),
        (NOW - timedelta(days=3), "19 Nov, 3:00 PM", "19 нояб., 15:00"),
        (NOW - timedelta(days=400), "Oct 18, 2025", "18 окт. 2025 г."),
    ],
)
def test_when(at, en, ru):
    assert (spaced(l10n("en").when(at)), spaced(l10n("ru").when(at))) == (en, ru)
    inside = en.replace("Yesterday", "yesterday"), ru.replace("Вчера", "вчера")
    assert (spaced(l10n("en").when_inside(at)), spaced(l10n("ru").when_inside(at))) == inside


def test_a_moment_leaves_out_nothing_but_the_second():
    said = [spaced(l10n(code).moment(NOW)) for code in ("en", "ru")]
    assert said == ["Sunday, 22 November 2026, 3:00 PM", "воскресенье, 22 ноября 2026, 15:00"]


def test_today_is_the_readers_today():
    late = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)  # in Moscow it is the 22nd already
    assert l10n(zone="Europe/Moscow").day(late) == "Today"
    assert l10n(zone="Europe/London").day(late) == "Yesterday"
    assert l10n("ru").day(NOW - timedelta(days=2)) == "Пятница, 20 ноября"
    assert l10n("uk").day(NOW - timedelta(days=2)) == "Пʼятниця, 20 листопада"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0, "0:00"), (42.4, "0:42"), (725, "12:05"), (3753, "1:02:33"), (-1, "0:00")],
)
def test_duration(seconds, text):
    assert l10n().duration(seconds) == text


@pytest.mark.parametrize(
    ("n", "text"),
    [(1, "1 секунда"), (2, "2 секунды"), (5, "5 секунд"), (21, "21 секунда"), (11, "11 секунд")],
)
def test_russian_plural_forms(n, text):
    assert l10n("ru").spoken_duration(n) == text


@pytest.mark.parametrize(
    ("n", "text"),
    [(1, "1 секунда"), (3, "3 секунди"), (5, "5 секунд"), (22, "22 секунди"), (112, "1 хвилина 52 секунди")],
)
def test_ukrainian_plural_forms(n, text):
    assert l10n("uk").spoken_duration(n) == text


@pytest.mark.parametrize(("n", "text"), [(1, "1 detik"), (2, "2 detik"), (61, "1 menit 1 detik")])
def test_indonesian_has_one_form(n, text):
    assert l10n("id").spoken_duration(n) == text


@pytest.mark.parametrize(
    ("e164", "text"),
    [
        ("+79161000001", "+7 916 100-00-01"),
        ("101", "101"),
        ("'; --", "'; --"),
        ("", ""),
        (None, ""),
        ("+4930123456", "+49 30 123456"),
    ],
)
def test_phone(e164, text):
    assert l10n().phone(e164) == text


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de,en;q=0.5,ru;q=0.6", "ru"),
        ("de", "en"),
        ("", "en"),
        ("ru;q=x,en", "en"),
        (",;q=1,*;q=0.5", "en"),
    ],
)
def test_the_language_a_browser_asks_for(header, code):
    assert best_locale(header, NAMES, "en") == code
