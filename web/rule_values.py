# SPDX-License-Identifier: Apache-2.0
"""The value of one field of a form of rules, as the language has it, of what somebody chose or typed."""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from babel.numbers import list_currencies
from multidict import MultiMapping

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.routing.reading import RuleSetError
from web.rule_registry import Field, Kind
from web.words import N_

LONGEST: Final = 4000
MOST_LINES: Final = 20_000
MORE: Final = ".more"  # behind a field's name: what was typed beside what can be chosen
_SPAN: Final = re.compile(r"(\d\d?)[:.](\d\d) ?[-–] ?(\d\d?)[:.](\d\d)", re.ASCII)
Sent = MultiMapping[str]


def value_of(sent: Sent, name: str, asked: Field) -> Any:
    """None: nothing was said. Raise RuleSetError."""
    return _READ[asked.kind](sent, name, asked)


def _some(sent: Sent, name: str, asked: Field) -> Any:
    values = [_text_of(one) for one in sent.getall(name, []) if one]
    if asked.free:
        values += [one.strip() for one in _text_of(sent.get(name + MORE, "")).split(",") if one.strip()]
    values = list(dict.fromkeys(values))
    return (values[0] if len(values) == 1 else values) or None


def _text(sent: Sent, name: str, _asked: Field) -> str | None:
    return _text_of(sent.get(name, "")).strip() or None


def _whole(sent: Sent, name: str, asked: Field) -> int | None:
    text = _text(sent, name, asked)
    if text is None:
        return None
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 10):  # noqa: PLR2004
        raise RuleSetError((), N_("a whole number is needed"))
    return int(text)


def _money(sent: Sent, name: str, asked: Field) -> int | float | None:
    text = _text(sent, name, asked)
    if text is None:
        return None
    try:
        amount = Decimal("".join(text.split()).replace(",", "."))
    except InvalidOperation:
        amount = Decimal("nan")
    if not amount.is_finite() or abs(amount) > 10**15:
        raise RuleSetError((), N_("an amount is needed, as 200000"))
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _currency(sent: Sent, name: str, asked: Field) -> str | None:
    code = (_text(sent, name, asked) or "").upper()
    if code and code not in list_currencies():
        raise RuleSetError((), N_("This is not a currency (three letters, as EUR)."))
    return code or None


def _flag(sent: Sent, name: str, asked: Field) -> bool | None:
    text = _text(sent, name, asked)
    return None if text is None else text == "true"


def _text_of(text: str) -> str:
    plain = text.replace("\u00a0", " ").replace("\u202f", " ")  # between the thousands of an amount
    if len(text) > LONGEST or not plain.isprintable():
        raise InvalidInputError("a text is too long or has control characters")
    return plain


def _lines(sent: Sent, name: str, _asked: Field) -> list[str] | None:
    lines = sent.get(name, "").splitlines()
    if len(lines) > MOST_LINES:
        raise InvalidInputError("a text is too long or has control characters")
    return list(dict.fromkeys(text for one in lines if (text := _text_of(one).strip()))) or None


def _spans(sent: Sent, name: str, _asked: Field) -> list[str] | None:
    """What is no span is left as it was typed: the language says what is wrong with it."""
    parts = [one.strip() for one in _text_of(sent.get(name, "")).split(",") if one.strip()]
    return [span_written(one) for one in parts] or None


def span_written(text: str) -> str:
    """As the rules have it, of what people write: '9:00 - 13.30'."""
    match = _SPAN.fullmatch(text)
    return "{:0>2}:{}-{:0>2}:{}".format(*match.groups()) if match else text


def _moment(sent: Sent, name: str, asked: Field) -> str | None:
    """As a browser's field gives it, without an offset: whose clock it is, says who asks."""
    text = _text(sent, name, asked)
    try:
        if text is None or datetime.fromisoformat(text).tzinfo is None:
            return text
    except ValueError:
        pass
    raise RuleSetError((), N_("a day and a time are needed"))


_READ: Final = {
    Kind.SOME: _some,
    Kind.ONE: _text,
    Kind.TEXT: _text,
    Kind.WHOLE: _whole,
    Kind.MONEY: _money,
    Kind.CURRENCY: _currency,
    Kind.FLAG: _flag,
    Kind.LINES: _lines,
    Kind.SPANS: _spans,
    Kind.MOMENT: _moment,
}
