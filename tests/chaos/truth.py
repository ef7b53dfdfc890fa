# SPDX-License-Identifier: Apache-2.0
"""What Asterisk itself wrote down of the calls (CDR and CEL), beside what the product kept of them."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from crm_core.domain.call import Call, Disposition
from crm_core.storage.open_store import open_store
from crm_core.storage.schema import call as call_table
from crm_core.storage.schema import call_linkedid
from pbx_bridge.cel.rows import cel_row
from tests.chaos.load import MANAGERS, load_number
from tests.live.product.product import Product

TRUNK = "PJSIP/trunk-"
CDR_FILE = "Master.csv"
CDR_CONF = "[general]\nenable = yes\nunanswered = yes\nbatch = no\n"
CDR_CUSTOM_CONF = (
    f"[mappings]\n{CDR_FILE} => ${{CDR(linkedid)}},${{CDR(uniqueid)}},${{CDR(channel)}},${{CDR(billsec,f)}}\n"
)
_HOUR_S = 3600


@dataclass(frozen=True)
class Asterisks:
    """Linkedids of calls that began on the trunk, as two files of Asterisk tell them."""

    cel: frozenset[str]
    cdr: frozenset[str]
    all: frozenset[str]  # also those that began inside
    talks: dict[str, float]  # seconds that the client was in a bridge with somebody, by CEL's own times
    answered: dict[str, float]  # seconds from the answer on, by CDR: also those in a queue
    roads: dict[str, str]  # 'good': as we said; else how the dialplan went on alone
    rows: Sequence[dict[str, str]]  # of CEL

    def has_rung(self, extension: str, linkedid: str) -> bool:
        """Whether that call came as far as this phone."""
        return any(
            row["linkedid"] == linkedid and row["channame"].startswith(f"PJSIP/{extension}-")
            for row in self.rows
        )


@dataclass
class Witness:
    """From now on."""

    cel_file: Path
    cdr_file: Path

    def __post_init__(self) -> None:
        self._cel_from, self._cdr_from = size(self.cel_file), size(self.cdr_file)

    def told(self) -> Asterisks:
        rows = steady(row for line in since(self.cel_file, self._cel_from) if (row := cel_row(line)))
        began = {
            row["linkedid"] for row in rows
            if row["eventtype"] == "CHAN_START" and row["channame"].startswith(TRUNK)
            and row["uniqueid"] == row["linkedid"]
        }  # fmt: skip
        cdr = csv.reader(since(self.cdr_file, self._cdr_from))
        ended = [row for row in cdr if len(row) == 4 and row[2].startswith(TRUNK) and row[0] == row[1]]
        answered: dict[str, float] = {}
        for linkedid, _, _, seconds in ended:
            answered[linkedid] = max(float(seconds or 0), answered.get(linkedid, 0.0))
        return Asterisks(
            frozenset(began),
            frozenset(answered),
            frozenset(row["linkedid"] for row in rows),
            {linkedid: together(rows, linkedid) for linkedid in began},
            answered,
            _roads(rows),
            rows,
        )


def steady(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """With times as if nobody had set the PBX's clock: a fault does, by whole hours, and lasts some minutes."""
    found: list[dict[str, str]] = []
    for row in rows:
        now = float(row["eventtime"])
        before = float(found[-1]["eventtime"]) if found else now
        found.append({**row, "eventtime": f"{now - round((now - before) / _HOUR_S) * _HOUR_S:f}"})
    return found


def together(rows: Sequence[dict[str, str]], client: str) -> float:
    """Seconds that a channel was in a bridge with another one. Plainly, and nothing of the product's own."""
    here: dict[str, set[str]] = {}
    seconds, since = 0.0, 0.0
    for row in sorted(rows, key=lambda row: float(row["eventtime"])):
        if row["eventtype"] not in {"BRIDGE_ENTER", "BRIDGE_EXIT"}:
            continue
        now, bridge = float(row["eventtime"]), json.loads(row["eventextra"])["bridge_id"]
        if any(client in inside and len(inside) > 1 for inside in here.values()):
            seconds += now - since
        since = now
        inside = here.setdefault(bridge, set())
        (inside.add if row["eventtype"] == "BRIDGE_ENTER" else inside.discard)(row["uniqueid"])
    return seconds


def _roads(rows: list[dict[str, str]]) -> dict[str, str]:
    told = [row for row in rows if row["userdeftype"] == "ROLODIAL_CALL"]
    return {row["linkedid"]: json.loads(row["eventextra"])["extra"].split("^")[1] for row in told}


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def since(path: Path, start: int) -> list[str]:
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(start)
        return file.read().decode(errors="replace").splitlines()


@dataclass(frozen=True)
class Kept:
    """Of the calls since some moment."""

    calls: dict[str, list[Call]]  # by linkedid

    @property
    def open(self) -> list[str]:
        return [linkedid for linkedid, ones in self.calls.items() if any(not one.ended_at for one in ones)]

    @property
    def doubled(self) -> list[str]:
        return [linkedid for linkedid, ones in self.calls.items() if len({one.id for one in ones}) > 1]


async def kept(product: Product, linkedids: frozenset[str]) -> Kept:
    store = await open_store(product.database_url, exclusive=False)
    try:
        async with store.engines.reader.connect() as connection:
            rows = await connection.execute(
                select(call_linkedid.c.linkedid, call_linkedid.c.call_id)
                .join(call_table, call_table.c.id == call_linkedid.c.call_id)
                .where(call_linkedid.c.linkedid.in_(linkedids), call_table.c.merged_into.is_(None))
            )
            pairs = rows.all()
        found: dict[str, list[Call]] = {}
        async with store.read() as tx:
            for linkedid, call_id in pairs:
                found.setdefault(linkedid, []).append((await tx.calls.get(call_id)).call)
    finally:
        await store.close()
    return Kept(found)


@dataclass(frozen=True)
class Wrong:
    """A call of the steady load that is not as Asterisk wrote it down, and does not say so."""

    linkedid: str
    call: Call
    road: str
    together_s: float
    answered_s: float | None

    def __str__(self) -> str:
        one, legs = self.call, ", ".join(f"{leg.party} {leg.end_reason}" for leg in self.call.legs)
        asterisk = f"together {self.together_s:.1f} by CEL, answered {self.answered_s} by CDR"
        return f"{self.linkedid} of {one.client_number}, {self.road}: {one.disposition} talk {one.talk_s:.1f}, {legs}; {asterisk}"


def wrong_and_silent(calls: Kept, asterisks: Asterisks, cut_at: float = 0.0) -> list[Wrong]:
    """Their talk is more than a second off the time that the client and somebody were in one bridge, by CEL.

    Not off what clients mean to talk: without a core to spare they hang up late. Nor off CDR's time from the answer on,
    for a queue answers too, and a bridge may be a moment behind an answer.
    """
    numbers = {load_number(extension): extension for extension in MANAGERS}
    found = []
    for linkedid, ones in calls.calls.items():
        for one in ones:
            extension = numbers.get(f"+{(one.client_number or '').lstrip('+')}")
            if extension is None or one.uncertain or abs(one.ended_at.timestamp() - cut_at) <= 3:
                continue
            seconds = asterisks.talks.get(linkedid, 0.0)
            if _is_wrong(one, seconds, has_rung=asterisks.has_rung(extension, linkedid)):
                road, answered = asterisks.roads.get(linkedid, "?"), asterisks.answered.get(linkedid)
                found.append(Wrong(linkedid, one, road, seconds, answered))
    return found


def _is_wrong(call: Call, together_s: float, *, has_rung: bool) -> bool:
    """Nobody may go unanswered, but where the manager's phone, a program of ours, rang and did not get to answering."""
    if call.disposition is Disposition.ANSWERED:
        return abs(call.talk_s - together_s) > 1
    return together_s > 0 or not has_rung
