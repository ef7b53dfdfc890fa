# SPDX-License-Identifier: Apache-2.0
"""Why a number that several have may be this one's, in words."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from crm_core.domain.directory.sharers import Sharer
from crm_core.domain.routing.decision import Why
from web.i18n.l10n import L10n
from web.words import N_

_WHY: Final = {
    "sharer_talked": N_("talked with us %(when)s"),
    "sharer_talked_long_ago": N_("talked with us %(when)s"),
    "sharer_deal": N_("has an open deal"),
    "sharer_bought": N_("bought for %(sum)s in 12 months"),
    "sharer_first_number": N_("their first number"),
}


def sharer_reasons(sharer: Sharer, l10n: L10n) -> str:
    return " · ".join(_said(why, l10n) for why in sharer.reasons)


def _said(why: Why, l10n: L10n) -> str:
    values: dict[str, str] = {}
    if "at" in why.params:
        values["when"] = l10n.when(datetime.fromisoformat(why.params["at"]))
    if "amount" in why.params:
        values["sum"] = l10n.money(Decimal(why.params["amount"]), why.params["currency"])
    return l10n.gettext(_WHY[why.code], **values)
