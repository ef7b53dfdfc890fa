# SPDX-License-Identifier: Apache-2.0
"""The keys of the phone: what each does, what it is unless chosen, and which the browser keeps for itself."""

from collections.abc import Mapping
from typing import Any, Final

from crm_core.domain.errors import InvalidInputError
from web.words import N_

ACTIONS: Final[Mapping[str, tuple[str, str]]] = {  # action -> key, what it does
    "available": ("a", N_("Available")),
    "pause": ("p", N_("Pause")),
    "dial": ("d", N_("Dial a number")),
    "open": ("o", N_("Open the client of the call")),
    "note": ("n", N_("Note of the call")),
    "done": ("x", N_("Done with the call")),
    "hang_up": ("H", N_("Hang up")),
}
# Browsers keep these; '/', '?' and 'g' are ours on every page.
KEPT: Final = frozenset(
    {"F1", "F3", "F5", "F6", "F7", "F11", "F12", "/", "?", "g", "Tab", "Enter", "Escape", " ", "Ctrl+k"}
)
_LONGEST = 24


def chosen(kept: Mapping[str, Any]) -> dict[str, str]:
    """Every action with its key; what was kept and makes no sense any more is as if it was not."""
    return {
        action: kept[action] if isinstance(kept.get(action), str) else usual
        for action, (usual, _) in ACTIONS.items()
    }


def change(keys: Mapping[str, str], action: str, key: str) -> dict[str, str]:
    """'' is the usual one again. Two actions of one key would both happen."""
    if action not in ACTIONS or len(key) > _LONGEST or not key.isprintable():
        raise InvalidInputError(N_("there is no such key"))
    key = key or ACTIONS[action][0]
    if key in KEPT:
        raise InvalidInputError(N_("the browser or the product keeps this key for itself: choose another"))
    if any(other != action and theirs == key for other, theirs in keys.items()):
        raise InvalidInputError(N_("this key does something else already"))
    return {**keys, action: key}
