# SPDX-License-Identifier: Apache-2.0
"""What the second witness knew better of a call, as people read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from crm_core.domain.witness import Difference, DifferenceKind, Witness, WitnessState
from web.i18n.l10n import L10n
from web.words import N_

_TIMES: Final = {DifferenceKind.START, DifferenceKind.END, DifferenceKind.ANSWER, DifferenceKind.MISSING_CALL}
_LENGTHS: Final = {DifferenceKind.TALK, DifferenceKind.LEG, DifferenceKind.LEG_TALK}
_SENTENCES: Final = {
    DifferenceKind.MISSING_CALL: N_("Nothing of this call had reached us."),
    DifferenceKind.OPEN: N_("It was kept as still going on."),
    DifferenceKind.JOINED: N_("It was kept as two calls."),
    DifferenceKind.DIRECTION: N_("Its direction was another one."),
    DifferenceKind.START: N_("It began at %(saw)s, not at %(had)s."),
    DifferenceKind.END: N_("It ended at %(saw)s, not at %(had)s."),
    DifferenceKind.ANSWER: N_("It was answered at %(saw)s, not at %(had)s."),
    DifferenceKind.ANSWERED_BY: N_("%(saw)s answered, not %(had)s."),
    DifferenceKind.FINAL_PARTY: N_("It ended with %(saw)s, not with %(had)s."),
    DifferenceKind.HANGUP_BY: N_("The other side hung up."),
    DifferenceKind.TALK: N_("People talked for %(saw)s, not for %(had)s."),
    DifferenceKind.LEG: N_("%(about)s took part for %(saw)s."),
    DifferenceKind.LEG_TALK: N_("%(about)s talked for %(saw)s, not for %(had)s."),
    DifferenceKind.TRANSFER: N_("It was sent on to %(about)s."),
    DifferenceKind.RECORDING: N_("It was recorded as %(about)s."),
}
# Where we had nothing to hold against it.
_FIRST: Final = {
    DifferenceKind.ANSWER: N_("It was answered at %(saw)s."),
    DifferenceKind.ANSWERED_BY: N_("%(saw)s answered."),
    DifferenceKind.FINAL_PARTY: N_("It ended with %(saw)s."),
}


@dataclass(frozen=True, slots=True)
class Told:
    """`state` as of a Witness; a sentence for each difference, and whether it was believed."""

    state: WitnessState
    sentences: Sequence[tuple[str, bool]]


def told(witnesses: Sequence[Witness], l10n: L10n, people: Mapping[str | None, str | None]) -> Sequence[Told]:
    return [
        Told(one.state, [(_sentence(each, l10n, people), not each.disputed) for each in one.differences])
        for one in witnesses
    ]


def _sentence(one: Difference, l10n: L10n, people: Mapping[str | None, str | None]) -> str:
    text = _FIRST.get(one.kind, _SENTENCES[one.kind]) if one.had is None else _SENTENCES[one.kind]
    if one.kind is DifferenceKind.ANSWER and one.saw is None:
        text = N_("Nobody answered it.")
    values = {"had": _shown(one.kind, one.had, l10n, people), "saw": _shown(one.kind, one.saw, l10n, people)}
    about = (one.about or "?").rpartition("/")[2] if one.kind in _LENGTHS else one.about or "?"
    return l10n.gettext(text, **values, about=people.get(about) or about)


def _shown(
    kind: DifferenceKind, value: str | None, l10n: L10n, people: Mapping[str | None, str | None]
) -> str:
    if value is None:
        return "?"
    if kind in _TIMES:
        return l10n.precise_time(datetime.fromisoformat(value))
    if kind in _LENGTHS:
        return l10n.duration(float(value)) or value
    return people.get(value) or value
