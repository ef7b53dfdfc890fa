# SPDX-License-Identifier: Apache-2.0
"""Many scenarios happen on one PBX at once: which events and CEL rows are whose, and all of them as if of one slot."""

import re
from collections import defaultdict
from collections.abc import Iterable

from pbx_bridge.ami_event import AmiEvent, parse

LOGIN = b"Asterisk Call Manager/11.0.0\r\nResponse: Success\r\nMessage: Authentication accepted\r\n\r\n"
_OWNER = re.compile(r"PJSIP/3(\d\d)\d-|\+79160(\d\d)000\d|\+7495111(\d\d)\d\d|(?<!\d)3(\d\d)[1-5]@")
# Of these a call record needs nothing, and they are most of what is said.
_CHATTER = frozenset(
    [
        "BridgeCreate", "BridgeDestroy", "BridgeListItem", "ChallengeSent", "ContactStatus", "DTMFBegin", "DTMFEnd",
        "DeviceStateChange", "DialState", "ExtensionStatus", "NewAccountCode", "NewConnectedLine", "NewExten",
        "Newexten", "PeerStatus", "QueueMember", "QueueMemberStatus", "QueueParams", "RTCPReceived", "RTCPSent",
        "Registry", "SuccessfulAuth", "TestEvent", "VarSet",
    ]
)  # fmt: skip
_MASKS = (
    (r"(?<![\w.+-])(\*[589]\d?)?3{slot}([1-5])(?![\w.])", r"\g<1>10\2"),
    (r"(?<![\w.+-])\*3{slot}([1-5])(?![\w.])", r"*10\1"),
    (r"(?<![\w.+-])7{slot}([0-9])(?![\w.])", r"70\1"),
    (r"(\+7|(?<!\d)8)9160{slot}000(\d)", r"\g<1>916000000\2"),
    (r"\+7495111{slot}(\d\d)", r"+749511122\1"),
    (r"\b(ringall|rrmemory|linear|local|optimised|position|resting|lot|room|lab-lot){slot}\b", r"\1"),
)


class Groups:
    """Which ids belong together: joined by every event that names two of them."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def find(self, one: str) -> str:
        parent = self._parent.setdefault(one, one)
        if parent != one:
            parent = self._parent[one] = self.find(parent)
        return parent

    def join(self, ids: Iterable[str]) -> None:
        roots = [self.find(one) for one in ids]
        for other in roots[1:]:
            self._parent[other] = roots[0]


class Split:
    """Frames and CEL rows by slot."""

    def __init__(self, frames: Iterable[bytes]) -> None:
        self._groups = Groups()
        self._events: list[tuple[bytes, AmiEvent, list[str]]] = []
        for frame in frames:
            event = parse(frame)
            ids = _ids(event)
            self._events.append((frame, event, ids))
            self._groups.join(ids)
        self._slots = self._owners()

    def _owners(self) -> dict[str, int]:
        seen: dict[str, set[int]] = defaultdict(set)
        for frame, _, ids in self._events:
            if ids:
                seen[self._groups.find(ids[0])] |= _slots_in(frame.decode(errors="replace"))
        mixed = {root: slots for root, slots in seen.items() if len(slots) > 1}
        assert not mixed, f"scenarios got mixed: {mixed}"
        return {root: next(iter(slots)) for root, slots in seen.items() if slots}

    def frames(self, slot: int, *, answers: bool = False) -> list[bytes]:
        """A slot's own; with `answers` also what the PBX answered to questions at the login."""
        return [
            frame
            for frame, event, ids in self._events
            if event.name not in _CHATTER
            and (self._slot_of(frame, ids) == slot or (answers and not ids and _is_answer(event)))
        ]

    def _slot_of(self, frame: bytes, ids: list[str]) -> int | None:
        if ids:
            return self._slots.get(self._groups.find(ids[0]))
        slots = _slots_in(frame.decode(errors="replace"))
        return next(iter(slots)) if len(slots) == 1 else None

    def cel(self, slot: int, rows: Iterable[tuple[str, dict[str, str]]]) -> list[str]:
        return [
            line
            for line, row in rows
            if self._slots.get(self._groups.find(row["uniqueid"])) == slot
            or self._slots.get(self._groups.find(row["linkedid"])) == slot
        ]


def _ids(event: AmiEvent) -> list[str]:
    return [
        value
        for key, value in event.fields.items()
        if key.endswith(("Uniqueid", "Linkedid", "UniqueID")) and value and value != "<null>"
    ]


def _slots_in(text: str) -> set[int]:
    return {int(next(filter(None, match))) for match in _OWNER.findall(text)}


def _is_answer(event: AmiEvent) -> bool:
    return event.name in {"Banner", "Response", "CoreShowChannelsComplete"}


def mask(data: str, slot: int) -> str:
    """Every number and name of this slot, as if it were the slot of the made-up house of tests/scenarios."""
    for pattern, instead in _MASKS:
        data = re.sub(pattern.format(slot=f"{slot:02d}"), instead, data)
    return data
