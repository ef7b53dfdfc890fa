# SPDX-License-Identifier: Apache-2.0
"""Money: Decimal in code, whole minor units (kopecks, cents) in the database, by the currency's exponent."""

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from crm_core.domain.errors import InvalidInputError

# ISO 4217: two digits unless it stands here.
_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENTS: Final = dict.fromkeys(_NO_DIGITS.split(), 0) | dict.fromkeys(_THREE_DIGITS.split(), 3)
_CODE = re.compile(r"[A-Z]{3}\Z")
_GAPS = re.compile(r"[\s\u00a0\u202f\u2009'’]")
_LIMIT = 10**15  # minor units: far above any order, far below what 64 bits hold when summed


class InvalidAmountError(InvalidInputError):
    """This is not an amount of money."""


def exponent(currency: str) -> int:
    """How many digits stand behind the point in this currency."""
    if not _CODE.match(currency):
        raise InvalidInputError(f"not a currency code: {currency!r}")
    return _EXPONENTS.get(currency, 2)


def to_minor(amount: Decimal, currency: str) -> int:
    """Refuses what the currency cannot express: a silently rounded sum is a wrong sum."""
    scaled = amount.scaleb(exponent(currency)) if amount.is_finite() else amount
    if not scaled.is_finite() or scaled != scaled.to_integral_value() or abs(scaled) > _LIMIT:
        raise InvalidAmountError(f"not an amount in {currency}: {amount}")
    return int(scaled)


def from_minor(units: int, currency: str) -> Decimal:
    return Decimal(units).scaleb(-exponent(currency))


def parse_amount(text: str) -> Decimal:
    """Read '23 000', '23 000,50', '1,234.56', '1.234,56', '48300.00 ₽', '500 руб.', '-5'."""
    bare = (
        _GAPS.sub("", text)
        .rstrip("₽€$£")
        .removesuffix(".")
        .removesuffix("руб")
        .removesuffix("р")
        .lstrip("€$£")
    )
    decimal = _decimal_mark(bare)
    plain = bare.replace("." if decimal == "," else ",", "").replace(",", ".")
    try:
        if not re.fullmatch(r"[+-]?\d+(\.\d+)?", plain, re.ASCII):
            raise InvalidAmountError(f"not an amount: {text.strip()!r}")
        return Decimal(plain)
    except InvalidOperation as error:
        raise InvalidAmountError(f"not an amount: {text.strip()!r}") from error


def _decimal_mark(text: str) -> str:
    """The later of ',' and '.' is the decimal mark, unless it stands more than once: then it groups thousands."""
    later = "," if text.rfind(",") > text.rfind(".") else "."
    if text.count(later) > 1:
        return "." if later == "," else ","
    return later
