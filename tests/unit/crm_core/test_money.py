# SPDX-License-Identifier: Apache-2.0
import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.money import from_minor, parse_amount, to_minor

CURRENCIES = st.sampled_from(["RUB", "USD", "JPY", "KWD"])


@given(st.integers(-(10**15), 10**15), CURRENCIES)
def test_minor_units_there_and_back(units, currency):
    assert to_minor(from_minor(units, currency), currency) == units


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("48300", "RUB", 4_830_000),
        ("0.01", "RUB", 1),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1234),
        ("-5.5", "RUB", -550),
    ],
)
def test_exponents(amount, currency, units):
    assert to_minor(Decimal(amount), currency) == units


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("0.001", "RUB"),
        ("1.5", "JPY"),
        ("NaN", "RUB"),
        ("Infinity", "RUB"),
        ("1e30", "RUB"),
        ("1", "rub"),
        ("1", "РУБ"),
    ],
)
def test_what_a_currency_cannot_express_is_refused(amount, currency):
    with pytest.raises(InvalidInputError):
        to_minor(Decimal(amount), currency)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("48300", "48300"),
        ("48300.5", "48300.5"),
        ("23 000", "23000"),
        ("23\u00a0000,50", "23000.50"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("48 300,00 ₽", "48300.00"),
        ("1 200 руб.", "1200"),
        ("$12.50", "12.50"),
        ("-5", "-5"),
    ],
)
def test_amounts_as_people_write_them(text, amount):
    assert parse_amount(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "abc", "1e5", "--5", "1.2.3,4,5", "12 apples", "NaN", "١٢٣"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(InvalidInputError):
        parse_amount(text)


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_refused(text):
    with contextlib.suppress(InvalidInputError):
        assert parse_amount(text).is_finite()
