# SPDX-License-Identifier: Apache-2.0
"""What a PBX said of one call, cut out of the journal with numbers and names masked: for a bug report, and for a test.

Only events and headers that the fold reads are let through, so that nothing unforeseen leaves the house.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import timedelta

from crm_core.domain.call import Call
from crm_core.domain.call_history import started
from crm_core.ports.call_events import NoEventsError
from pbx_bridge.ami_event import event_name
from pbx_bridge.ami_framing import AmiFraming
from pbx_bridge.amij import Head, Kind, Read, at_of, encode, encode_head
from pbx_bridge.call_tracker import is_wanted
from pbx_bridge.mask import Mask
from pbx_bridge.profile import PbxProfile

BEFORE, AFTER = timedelta(minutes=1), timedelta(minutes=2)
_ID = re.compile(r"^([A-Za-z]*?)(Uniqueid|Linkedid): (.+)$", re.MULTILINE)
_DEVICE = re.compile(r"^Event: OriginateResponse\n(?:.*\n)*?Channel: (.+)$", re.MULTILINE)
_IDS = ("Uniqueid", "Linkedid")
_CHANNELS = ("Channel", "Newname")
_OF_CHANNELS = ("Context", "Exten", "ChannelState", "CallerIDNum")
_AS_THEY_ARE = frozenset(
    [
        "Event", "Response", "Timestamp", "ChannelState", "Cause", "TechCause", "CID-CallingPres", "DialStatus",
        "BridgeId", "BridgeType", "BridgeTechnology", "BridgeNumChannels", "CoreStartupDate", "CoreStartupTime",
        "Duration", "New", "Result", "Variable", "IsExternal",
    ]
)  # fmt: skip
_MASKED = frozenset(["Queue", "Extension", "DialString", "Mailbox", "Forward"])
_VARIABLE = re.compile(r"^([A-Za-z]*ChanVariable)(?:\((.*)\))?$")
_PLAIN_VARIABLES = frozenset({"CALLERID(pres)", "ROLODIAL_MESSAGE", "VMSTATUS"})
_RECORDING = "ROLODIAL_REC"
_HEADER = re.compile(r"[A-Za-z-]+")
_LOT = b"\r\nBridgeTechnology: holding_bridge"
_WITHOUT_IDS = frozenset([b"Banner", b"CoreShowChannelsComplete"])


def export_call(call: Call, reads: Iterable[Read], profile: PbxProfile, mask: Mask) -> bytes:
    """An .amij file of the events among `reads` that tell of this call. NoEventsError when there are none."""
    cut = _Cut(call, mask)
    parts = [
        encode(kind, read.mono_ns, read.wall_ns, data) for read in reads for kind, data in cut.of_read(read)
    ]
    if not cut.frames:
        raise NoEventsError(call=str(call.id))
    return b"".join([encode_head(Head(call.pbx, call.boot, mask.profile(asdict(profile)))), *parts])


def in_time(call: Call, reads: Iterable[Read]) -> Iterator[Read]:
    """Those of its time, and a little before and after."""
    first = started(call) - BEFORE
    last = call.ended_at + AFTER if call.ended_at else None
    for read in reads:
        at = at_of(read.wall_ns)
        if last and at > last and read.kind is not Kind.LOST:
            return
        if at >= first:
            yield read


class _Cut:
    def __init__(self, call: Call, mask: Mask) -> None:
        self._mask = mask
        self._ids = {*call.linkedids, *(leg.uniqueid for leg in call.legs if leg.uniqueid)}
        self._linkedids = frozenset(call.linkedids)
        self._devices = frozenset(leg.device for leg in call.legs if leg.device)
        self._framing = AmiFraming()
        self.frames = 0

    def of_read(self, read: Read) -> Iterator[tuple[Kind, bytes]]:
        if read.kind is not Kind.DATA:
            self._framing = AmiFraming()
            yield read.kind, b""
            return
        blocks = [text for block in self._framing.feed(read.data) if (text := self._told(block))]
        if blocks:
            yield Kind.DATA, "".join(blocks).encode()

    def _told(self, block: bytes) -> str:
        """The frame as strangers may see it; '' when it is of no use."""
        name = event_name(block)
        if not is_wanted(name, block):
            return ""
        if name == b"Banner":
            return block.decode("ascii", "replace").strip() + "\r\n"
        text = block.decode("utf-8", "replace").replace("\r\n", "\n")
        boot = name == b"Response" and "\nCoreStartupDate: " in text
        of_all = boot or name in _WITHOUT_IDS or (name == b"BridgeListItem" and _LOT in block)
        if not (of_all or self._is_ours(text)):
            return ""
        self.frames += not of_all
        lines = (line for each in text.split("\n") if (line := self._line(each)))
        return "\r\n".join(lines) + "\r\n\r\n"

    def _is_ours(self, text: str) -> bool:
        found = [(match[1], match[2], match[3]) for match in _ID.finditer(text)]
        for prefix, kind, value in found:
            if kind == "Linkedid" and value in self._linkedids:
                self._ids |= {one for start, what, one in found if (start, what) == (prefix, "Uniqueid")}
        return any(value in self._ids for _, _, value in found) or self._refused_at_once(text)

    def _refused_at_once(self, text: str) -> bool:
        """The answer to an originate that a phone declined before it rang bears no id, only the device."""
        device = _DEVICE.search(text)
        return device is not None and device[1] in self._devices

    def _line(self, line: str) -> str:
        header, _, value = line.partition(": ")
        if variable := _VARIABLE.match(header):
            masked = self._variable(value)
            header = variable[1] + (f"({self._mask.channel(variable[2])})" if variable[2] else "")
        else:
            masked = self._value(header, value) if _HEADER.fullmatch(header) else None
        return "" if masked is None else f"{header}: {masked}"

    def _value(self, header: str, value: str) -> str | None:
        mask = self._mask
        if header in _AS_THEY_ARE or header.endswith(_IDS):
            return value
        if header == "Value":
            return mask.file(value)
        if header.endswith("CallerIDName"):
            return mask.name(value)
        if header.endswith(_CHANNELS):
            return mask.channel(value)
        if header in _MASKED or header.endswith(_OF_CHANNELS):
            return mask.text(value)
        return None

    def _variable(self, value: str) -> str | None:
        name, _, said = value.partition("=")
        if name == _RECORDING:
            return f"{name}={self._mask.file(said)}"
        return value if name in _PLAIN_VARIABLES else None
