# SPDX-License-Identifier: Apache-2.0
"""What a capture of AMI says about a PBX: whose its devices are, and why; what it does not say stays unknown."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from crm_core.domain.errors import CrmError
from pbx_bridge.ami_event import AmiEvent
from pbx_bridge.amij import Kind
from pbx_bridge.call_tracker import is_wanted
from pbx_bridge.profile import (
    LONGEST_SHORT,
    PbxProfile,
    Place,
    device_of,
    dialled_number,
    said_number,
    span_of,
)
from pbx_bridge.replay import CUT_SHORT, Replay, bare_events, bytes_of
from pbx_bridge.sealed import Keys
from pbx_bridge.segment import Segment, is_journal

_FREEPBX_CONTEXTS = frozenset(
    {"from-internal", "from-pstn", "from-trunk", "from-did-direct", "ext-queues", "ext-group", "ext-local"}
)
_FREEPBX_LOCALS = ("FMPR-", "FMGL-")  # its follow-me: each is a Local that rings one more phone
_FREEPBX_ENOUGH = 2
_SHORTEST_DID = 5
_OURS = "rolodial-"
CAPTURES = (".ami", ".amij", ".ami.gz", ".amij.gz")
Skip = Callable[[Path, str], None]


@dataclass(slots=True)
class Seen:
    """One device. Numbers are counted, never shown: they are callers'."""

    called_from: set[str] = field(default_factory=set)  # numbers outside
    short: Counter[str] = field(default_factory=Counter)  # numbers inside
    contexts: Counter[str] = field(default_factory=Counter)
    channels: int = 0
    rung: int = 0  # by a short number
    carried: int = 0  # numbers dialled through it
    member: set[str] = field(default_factory=set)  # of queues


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    device: str
    place: Place
    extension: str | None
    why: tuple[str, ...]


@dataclass(slots=True)
class Capture:
    """All that was seen, fold by fold."""

    events: int = 0
    devices: dict[str, Seen] = field(default_factory=dict)
    contexts: set[str] = field(default_factory=set)
    dids: Counter[str] = field(default_factory=Counter)
    prefixes: Counter[str] = field(default_factory=Counter)
    locals: Counter[str] = field(default_factory=Counter)  # 'from-queue', 'FMPR-'

    def feed(self, event: AmiEvent) -> None:
        self.events += 1
        for header in ("Context", "DestContext"):
            self.contexts |= {event.get(header)} - {""}
        if take := _TAKES.get(event.name):
            take(self, event)

    def read(self, path: Path, keys: Keys | None = None) -> str:
        """What a person should know of the file, if it is not as it should be."""
        file = Replay(str(path))
        segment = Segment(path, keys) if is_journal(path) else None
        chunks = (
            bytes_of(path, file)
            if segment is None
            else (one.data for one in segment if one.kind is Kind.DATA)
        )
        for event in bare_events(chunks, _is_telling):
            self.feed(event)
        return CUT_SHORT if segment and segment.trouble else file.trouble

    def device(self, channel: str) -> Seen:
        return self.devices.setdefault(_device(channel), Seen())

    @property
    def is_freepbx(self) -> bool:
        by_locals = any(self.locals[mark] for mark in _FREEPBX_LOCALS)
        return by_locals or len(self.contexts & _FREEPBX_CONTEXTS) >= _FREEPBX_ENOUGH

    @property
    def routes(self) -> bool:
        """Whether calls go through our contexts."""
        return any(context.startswith(_OURS) for context in self.contexts)

    def learnt(self) -> Iterator[Learnt]:
        for device, seen in sorted(self.devices.items()):
            yield _judge(device, seen)

    def outside_prefix(self) -> str | None:
        """Of calls through a trunk, what operators dialled before the number."""
        prefix, count = next(iter(self.prefixes.most_common(1)), ("", 0))
        return prefix if prefix and count * 2 > self.prefixes.total() else None

    def own_numbers(self) -> list[str]:
        trunks = {one.device for one in self.learnt() if one.place is Place.TRUNK}
        return sorted({did.partition("@")[0] for did in self.dids if did.partition("@")[2] in trunks})


def learn(path: Path, keys: Keys | None = None) -> Capture:
    """Of our own capture or journal, or of bare bytes."""
    return learn_from_all([path], [], keys)


def learn_from_all(
    named: Iterable[Path], found: Iterable[Path] = (), keys: Keys | None = None, skip: Skip = lambda *_: None
) -> Capture:
    """Of several together: what one does not show, another may. `skip` hears of what cannot be read, whole or at all.

    One that was named must be readable.
    """
    capture = Capture()
    for path in named:
        _heed(path, capture.read(path, keys), skip)
    for path in found:
        try:
            _heed(path, capture.read(path, keys), skip)
        except (CrmError, OSError) as error:
            skip(path, f"left out: {error}")
    return capture


def _heed(path: Path, trouble: str, skip: Skip) -> None:
    if trouble:
        skip(path, trouble)


def captures_in(directory: Path) -> list[Path]:
    """Files below it that are named as captures are, by name: a journal's are in the order of their time."""
    return sorted(
        path
        for path in directory.rglob("*")
        if path.name.endswith(CAPTURES) and not path.name.startswith(".") and path.is_file()
    )


def _device(channel: str) -> str:
    """Of a span all that is carried is one device, and nobody's number."""
    return span_of(channel) or device_of(channel)


def _is_telling(name: bytes, frame: bytes) -> bool:
    return name in _TAKEN or is_wanted(name, frame)


def _new_channel(capture: Capture, event: AmiEvent) -> None:
    channel, exten, context = event.get("Channel"), event.get("Exten"), event.get("Context")
    technology, _, rest = channel.partition("/")
    if technology == "Local":
        capture.locals.update(mark for mark in _FREEPBX_LOCALS if rest.startswith(mark))
        capture.locals.update([context] if context else [])
        return
    if PbxProfile().place(channel, "", "")[0] is Place.TECHNICAL:
        return
    seen, number = capture.device(channel), said_number(event.get("CallerIDNum")) or ""
    seen.channels += 1
    if context:
        seen.contexts[context] += 1
    if _is_long(number) and exten:
        seen.called_from.add(number)
    elif number.isdecimal() and exten:
        seen.short[number] += 1
    if exten.lstrip("+").isdecimal() and len(exten) >= _SHORTEST_DID:
        capture.dids[f"{exten}@{_device(channel)}"] += 1


def _dial_begin(capture: Capture, event: AmiEvent) -> None:
    target = event.get("DestChannel")
    if not target or target.startswith("Local/") or "/" not in target:
        return
    seen, number = capture.device(target), dialled_number(event.get("DialString"))
    # '101' is how a device itself is dialled; a number before '@', or long, goes through a trunk.
    if number and _is_long(number):
        seen.carried += 1
        asked = event.get("Exten")
        if asked.endswith(number) and asked != number:
            capture.prefixes[asked.removesuffix(number)] += 1
        else:
            capture.prefixes[""] += 1
        return
    seen.rung += 1
    inside = event.get("DestCallerIDNum")
    if inside.isdecimal() and len(inside) <= LONGEST_SHORT:
        seen.short[inside] += 1


def _queue_member(capture: Capture, event: AmiEvent) -> None:
    for header in ("StateInterface", "Interface", "Location"):
        device = event.get(header)
        if "/" in device and not device.startswith("Local/"):
            capture.devices.setdefault(device, Seen()).member.add(event.get("Queue"))
            return


_TAKES = {
    "Newchannel": _new_channel,
    "DialBegin": _dial_begin,
    "QueueMember": _queue_member,
    "QueueMemberAdded": _queue_member,
    "QueueMemberStatus": _queue_member,
    "AgentCalled": _queue_member,
}


_TAKEN = frozenset(name.encode() for name in _TAKES)


def _is_long(number: str) -> bool:
    return number.lstrip("+").isdecimal() and len(number.lstrip("+")) > LONGEST_SHORT


def _judge(device: str, seen: Seen) -> Learnt:
    """Two witnesses that contradict each other make it unknown: an admin says which."""
    context = next(iter(dict(seen.contexts.most_common(1))), "")
    name = device.partition("/")[2]
    inside, outside = list(_signs_of_a_person(seen, name)), list(_signs_of_a_trunk(seen))
    a_channel = f"{device}0-1" if device.endswith("/") else f"{device}-00000001"
    guess, extension = PbxProfile().place(a_channel, _likely(seen), context)
    if guess is Place.TRUNK:
        outside.append(f"name or context ({context or name}) says so")
    elif guess is Place.EXTENSION:
        inside.append(f"name, number or context ({context or name}) says so")
    if bool(inside) == bool(outside):
        why = [f"for a person: {one}" for one in inside] + [f"for a trunk: {one}" for one in outside]
        return Learnt(
            device=device, place=Place.UNKNOWN, extension=None, why=tuple(why) or ("nothing was said",)
        )
    if outside:
        return Learnt(device=device, place=Place.TRUNK, extension=None, why=tuple(outside))
    return Learnt(
        device=device, place=Place.EXTENSION, extension=_likely(seen) or extension or name, why=tuple(inside)
    )


def _signs_of_a_person(seen: Seen, name: str) -> Iterator[str]:
    if seen.member:
        yield f"member of {', '.join(sorted(seen.member))}"
    if seen.rung and not seen.carried and (name.isdecimal() or seen.short):
        yield f"rung {seen.rung} times by an extension"


def _signs_of_a_trunk(seen: Seen) -> Iterator[str]:
    if seen.called_from:
        yield f"{len(seen.called_from)} callers with numbers outside"
    if seen.carried:
        yield f"{seen.carried} numbers dialled through it"


def _likely(seen: Seen) -> str:
    """The extension they call from or are rung by, most of the time."""
    inside = [number for number, _ in seen.short.most_common() if 1 < len(number) <= LONGEST_SHORT]
    return inside[0] if inside else ""
