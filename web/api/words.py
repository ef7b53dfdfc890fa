# SPDX-License-Identifier: Apache-2.0
"""The words of the contract: texts of bounded length, and what every body, query and answer has in common."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from crm_core.domain import clean
from crm_core.domain.client_field import KEY, LONGEST
from crm_core.domain.client_field import MOST as MOST_FIELDS
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.tags import tag

Item = TypeVar("Item", bound=BaseModel)
Moment = TypeVar("Moment", date, datetime)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MOST = 200  # rows on a page


class Given(BaseModel):
    """What a program sends: nothing that is not described, nothing that is nearly right."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Told(BaseModel):
    """What it gets."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Query(BaseModel):
    """What stands in an address, where everything is text."""

    model_config = ConfigDict(extra="forbid")


class PageQuery(Query):
    limit: Annotated[int, Field(ge=1, le=MOST, description="Rows on a page.")] = 50
    cursor: Annotated[
        str | None, Field(max_length=1000, description="Where the page begins: `next` of the page before.")
    ] = None


class Page(Told, Generic[Item]):
    items: list[Item]
    next: Annotated[str | None, Field(description="The `cursor` of the next page; null on the last.")]


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("a text cannot hold the character NUL")
    return text


def as_fault(check: Callable[[str], str | None]) -> Callable[[str], str]:
    """The domain's own check, as one of the contract."""

    def checked(text: str) -> str:
        try:
            return check(text) or ""
        except InvalidInputError as error:
            raise ValueError(str(error)) from error

    return checked


def _name(text: str) -> str:
    if clean.line(text) is None:
        raise ValueError("a name is needed")
    return text


def _written_out(value: object) -> object:
    """Seconds since 1970 would be taken too: what is not said cannot be relied on."""
    if not isinstance(value, datetime) and not (isinstance(value, str) and _DATE_TIME.match(value)):
        raise ValueError("a time as 2026-11-20T12:30:00+03:00")
    return value


def _tellable(value: Moment) -> Moment:
    if not 1 < value.year < 9999:  # noqa: PLR2004 - so that it can be told in any zone
        raise ValueError("no time of ours")
    return value


Time = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written_out), AfterValidator(_tellable)]


def _day_written_out(value: object) -> object:
    if not isinstance(value, date) and not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise ValueError("a day as 2026-11-20")
    return value


_NUL = AfterValidator(_no_nul)
Day = Annotated[date, Field(strict=False), BeforeValidator(_day_written_out), AfterValidator(_tellable)]
Money = Annotated[Decimal, Field(max_digits=15)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Text = Annotated[str, AfterValidator(_no_nul)]
Line = Annotated[str, Field(max_length=200), _NUL]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_name), _NUL]
Note = Annotated[str, Field(max_length=10_000), _NUL]
Email = Annotated[
    str, Field(max_length=255, description="An e-mail address."), AfterValidator(as_fault(clean.email)), _NUL
]
Number = Annotated[
    str, Field(min_length=1, max_length=60, description="A phone number as people write it."), _NUL
]
Tag = Annotated[
    str, Field(max_length=40, description="Kept in small letters."), AfterValidator(as_fault(tag)), _NUL
]
FieldKey = Annotated[str, Field(pattern=f"^{KEY}$")]
FieldGiven = Annotated[str, Field(max_length=LONGEST), _NUL] | bool | int | float | None
Fields = Annotated[
    dict[FieldKey, FieldGiven],
    Field(
        max_length=MOST_FIELDS,
        description="Fields of the house's own, by their keys; what is not said stays, null empties it.",
    ),
]
FieldTold = str | bool | int | float
Tags = Annotated[tuple[Tag, ...], Field(max_length=20, description="All of them, each time they are said.")]
