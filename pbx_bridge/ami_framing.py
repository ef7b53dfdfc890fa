# SPDX-License-Identifier: Apache-2.0
"""Cuts the bytes of an AMI connection into frames: linear in time, bounded in memory, the same for every segmenting."""

from pbx_bridge.ami_event import BANNER

_END = b"\r\n\r\n"
_ORDINARY = frozenset({b"E", b"R"})  # Event, Response: nothing to tidy
_ODD = frozenset({b"A", b"\r"})
_KEPT = len(_END) - 1  # bytes of an end that may stand at a segment's edge
_LONGEST_BANNER = 64
MAX_FRAME = 256 * 1024  # Asterisk's own events are below 4 KB


class AmiFraming:
    """One per connection. `skipped` counts the frames that were longer than `max_frame`; they are passed over."""

    __slots__ = ("_max_frame", "_pending", "_skipping", "skipped")

    def __init__(self, max_frame: int = MAX_FRAME) -> None:
        self._max_frame = max(max_frame, _LONGEST_BANNER)
        self._pending = bytearray()
        self._skipping = False
        self.skipped = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that these bytes complete, without their blank lines. The banner is a frame of its own."""
        pending = self._pending
        if pending:
            seen = max(0, len(pending) - _KEPT)
            pending += data
            if pending.find(_END, seen) < 0 and (self._skipping or not _has_head(pending)):
                self._bound()
                return []
            data = bytes(pending)
            pending.clear()
        blocks = data.split(_END)
        if self._skipping and len(blocks) > 1:
            del blocks[0]
            self._skipping = False
        rest = blocks.pop()
        if not self._skipping and (rest[:1] in _ODD or not {block[:1] for block in blocks} <= _ORDINARY):
            blocks, rest = _tidy(blocks, rest)
        if len(data) > self._max_frame:
            blocks = self._short_enough(blocks)
        if rest:
            pending += rest
            self._bound()
        return blocks

    def _bound(self) -> None:
        """Forget an endless frame, but for the bytes in which its end may have begun."""
        pending = self._pending
        if self._skipping or len(pending) > self._max_frame + _KEPT:
            self.skipped += not self._skipping
            self._skipping = True
            del pending[:-_KEPT]

    def _short_enough(self, blocks: list[bytes]) -> list[bytes]:
        short = [block for block in blocks if len(block) <= self._max_frame]
        self.skipped += len(blocks) - len(short)
        return short


def _tidy(blocks: list[bytes], rest: bytes) -> tuple[list[bytes], bytes]:
    """Free the banner from the frame behind it, and drop blank lines too many."""
    tidy: list[bytes] = []
    for block in blocks:
        tail = block
        while _has_head(tail):
            head, _, tail = tail.partition(b"\r\n")
            tidy += [head] if head else []
        tidy += [tail] if tail else []
    while _has_head(rest):
        head, _, rest = rest.partition(b"\r\n")
        tidy += [head] if head else []
    return tidy, rest


def _has_head(block: bytes | bytearray) -> bool:
    """Whether it begins with a whole line that is not part of a frame: the banner, or a blank line too many."""
    if block.startswith(BANNER):
        return block.find(b"\r\n", 0, _LONGEST_BANNER) >= 0
    return block.startswith(b"\r\n")
