# SPDX-License-Identifier: Apache-2.0
"""Lines of queues.conf by which queues say the house's sounds: the place, the holding time, an offer to call back."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from crm_core.domain.prompt import QUEUE_SOUNDS

FILE: Final = "queue-sounds.conf"  # of the sounds' folder; queues.conf includes it
_EVERY_S, _AT_LEAST_S, _OFFER_EVERY_S = 30, 15, 60
_PERIODIC: Final = "queue-periodic-announce"
_HEAD: Final = "; Written by Rolodial from its sounds (Settings, Sounds). Changes here are lost.\n"


def queue_sounds(names: Collection[str], folder: Path) -> str:
    """`names`: of the sounds that are there. Without one of a queue's nothing is said, as before."""
    return _HEAD + "".join(f"{line}\n" for line in _lines(set(names) & set(QUEUE_SOUNDS), folder))


def _lines(there: set[str], folder: Path) -> Iterator[str]:
    if not there:
        return
    yield "announce-to-first-user = yes"  # else whoever waits alone hears nothing of it
    position, holds = _position(there), {"queue-holdtime", "queue-minutes"} <= there
    if position or holds:
        yield f"announce-frequency = {_EVERY_S}"
        yield f"min-announce-frequency = {_AT_LEAST_S}"
        yield f"announce-position = {position or 'no'}"
        yield "announce-position-limit = 1"  # heeded with 'limit' alone
        yield f"announce-holdtime = {'yes' if holds else 'no'}"
    # All by path, for what is not there is passed over: else Asterisk's own would speak between ours, in English.
    for name in QUEUE_SOUNDS:
        if name != _PERIODIC:
            yield f"{name} = {folder / _instead(name, there)}"
    if _PERIODIC in there:
        yield f"periodic-announce = {folder / _PERIODIC}"
        yield f"periodic-announce-frequency = {_OFFER_EVERY_S}"


def _position(there: set[str]) -> str:
    """A number alone says nothing: without the words before it only the first in line are told."""
    if "queue-thereare" in there:
        return "yes"
    return "limit" if "queue-youarenext" in there else ""


def _instead(name: str, there: set[str]) -> str:
    """One minute is said in the words of many, where there is no other."""
    return "queue-minutes" if name == "queue-minute" and name not in there else name
