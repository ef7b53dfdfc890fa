# SPDX-License-Identifier: Apache-2.0
"""Phone numbers: from what people and PBXs write to E.164 ('+79123506788'), and to what people like to read."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, ValidationResult

_LONGEST: Final = 64  # characters: nothing longer is a number
_FEWEST: Final = 7  # digits: fewer are an extension or a service ('101', '112'), not somebody's number
_SEPARATORS: Final = str.maketrans("", "", " ()-.\u00a0\u2009\u202f\u2010\u2011\u2013\t")
_EXTENSION: Final = re.compile(
    r"[\s,;]*(?:доб(?:авочный)?|вн(?:утр(?:енний)?)?|ext(?:ension)?|x|#|,)\.?[\s:=]*(\d{1,7})\s*\Z",
    re.IGNORECASE,
)
# Russia as it is nearly always written. The trunk 8 before 10 is the way abroad, so 810... is not for this path.
_RU: Final = re.compile(r"(?:\+?7|8(?!10)|(?!810))([3489]\d{9})\Z", re.ASCII)
_INTERNATIONAL_00: Final = re.compile(r"\A\s*00(?=[1-9])")
LINE_KINDS: Final = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "either",  # as in North America
    PhoneNumberType.TOLL_FREE: "free",
    PhoneNumberType.PREMIUM_RATE: "premium",
}


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as it was written, and what it says."""

    raw: str
    e164: str | None  # None: withheld, an internal number, or no number at all
    extension: str | None = None

    @property
    def key(self) -> str:
        """What it is stored and found by: E.164, else as it was written."""
        return self.e164 or self.raw


def normalise(raw: str, region: str) -> Phone:
    """Never raises. A number without a country is one of `region`."""
    bare = raw.translate(_SEPARATORS)
    if region == "RU" and (plain := _RU.match(bare)):
        return Phone(raw, "+7" + plain[1])
    return _parse(raw, region)


@lru_cache(maxsize=65536)
def _parse(raw: str, region: str) -> Phone:
    number, extension = _split_extension(_without_scheme(raw.strip()))
    if len(raw) > _LONGEST or sum(map(str.isdecimal, number)) < _FEWEST:
        return Phone(raw, None)
    try:
        parsed = phonenumbers.parse(_INTERNATIONAL_00.sub("+", number), region)
    except NumberParseException:
        return Phone(raw, None)
    if phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
        return Phone(raw, None)
    e164 = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    return Phone(raw, e164, extension or parsed.extension)


def _split_extension(text: str) -> tuple[str, str | None]:
    found = _EXTENSION.search(text)
    return (text[: found.start()], found[1]) if found else (text, None)


def _without_scheme(text: str) -> str:
    """'sip:+7495...@host;user=phone' -> '+7495...'."""
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() in {"sip", "sips", "tel"}:
        return rest.partition("@")[0].partition(";")[0]
    return text


@lru_cache(maxsize=65536)
def display(e164: str) -> str:
    """'+79161000001' -> '+7 916 100-00-01'; what is no E.164 stays as it is."""
    try:
        parsed = phonenumbers.parse(e164, None)
    except NumberParseException:
        return e164
    return phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)


@lru_cache(maxsize=65536)
def country(e164: str) -> str:
    """'+79161000001' -> 'RU'; '' where none can be told (a satellite's, a number of no plan)."""
    try:
        found = phonenumbers.region_code_for_number(phonenumbers.parse(e164, None))
    except NumberParseException:
        return ""
    return found or ""


@lru_cache(maxsize=65536)
def line_kind(e164: str) -> str:
    """Mobile | fixed | either | free | premium | other: what the numbering plan says, portings aside."""
    try:
        return LINE_KINDS.get(phonenumbers.number_type(phonenumbers.parse(e164, None)), "other")
    except NumberParseException:
        return "other"


@lru_cache(maxsize=1)
def regions() -> frozenset[str]:
    return frozenset(phonenumbers.SUPPORTED_REGIONS)
