# SPDX-License-Identifier: Apache-2.0
"""One AMI frame as an event whose headers can be asked for by name, whatever bytes stood in it."""

import re
from datetime import UTC, datetime
from typing import Final

BANNER = b"Asterisk Call Manager/"

# Asterisk escapes the names of a channel snapshot the way C does (ast_escape_c), numbers never. Two events write the
# name as it is, so a backslash there is a backslash.
_ESCAPED = ("CallerIDName", "ConnectedLineName")
_WRITES_NAMES_AS_THEY_ARE = frozenset({"QueueEntry", "OriginateResponse"})
_C_ESCAPE = re.compile(r"\\([abfnrtv\\'\"?])")
_C_MEANING = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class _Needles(dict[str, str]):
    """What a header looks like in a frame. As many as our code has names of headers."""

    def __missing__(self, header: str) -> str:
        needle = self[header] = f"\r\n{header}: "
        return needle


_NEEDLES: Final = _Needles()


class AmiEvent:
    """`name` is the Event header, or 'Banner' (a new connection), 'Response' (an answer) or '' (neither).

    `at` is when it was received; from bare bytes it is what the Timestamp header says, or None.
    Headers are looked for when they are asked for: a handler wants five of the twenty. Of a repeated header
    (ChanVariable, Output) the first is meant, for Asterisk's own comes first; `values` gives all.
    """

    __slots__ = ("_fields", "_text", "at", "name")

    def __init__(
        self, name: str, fields: dict[str, str] | None = None, at: datetime | None = None, text: str = ""
    ) -> None:
        self.name = name
        self.at = at
        self._fields = fields
        self._text = text  # each line between two line ends; '' when there are fields

    # Asked some seventy times in a call: both do all that the ordinary header needs without calling each other.

    def __getitem__(self, header: str) -> str:
        text, needle = self._text, _NEEDLES[header]
        start = text.find(needle)
        if start < 0:
            return (self._fields or {})[header]
        start += len(needle)
        value = text[start : text.find("\r\n", start)]
        return self._unescaped(header, value) if "\\" in value else value

    def get(self, header: str, default: str = "") -> str:
        text, needle = self._text, _NEEDLES[header]
        start = text.find(needle)
        if start < 0:
            return self._fields.get(header, default) if self._fields else default
        start += len(needle)
        value = text[start : text.find("\r\n", start)]
        return self._unescaped(header, value) if "\\" in value else value

    @property
    def fields(self) -> dict[str, str]:
        """All headers."""
        if self._fields is None:
            fields: dict[str, str] = {}
            for line in self._text.split("\r\n"):
                key, colon, value = line.partition(": ")
                if colon:
                    fields.setdefault(key, self._unescaped(key, value))
            self._fields = fields
        return self._fields

    def values(self, header: str) -> list[str]:
        """Every value of a header that may be repeated, in order."""
        if not self._text:
            return [self.fields[header]] if header in self.fields else []
        start = f"{header}: "
        return [line[len(start) :] for line in self._text.split("\r\n") if line.startswith(start)]

    @property
    def chanvars(self) -> dict[str, str]:
        """The variables of the event's own channel (manager.conf `channelvars`)."""
        return self.chanvars_of("")

    def chanvars_of(self, prefix: str) -> dict[str, str]:
        """Those of another channel in the event: 'Dest', 'Transferee', ... (`DestChanVariable: NAME=value`).

        OriginateResponse and older Asterisks write `ChanVariable(PJSIP/101-00000001): NAME=value`.
        """
        if self._text and "ChanVariable" not in self._text:
            return {}
        channel = self.get(f"{prefix}Channel")
        pairs = [*self.values(f"{prefix}ChanVariable"), *self.values(f"ChanVariable({channel})")]
        return {name: value for name, equals, value in (pair.partition("=") for pair in pairs) if equals}

    def same_frame(self, other: "AmiEvent | None") -> bool:
        """Whether the same bytes were read, whenever."""
        if other is None or self.name != other.name:
            return False
        mine, other_text = self._text, other._text  # noqa: SLF001 - its own class
        return mine == other_text if mine and other_text else self.fields == other.fields

    def __repr__(self) -> str:
        return f"AmiEvent({self.name!r}, {self.fields!r}, {self.at!r})"

    def _unescaped(self, header: str, value: str) -> str:
        if not header.endswith(_ESCAPED) or self.name in _WRITES_NAMES_AS_THEY_ARE:
            return value
        return _C_ESCAPE.sub(lambda match: _C_MEANING.get(match[1], match[1]), value)


def event_name(block: bytes) -> bytes:
    """The name of a frame without parsing it: what decides whether it is worth parsing."""
    if block.startswith(b"Event: "):
        end = block.find(b"\r\n", 7)
        return block[7:end] if end > 0 else block[7:]
    return _unusual_name(block)


def _unusual_name(block: bytes) -> bytes:
    if block.startswith(b"Response:"):
        return b"Response"
    if block.startswith(BANNER):
        return b"Banner"
    start = block.find(b"\r\nEvent: ")
    if start < 0:
        return b"Response" if b"\r\nResponse: " in block else b""
    return block[start + 9 :].partition(b"\r\n")[0]


def parse(block: bytes, at: datetime | None = None, name: str | None = None) -> AmiEvent:
    """Never raises. A line without ': ' is passed over; text is UTF-8, a line that is not is read as cp1251."""
    if name is None:
        name = event_name(block).decode("utf-8", "replace")
    if name == "Banner":
        return AmiEvent(name, {"Version": _decode(block[len(BANNER) :].strip())}, at)
    try:
        text = block.decode()
    except UnicodeDecodeError:
        text = "\r\n".join(map(_decode, block.split(b"\r\n")))
    event = AmiEvent(name, None, at, f"\r\n{text}\r\n")
    if at is None:
        event.at = _timestamp(event.get("Timestamp"))
    return event


def _decode(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1251", "replace")


def _timestamp(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(text), UTC) if text else None
    except (ValueError, OverflowError, OSError):
        return None


def boot_of(event: AmiEvent) -> str:
    """When the PBX started, from its answer to CoreStatus; '' for every other event. Part of every call's id."""
    date, time = event.get("CoreStartupDate"), event.get("CoreStartupTime")
    return f"{date}T{time}" if date and time else ""
