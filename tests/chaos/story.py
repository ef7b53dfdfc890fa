# SPDX-License-Identifier: Apache-2.0
"""All that three witnesses said of a call that was kept wrong, line by line: what explains it when it is seen again."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pbx_bridge.ami_stream import AmiStream
from pbx_bridge.amij import Kind, at_of
from pbx_bridge.call_tracker import WANTED
from pbx_bridge.segment import Segment
from tests.chaos.truth import Wrong

_ABOUT = ("Linkedid", "DestLinkedid", "SpyeeLinkedid")


def story(wrong: Wrong, rows: Sequence[dict[str, str]], journal: Path) -> str:
    """`rows` are CEL's; `journal` is the directory of what AMI said."""
    lines = [f"--- {wrong}", "AMI: read at, counted as, the PBX's own time, bytes of the read"]
    lines += _ami(journal, wrong.linkedid)
    lines.append("CEL")
    lines += [
        f"{row['eventtime']} {row['eventtype']} {row['channame']} {row['uniqueid']} {row['appname']} {row['eventextra']}"
        for row in rows if row["linkedid"] == wrong.linkedid
    ]  # fmt: skip
    return "\n".join([*lines, f"CDR {wrong.answered_s}", f"kept {wrong.call}", "---"])


def _ami(journal: Path, linkedid: str) -> Iterator[str]:
    read = (0.0, 0)
    heard = []
    stream = AmiStream(WANTED, lambda event: heard.append((*read, event)))
    for path in sorted(journal.glob("*.amij*")):
        for one in Segment(path):
            at = at_of(one.wall_ns)
            read = (at.timestamp(), len(one.data))
            if one.kind is Kind.OPENED:
                stream.opened()
                yield f"{read[0]:.3f} a new connection"
            elif one.kind is not Kind.LOST:
                stream.feed(one.data, at)
            for came, size, event in heard:
                if any(event.get(name) == linkedid for name in _ABOUT):
                    counted = event.at.timestamp() if event.at else 0.0
                    who = f"{event.get('Channel')} {event.get('Uniqueid')} {event.get('BridgeUniqueid')}"
                    yield f"{came:.3f} {counted:.3f} {event.get('Timestamp')} {size} {event.name} {who}"
            heard.clear()
