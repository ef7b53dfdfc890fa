# SPDX-License-Identifier: Apache-2.0
"""The CEL file Asterisk writes for us: which fields, in which order, and one line of it read back."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

FILE = "rolodial.csv"  # in log/cel-custom of the instance, or <astlogdir>/cel-custom
FIELDS = (
    "EventType",
    "UserDefType",
    "EventTime(double)",
    "Name",
    "Num",
    "Ani",
    "Dnid",
    "Exten",
    "Context",
    "ChanName",
    "AppName",
    "AppData",
    "UniqueID",
    "LinkedID",
    "Peer",
    "EventExtra",
)
NAMES = tuple(name.split("(")[0].lower() for name in FIELDS)


def cel_row(line: str) -> dict[str, str] | None:
    """One whole line as {name: text}; None for half a line or a foreign one."""
    fields = _fields(line)
    return dict(zip(NAMES, fields, strict=True)) if fields else None


@dataclass(frozen=True, slots=True)
class CelRow:
    """What one row says. The event of a row of our own dialplan is its name (ROLODIAL_STEP)."""

    event: str
    at: float  # seconds since 1970
    name: str
    number: str
    exten: str
    context: str
    channel: str
    app: str
    app_data: str
    uniqueid: str
    linkedid: str
    extra: str

    @property
    def time(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    def more(self) -> dict[str, str]:
        """What only this kind of event tells."""
        try:
            told = json.loads(self.extra) if self.extra else {}
        except (ValueError, RecursionError):
            return {}
        return {key: str(value) for key, value in told.items()} if isinstance(told, dict) else {}


def parse(line: str) -> CelRow | None:
    """None for a line that is not a row of ours: torn, of another shape, without a time or a channel."""
    fields = _fields(line)
    if fields is None:
        return None
    event, _, at, name, number, _, _, exten, context, channel, app, app_data, uniqueid, linkedid, _, extra = (
        fields
    )
    try:
        seconds = float(at)
    except ValueError:
        return None
    if not (event and uniqueid and linkedid and 0 < seconds < _FAR_S):
        return None
    return CelRow(
        event, seconds, name, number, exten, context, channel, app, app_data, uniqueid, linkedid, extra
    )


def parse_all(text: str) -> Iterator[CelRow]:
    """The rows of a whole file."""
    for line in text.split("\n"):  # not splitlines: a name may hold one of its other ends
        row = parse(line)
        if row:
            yield row


_FAR_S = 253_402_300_000.0  # the year 9999: no datetime is later


def _fields(line: str) -> list[str] | None:
    try:
        found = next(csv.reader([line]), [])
    except csv.Error:  # a field of megabytes
        return None
    return found if len(found) == len(FIELDS) else None
