# SPDX-License-Identifier: Apache-2.0
"""What Asterisk itself wrote down of the calls (CDR and CEL), beside what the product kept of them."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from crm_core.domain.call import Call, Disposition
from crm_core.storage.open_store import open_store
from crm_core.storage.schema import call as call_table
from crm_core.storage.schema import call_linkedid
from pbx_bridge.cel.rows import cel_row
from tests.chaos.load import TALK_S
from tests.live.product.product import Product

TRUNK = "PJSIP/trunk-"
CDR_FILE = "Master.csv"
CDR_CONF = "[general]\nenable = yes\nunanswered = yes\nbatch = no\n"
CDR_CUSTOM_CONF = (
    f"[mappings]\n{CDR_FILE} => ${{CDR(linkedid)}},${{CDR(uniqueid)}},${{CDR(channel)}},${{CDR(billsec,f)}}\n"
)


@dataclass(frozen=True)
class Asterisks:
    """Linkedids of calls that began on the trunk, as two files of Asterisk tell them."""

    cel: frozenset[str]
    cdr: frozenset[str]
    all: frozenset[str]  # also those that began inside
    talks: dict[str, float]  # seconds from the answer on, by CDR
    roads: dict[str, str]  # 'good': as we said; else how the dialplan went on alone


@dataclass
class Witness:
    """From now on."""

    cel_file: Path
    cdr_file: Path

    def __post_init__(self) -> None:
        self._cel_from, self._cdr_from = size(self.cel_file), size(self.cdr_file)

    def told(self) -> Asterisks:
        rows = [row for line in since(self.cel_file, self._cel_from) if (row := cel_row(line))]
        began = {
            row["linkedid"] for row in rows
            if row["eventtype"] == "CHAN_START" and row["channame"].startswith(TRUNK)
            and row["uniqueid"] == row["linkedid"]
        }  # fmt: skip
        cdr = csv.reader(since(self.cdr_file, self._cdr_from))
        ended = [row for row in cdr if len(row) == 4 and row[2].startswith(TRUNK) and row[0] == row[1]]
        talks: dict[str, float] = {}
        for linkedid, _, _, seconds in ended:
            talks[linkedid] = max(float(seconds or 0), talks.get(linkedid, 0.0))
        return Asterisks(
            frozenset(began),
            frozenset(talks),
            frozenset(row["linkedid"] for row in rows),
            talks,
            _roads(rows),
        )


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


def wrong_and_silent(
    calls: Kept, numbers: frozenset[str], asterisks: Asterisks, cut_at: float = 0.0
) -> list[str]:
    """Calls of the steady load whose talk is more than a second off, and nothing says so.

    Off what clients mean to talk, and off what CDR says: on a machine without a core to spare they hang up late.
    """
    return [
        f"{linkedid} of {one.client_number}, {asterisks.roads.get(linkedid)}: {one.disposition} talk {one.talk_s:.1f}, {_tried(one)}"
        for linkedid, ones in calls.calls.items() for one in ones
        if f"+{(one.client_number or '').lstrip('+')}" in numbers and not one.uncertain
        and abs(one.ended_at.timestamp() - cut_at) > 3
        and (one.disposition is not Disposition.ANSWERED or min(abs(one.talk_s - told) for told in (TALK_S, asterisks.talks.get(linkedid, TALK_S))) > 1)
    ]  # fmt: skip


def _tried(call: Call) -> str:
    return ", ".join(f"{leg.party} {leg.end_reason}" for leg in call.legs)
