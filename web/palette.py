# SPDX-License-Identifier: Apache-2.0
"""Where the search palette can go besides clients and orders: the pages and what can be begun."""

from dataclasses import dataclass
from typing import Final

from crm_core.domain.search import fold
from web.i18n.l10n import L10n
from web.settings_menu import settings_pages
from web.viewer import Viewer
from web.words import N_

_MOST = 6


@dataclass(frozen=True, slots=True)
class Place:
    address: str
    icon: str
    title: str


_PLACES: Final = (
    Place("/contacts/new", "user-plus", N_("New contact")),
    Place("/companies/new", "plus", N_("New company")),
    Place("/deals/new", "briefcase", N_("New deal")),
    Place("/tasks/new", "list-check", N_("New task")),
    Place("/calls?missed=1", "phone-x", N_("Missed calls")),
    Place("/", "layout-dashboard", N_("Workspace")),
    Place("/missed", "phone-x", N_("Missed callers")),
    Place("/calls", "phone", N_("Calls")),
    Place("/contacts", "users", N_("Contacts")),
    Place("/contacts?manager=me", "user-check", N_("My contacts")),
    Place("/companies", "building", N_("Companies")),
    Place("/deals", "briefcase", N_("Deals")),
    Place("/tasks", "list-check", N_("Tasks")),
    Place("/orders", "receipt", N_("Orders")),
    Place("/leads", "user-question", N_("Leads")),
    Place("/voicemail", "record-mail", N_("Voicemail")),
    Place("/health", "heart-rate-monitor", N_("Health")),
)


def places(viewer: Viewer, l10n: L10n, text: str) -> list[Place]:
    """Those whose title has every word asked for; all that fit on a screen when nothing was."""
    every = [
        *(Place(one.address, one.icon, l10n.gettext(one.title)) for one in _PLACES),
        *(
            Place(one.address, one.icon, l10n.gettext(one.title))
            for group in settings_pages(viewer).values()
            for one in group
        ),
    ]
    words = fold(text).split()
    return [place for place in every if all(word in fold(place.title) for word in words)][:_MOST]
