# SPDX-License-Identifier: Apache-2.0
"""What the balance found, as people read it: a name for each kind, a sentence for each difference."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from crm_core.domain.balance import FindingKind, FindingState, Found
from web.doubts import doubts
from web.i18n.l10n import L10n
from web.words import N_

KINDS: Final = {
    FindingKind.NO_FILE: N_("Call without its file"),
    FindingKind.NOT_RECORDED: N_("Call not recorded"),
    FindingKind.NO_CALL: N_("File without a call"),
    FindingKind.UNCOVERED: N_("Part of the talk missing"),
    FindingKind.SILENT: N_("Silent recording"),
    FindingKind.ONE_SIDED: N_("One side silent"),
    FindingKind.DAMAGED: N_("Damaged file"),
    FindingKind.FILE_GONE: N_("File gone from the store"),
    FindingKind.STILL_OPEN: N_("Call still open"),
    FindingKind.UNCERTAIN: N_("Call uncertain"),
    FindingKind.UNSEEN: N_("Call that only CEL saw"),
    FindingKind.UNWITNESSED: N_("Call that CEL did not see"),
    FindingKind.CORRECTED: N_("Corrected from CEL"),
    FindingKind.DISPUTED: N_("CEL says otherwise"),
}
STATES: Final = {
    FindingState.OPEN: N_("Open"),
    FindingState.FIXED: N_("Fixed"),
    FindingState.EXPLAINED: N_("Explained"),
}
_SENTENCES: Final = {
    FindingKind.NO_FILE: N_("The PBX recorded it as %(name)s, but that file never came."),
    FindingKind.NOT_RECORDED: N_(
        "People talked and nothing was recorded, though this PBX records its calls."
    ),
    FindingKind.NO_CALL: N_(
        "The file %(name)s lies in the PBX's directory and belongs to no call that we know."
    ),
    FindingKind.UNCOVERED: N_(
        "%(seconds)s s of the talk are in no file, from %(begin)s on. A full disk does that."
    ),
    FindingKind.SILENT: N_(
        "%(seconds)s s were recorded and nothing is to be heard: no sound reached the PBX."
    ),
    FindingKind.ONE_SIDED: N_("Nothing at all is heard of the %(side)s."),
    FindingKind.DAMAGED: N_("The file cannot be read (%(why)s). It was kept as it came."),
    FindingKind.FILE_GONE: N_("It was taken in, and its file is no longer where recordings are kept."),
    FindingKind.STILL_OPEN: N_("It has been open for %(hours)s hours, and its end was never heard."),
    FindingKind.UNCERTAIN: N_("Parts of its history are not certain: %(reasons)s."),
    FindingKind.UNSEEN: N_(
        "Asterisk's own record has a call %(linkedid)s with %(talk_s)s s of talk; we have none."
    ),
    FindingKind.UNWITNESSED: N_(
        "Asterisk's own record has nothing of this call, though it has others of that time."
    ),
    FindingKind.CORRECTED: N_("Asterisk's own record knew better, and was believed: %(differences)s."),
    FindingKind.DISPUTED: N_("Asterisk's own record says otherwise, and ours was left: %(differences)s."),
}
_SIDES: Final = {"client": N_("client"), "operator": N_("operator")}
_DIFFERENCES: Final = {
    "missing_call": N_("the call was missing"),
    "open": N_("it was kept as going on"),
    "joined": N_("it was kept as two"),
    "direction": N_("its direction"),
    "start": N_("its beginning"),
    "end": N_("its end"),
    "answer": N_("when it was answered"),
    "answered_by": N_("who answered"),
    "final_party": N_("whom it ended with"),
    "hangup_by": N_("who hung up"),
    "talk": N_("how long people talked"),
    "leg": N_("who took part"),
    "leg_talk": N_("how long somebody talked"),
    "transfer": N_("a transfer"),
    "recording": N_("a recording"),
}


def sentence(found: Found, l10n: L10n) -> str:
    """One sentence; what it names is text from outside and is escaped where it is shown."""
    return l10n.gettext(_SENTENCES[found.kind], **_values(found.facts, l10n))


def _values(facts: Mapping[str, Any], l10n: L10n) -> dict[str, str]:
    shown = {name: str(value) for name, value in facts.items()}
    for name in ("seconds", "hours", "talk_s"):
        if name in facts:
            shown[name] = l10n.number(facts[name])
    if "begin" in facts:
        shown["begin"] = l10n.precise_time(datetime.fromisoformat(facts["begin"]))
    if "side" in facts:
        shown["side"] = l10n.gettext(_SIDES.get(facts["side"], facts["side"]))
    if "reasons" in facts:
        shown["reasons"] = doubts(facts["reasons"], l10n)
    if "differences" in facts:
        kinds = dict.fromkeys(one["kind"] for one in facts["differences"])
        shown["differences"] = ", ".join(l10n.gettext(_DIFFERENCES.get(one, one)) for one in kinds)
    return shown
