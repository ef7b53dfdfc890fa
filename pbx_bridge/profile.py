# SPDX-License-Identifier: Apache-2.0
"""What we know of a PBX beforehand, and whose channel it is: an extension's, a trunk's, a Local half or nobody's."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

from crm_core.domain.errors import CrmError

# Channels that Asterisk makes for itself. No person ever speaks on them.
_TECHNICAL = frozenset(
    [
        "Announcer", "AsyncGoto", "AudioSocket", "Bridge", "CBAnn", "CBRec", "ConfBridgeRecorder", "Console", "Message",
        "MulticastRTP", "NBS", "Null", "OutgoingSpoolFailed", "Parked", "PlaybackAgent", "Recorder", "Snoop", "Stasis",
        "Surrogate", "UnicastRTP", "WebSocket",
    ]
)  # fmt: skip
_SPAN = re.compile(r"^(DAHDI|Zap|mISDN)/[ig]?\d+/.", re.IGNORECASE)
_NUMBER = re.compile(r"^[+*#]?\d[\d.()*#-]*$")
_TECHNOLOGIES = frozenset(["PJSIP", "SIP", "IAX2", "DAHDI", "LOCAL", "ZAP", "MISDN"])
_SHORT = re.compile(r"^\d{2,6}$")
_OUTER_NAME = re.compile(
    r"trunk|gateway|provider|carrier|sip-?out|itsp|pstn|uplink|(^|[-_.])(gw|gsm|line)\d*($|[-_.])",
    re.IGNORECASE,
)
_OUTER_CONTEXT = re.compile(r"trunk|pstn|did|incoming|inbound|external|from-outside|provider", re.IGNORECASE)
_INNER_CONTEXT = re.compile(
    r"internal|extension|phones|local-ext|users|agents|operators|office", re.IGNORECASE
)
LONGEST_SHORT = 6
_DIALLED = frozenset("0123456789+*#")
_WITHHELD = frozenset(
    [
        "",
        "<unknown>",
        "anonymous",
        "restricted",
        "private",
        "unavailable",
        "unknown",
        "withheld",
        "blocked",
        "hidden",
    ]
)


class ProfileError(CrmError):
    """The PBX profile cannot be read."""


class Place(Enum):
    EXTENSION = "extension"
    TRUNK = "trunk"
    LOCAL = "local"
    TECHNICAL = "technical"
    UNKNOWN = "unknown"  # taken for the outside, and shown to an admin to decide


@dataclass(frozen=True, slots=True, kw_only=True)
class PbxProfile:
    """Each part may be missing; what it does not say is guessed from the shape of names and numbers."""

    extensions: Mapping[str, str] = field(default_factory=dict)
    trunks: tuple[str, ...] = ()
    own_numbers: tuple[str, ...] = ()
    outside_prefix: str | None = None
    internal_contexts: tuple[str, ...] = ()
    region: str | None = None

    @classmethod
    def from_toml(cls, text: str) -> "PbxProfile":
        return cls.from_table(_toml(text))

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> "PbxProfile":
        extensions = table.get("extensions", {})
        if not isinstance(extensions, Mapping):
            message = 'extensions must be a table such as {"PJSIP/101" = "101"}'
            raise ProfileError(message)
        return cls(
            extensions={str(device): str(extension) for device, extension in extensions.items()},
            trunks=_texts(table, "trunks"),
            own_numbers=_texts(table, "own_numbers"),
            outside_prefix=_text(table, "outside_prefix"),
            internal_contexts=_texts(table, "internal_contexts"),
            region=_text(table, "region"),
        )

    def place(self, channel: str, number: str, context: str) -> tuple[Place, str | None]:
        """Whose channel it is, and its extension if it has one. Lists first, then context, then shape."""
        technology = channel.partition("/")[0]
        if technology == "Local":
            return Place.LOCAL, None
        if technology in _TECHNICAL or "/" not in channel:
            return Place.TECHNICAL, None
        device = device_of(channel)
        listed = self._listed(channel, device)
        if listed:
            return listed
        return self._guess(device, _short(number), context)

    def _listed(self, channel: str, device: str) -> tuple[Place, str | None] | None:
        extension = self.extensions.get(device)
        if extension is not None:
            return Place.EXTENSION, extension
        if any(_matches(glob, channel, device) for glob in self.trunks):
            return Place.TRUNK, None
        for glob, value in self.extensions.items():
            if _matches(glob, channel, device):
                return Place.EXTENSION, value
        return None

    def _guess(self, device: str, short: str | None, context: str) -> tuple[Place, str | None]:
        name = device.partition("/")[2]
        if context and context in self.internal_contexts:
            return Place.EXTENSION, short or name
        by_port = device.startswith(
            ("DAHDI/", "Zap/", "mISDN/", "IAX2/")
        )  # a port's number is not an extension
        if _SHORT.match(name) and not by_port:
            return Place.EXTENSION, name
        if _SPAN.match(device) or _OUTER_NAME.search(name) or _OUTER_CONTEXT.search(context):
            return Place.TRUNK, None
        if short or (name and _INNER_CONTEXT.search(context)):
            return Place.EXTENSION, short or name
        return self._by_what_is_listed(name)

    def _by_what_is_listed(self, name: str) -> tuple[Place, str | None]:
        """Where only one kind is told, what is not among it is of the other."""
        if self.trunks and not self.extensions:
            return Place.EXTENSION, name
        return (Place.TRUNK, None) if self.extensions and not self.trunks else (Place.UNKNOWN, None)

    def is_outside(self, number: str) -> bool:
        """Whether somebody who dials this means the world outside. Feature codes and extensions are inside."""
        digits = number.removeprefix("+")
        if not digits.isdecimal():
            return False
        if number in self.extensions.values():
            return False
        prefix = self.outside_prefix
        if prefix and digits.startswith(prefix) and len(digits) > len(prefix) + LONGEST_SHORT - 1:
            return True
        return number.startswith("+") or len(digits) > LONGEST_SHORT


def unknown_keys(text: str) -> list[str]:
    """Keys of a profile that mean nothing to us: shown, not refused, so that a newer profile still works."""
    return sorted(set(_toml(text)) - {one.name for one in fields(PbxProfile)})


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"the profile is not TOML: {error}"
        raise ProfileError(message) from error


def device_of(channel: str) -> str:
    """'PJSIP/101-0000002a' -> 'PJSIP/101'; 'DAHDI/i1/79161234567-3' -> 'DAHDI/i1/79161234567'."""
    name = channel.partition("<")[0]
    head, dash, tail = name.rpartition("-")
    return head if dash and "/" not in tail and "@" not in tail else name


def span_of(channel: str) -> str | None:
    """'DAHDI/i1/' of 'DAHDI/i1/79161234567-3': what a call through it has for a device is the number dialled."""
    found = _SPAN.match(channel)
    return found[0][:-1] if found else None


def said_number(text: str) -> str | None:
    """A number as Asterisk said it; None when there is none or it is withheld."""
    return None if text.strip().lower() in _WITHHELD else text


def asked_extension(exten: str, *, at_first: bool) -> str | None:
    """What a caller dialled. Found in mid-call it is where the dialplan has come to: '0dial' is a step of ours."""
    return exten if exten not in {"", "s"} and (at_first or set(exten) <= _DIALLED) else None


def dialled_number(dial_string: str) -> str | None:
    """The number in what Dial() was given: '7916@trunk', 'trunk/7916', 'PJSIP/7916@trunk', 'trunk/sip:7916@host'."""
    parts = dial_string.partition(",")[0].split("/")
    if parts[0].upper() in _TECHNOLOGIES:
        del parts[0]
    for part in parts[1:] or parts:
        number = part.removeprefix("sip:").removeprefix("sips:").partition("@")[0].partition(":")[0]
        if _NUMBER.match(number):
            return number
    return None


def _matches(glob: str, channel: str, device: str) -> bool:
    if glob.endswith("/"):
        return channel.startswith(glob)
    return fnmatchcase(device, glob) or fnmatchcase(channel, glob)


def _short(text: str) -> str | None:
    return text if _SHORT.match(text) else None


def _text(table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    message = f"{key} must be a text"
    raise ProfileError(message)


def _texts(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        message = f"{key} must be a list of texts"
        raise ProfileError(message)
    return tuple(str(item) for item in value)
