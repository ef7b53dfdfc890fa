# SPDX-License-Identifier: Apache-2.0
"""What a soak came to: Asterisk's CDR file against the product's database, read with nothing of the product's own."""

import csv
import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.soak.house import CDR_FIELDS
from tests.soak.mix import Planned

_TOLERANCE_S = 1.0
_PLAIN = {"10", "11", "12", "20", "21", "44"}  # one Dial: CDR's billsec is the talk, if nobody stood in
_ROAD = re.compile(r'^"ROLODIAL_CALL",.*""extra"":""[^^]*\^([a-z-]+)', re.MULTILINE)
_NUMBER = re.compile(r"\+7926\d{7}")
_NOT_CALLS = ("Local/sync@", "Local/doctor@")  # our own errands on the PBX


@dataclass(frozen=True)
class Kept:
    id: str
    client: str
    disposition: str | None
    talk_s: float
    ended: bool
    uncertain: tuple[str, ...]
    transferred: bool
    linkedids: tuple[str, ...]


def kept_calls(database: Path) -> list[Kept]:
    with _open(database) as rows:
        linkedids: dict[bytes, list[str]] = defaultdict(list)
        for call, linkedid in rows.execute("select call_id, linkedid from call_linkedid"):
            linkedids[call].append(linkedid)
        query = "select id, client_e164, disposition, talk_s, ended_at, uncertain, transfers from call where merged_into is null"
        return [
            Kept(
                str(one[0]),
                one[1] or "",
                one[2],
                one[3],
                one[4] is not None,
                tuple(json.loads(one[5])),
                any(told["completed"] for told in json.loads(one[6])),
                tuple(linkedids[one[0]]),
            )
            for one in rows.execute(query)
        ]


def counts_of(database: Path, query: str) -> dict[str, int]:
    with _open(database) as rows:
        return {str(name): count for name, count in rows.execute(query)}


def _open(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True)


def cdr_rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        rows = [dict(zip(CDR_FIELDS, row, strict=True)) for row in csv.reader(lines)]
    return [row for row in rows if not row["channel"].startswith(_NOT_CALLS)]


@dataclass
class Proof:
    """Calls as Asterisk's CDR file has them, held against those that were kept."""

    planned: int
    cdr_rows: int
    cdr_calls: int
    kept: int
    lost: list[str]
    never_came: list[
        str
    ]  # SIPp gave up before Asterisk read the first INVITE: neither CDR nor CEL knows the number
    doubled: list[str]
    invented: list[str]
    still_open: list[str]
    uncertain: list[str]
    answered_differs: list[str]
    talk_differs: list[str]
    talks_compared: int

    @property
    def clean(self) -> bool:
        return not (
            self.lost or self.doubled or self.invented or self.still_open or self.uncertain
            or self.answered_differs or self.talk_differs
        )  # fmt: skip


def prove(
    calls: Sequence[Planned], rows: list[dict[str, str]], kept: list[Kept], came: AbstractSet[str]
) -> Proof:
    """`came`: the numbers that Asterisk has heard of."""
    by_linkedid = {linkedid: one for one in kept for linkedid in one.linkedids}
    by_client: dict[str, list[Kept]] = defaultdict(list)
    for one in kept:
        by_client[one.client].append(one)
    told: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        told[row["linkedid"]].append(row)
    proof = Proof(
        planned=len(calls), cdr_rows=len(rows), cdr_calls=len(told), kept=len(kept),
        lost=[f"linkedid {one}" for one in told if one not in by_linkedid]
        + [f"{one.kind.name} {one.client}" for one in calls if not by_client[one.client] and one.client in came],
        never_came=[f"{one.kind.name} {one.client}" for one in calls if one.client not in came],
        doubled=[f"{one.kind.name} {one.client}" for one in calls if len(by_client[one.client]) > 1],
        invented=[one.id for one in kept if not any(linkedid in told for linkedid in one.linkedids)],
        still_open=[_named(one) for one in kept if not one.ended],
        uncertain=[f"{_named(one)} {','.join(one.uncertain)}" for one in kept if one.uncertain],
        answered_differs=[], talk_differs=[], talks_compared=0,
    )  # fmt: skip
    for call in calls:
        for one in by_client[call.client]:
            _compare(proof, call, one, [row for linkedid in one.linkedids for row in told.get(linkedid, ())])
    return proof


def _compare(proof: Proof, call: Planned, kept: Kept, rows: list[dict[str, str]]) -> None:
    """CDR's own idea of an answer counts a queue's and a menu's, so only calls that met none are held against it."""
    if call.kind.code not in _PLAIN or not rows or any(row["lastapp"] == "Queue" for row in rows):
        return
    talk = sum(
        float(row["billsec"] or 0) for row in rows if row["disposition"] == "ANSWERED" and row["dstchannel"]
    )
    proof.talks_compared += 1
    answered = any(row["disposition"] == "ANSWERED" for row in rows)
    if answered is not (kept.disposition == "answered"):
        proof.answered_differs.append(f"{call.kind.name} {call.client}: {kept.disposition}")
    if abs(talk - kept.talk_s) > _TOLERANCE_S:
        proof.talk_differs.append(f"{call.kind.name} {call.client}: CDR {talk:.2f}, kept {kept.talk_s:.2f}")


def dispositions(calls: Sequence[Planned], kept: list[Kept]) -> dict[str, Counter[str]]:
    """What each kind came to."""
    by_client = {one.client: one for one in kept}
    came: dict[str, Counter[str]] = defaultdict(Counter)
    for call in calls:
        one = by_client.get(call.client)
        what = str(one.disposition) if one else "lost"
        came[call.kind.name][f"{what}, transferred" if one and one.transferred else what] += 1
    return came


def recordings(database: Path, spool: Path) -> dict[str, Any]:
    return {
        "states": counts_of(database, "select state, count(*) from recording group by state"),
        "unattached": sum(counts_of(database, "select id, 1 from recording where call_id is null").values()),
        "left in the spool": len(list(spool.glob("*.raw"))),
    }


def witnesses(database: Path) -> dict[str, int]:
    return counts_of(database, "select state, count(*) from witness group by state")


def numbers_in(cel_file: Path) -> set[str]:
    return set(_NUMBER.findall(cel_file.read_text(errors="replace")))


def roads(cel_file: Path) -> Counter[str]:
    """How calls from outside were routed: good, or why the dialplan went on alone."""
    return Counter(_ROAD.findall(cel_file.read_text(errors="replace")))


def _named(one: Kept) -> str:
    return f"{one.id} of {one.client or 'nobody'}"
