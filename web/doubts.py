# SPDX-License-Identifier: Apache-2.0
"""Why parts of a call's record are uncertain, as people read it."""

from collections.abc import Iterable
from typing import Final

from web.i18n.l10n import L10n
from web.words import N_

REASONS: Final = {
    "lost_events": N_("an event was lost"),
    "gap": N_("the link to the PBX was down"),
    "clock": N_("a clock was set"),
    "late": N_("its events came late"),
    "start_unseen": N_("its beginning was not seen"),
    "end_unseen": N_("its end was not seen"),
    "pbx_restarted": N_("the PBX was started again"),
    "hold": N_("holding"),
    "attempts": N_("who was rung"),
    "closed_by_hand": N_("it was closed by hand"),
}


def doubts(reasons: Iterable[str], l10n: L10n) -> str:
    return ", ".join(l10n.gettext(REASONS.get(one, one)) for one in reasons)
