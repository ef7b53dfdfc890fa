# SPDX-License-Identifier: Apache-2.0
"""The readings of the health page as people read them: figures as their language writes them, errors in its words."""

import os
import re
from datetime import date
from functools import singledispatch
from typing import Final

from web.health import Milliseconds, Reading, Space, Trouble
from web.i18n.l10n import L10n
from web.words import N_

# What parts of ours say of a link, a file or a disk; tests/unit/web/test_health_words.py has each of them say it.
OURS: Final = (
    N_("no connection"),
    N_("no connection in time"),
    N_("the PBX closed it"),
    N_("the PBX fell silent"),
    N_("The PBX did not answer in time. The action may have been done; it is not sent again."),
    N_(
        "The connection to the PBX broke before it answered. The action may have been done; it is not sent again."
    ),
    N_("There is no connection to the PBX. Nothing was sent."),
    N_("The connection to the PBX is closing. Nothing was sent."),
    N_("it does not answer"),
    N_("the directory does not answer"),
    N_("there is no such file"),
)
_BEGINNINGS: Final = {
    "login refused: ": N_("login refused: %(why)s"),
    "connection lost: ": N_("connection lost: %(why)s"),
}
# What an operating system says of a file or a connection that fails, as far as it happens to those we read.
SYSTEMS: Final = (
    N_("Connection refused"),
    N_("Connection reset by peer"),
    N_("Connection timed out"),
    N_("Input/output error"),
    N_("Is a directory"),
    N_("Network is unreachable"),
    N_("No route to host"),
    N_("No space left on device"),
    N_("No such file or directory"),
    N_("Not a directory"),
    N_("Permission denied"),
    N_("Read-only file system"),
    N_("Stale file handle"),
    N_("Transport endpoint is not connected"),
)
_NUMBERED: Final = re.compile(r"\[Errno (\d+)\] (.*)", re.DOTALL)


def trouble(text: str, l10n: L10n) -> str:
    """In the reader's words as far as we have them; the rest as it was said."""
    for beginning, sentence in _BEGINNINGS.items():
        if text.startswith(beginning):
            return l10n.gettext(sentence, why=trouble(text.removeprefix(beginning), l10n))
    if numbered := _NUMBERED.fullmatch(text):
        said = os.strerror(int(numbered[1]))
        more = f" ({numbered[2]})" if numbered[2] != said else ""
        return f"{_known(said, l10n)}{more}"
    return _known(text, l10n)


def _known(text: str, l10n: L10n) -> str:
    return l10n.gettext(text) if text in OURS or text in SYSTEMS else text


def title(reading: Reading, l10n: L10n) -> str:
    name = l10n.gettext(reading.name) if reading.name else ""
    return ": ".join(filter(None, (name, reading.of)))


@singledispatch
def shown(value: object, _l10n: L10n) -> str:
    return "—" if value is None else str(value)


@shown.register
def _(value: int | float, l10n: L10n) -> str:
    return l10n.number(value)


@shown.register
def _(value: date, l10n: L10n) -> str:
    return l10n.on_day(value)


@shown.register
def _(value: Milliseconds, l10n: L10n) -> str:
    return l10n.gettext("%(num)s ms", num=l10n.number(round(value.value, 1)))


@shown.register
def _(value: Space, l10n: L10n) -> str:
    return l10n.space(value.size, value.total)


@shown.register
def _(value: Trouble, l10n: L10n) -> str:
    return trouble(value.text, l10n)
