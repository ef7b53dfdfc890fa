# SPDX-License-Identifier: Apache-2.0
"""The pages of the settings: one line each. A new page: its line here, its template extends settings/layout.html."""

from dataclasses import dataclass
from typing import Final

from crm_core.domain.people import Role
from web.viewer import Viewer
from web.words import N_

HOUSE: Final = N_("Company")
PEOPLE: Final = N_("People and work")
TELEPHONY: Final = N_("Telephony")
SYSTEM: Final = N_("System")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsPage:
    address: str
    icon: str
    title: str
    about: str  # one sentence, on the index
    group: str
    role: Role = Role.ADMIN


MENU: Final[tuple[SettingsPage, ...]] = (
    SettingsPage(
        address="/settings/company",
        icon="building",
        title=N_("Company"),
        about=N_("Country, time zone, currency, and how turnover is counted"),
        group=HOUSE,
    ),
    SettingsPage(
        address="/settings/bands",
        icon="trending-up",
        title=N_("Turnover bands"),
        about=N_("From which turnover on a client is wholesale, when no longer, and whose they become"),
        group=HOUSE,
    ),
    SettingsPage(
        address="/settings/hours",
        icon="calendar-time",
        title=N_("Hours and holidays"),
        about=N_("When somebody answers, by weekday, with holidays"),
        group=HOUSE,
    ),
    SettingsPage(
        address="/settings/missed",
        icon="phone-x",
        title=N_("Calling back"),
        about=N_("By when missed callers are to be called back, and by whom"),
        group=HOUSE,
    ),
    SettingsPage(
        address="/settings/client-fields",
        icon="address-book",
        title=N_("Fields"),
        about=N_("What else is to be known of contacts and companies"),
        group=HOUSE,
    ),
    SettingsPage(
        address="/settings/people",
        icon="users",
        title=N_("People"),
        about=N_("Who works here, their role, phone and account"),
        group=PEOPLE,
    ),
    SettingsPage(
        address="/settings/teams",
        icon="users-group",
        title=N_("Teams"),
        about=N_("Who is rung together"),
        group=PEOPLE,
    ),
    SettingsPage(
        address="/settings/sharing",
        icon="user-check",
        title=N_("Dealing out"),
        about=N_("Clients and leads without a manager, and many of them given to people at once"),
        group=PEOPLE,
        role=Role.SUPERVISOR,
    ),
    SettingsPage(
        address="/settings/answers",
        icon="star",
        title=N_("Answers"),
        about=N_("What clients pressed when they were asked after calls, by operator and queue"),
        group=PEOPLE,
        role=Role.SUPERVISOR,
    ),
    SettingsPage(
        address="/settings/results",
        icon="list-check",
        title=N_("Results"),
        about=N_("What a talk may have come to"),
        group=PEOPLE,
    ),
    SettingsPage(
        address="/settings/pauses",
        icon="coffee",
        title=N_("Pauses"),
        about=N_("Why somebody takes no calls for a while"),
        group=PEOPLE,
    ),
    SettingsPage(
        address="/settings/stages",
        icon="stairs",
        title=N_("Stages of deals"),
        about=N_("How far a deal may have come, from the first word to the contract"),
        group=PEOPLE,
    ),
    SettingsPage(
        address="/settings/phones",
        icon="phone",
        title=N_("Phones"),
        about=N_("Who has which phone, and new ones where the PBX is ours"),
        group=TELEPHONY,
    ),
    SettingsPage(
        address="/settings/numbers",
        icon="hash",
        title=N_("Numbers"),
        about=N_("Our own numbers: line, source, team, hours"),
        group=TELEPHONY,
    ),
    SettingsPage(
        address="/settings/routing",
        icon="route",
        title=N_("Routing"),
        about=N_("Who gets which call: rules, their versions, the draft and a replay on past calls"),
        group=TELEPHONY,
        role=Role.SUPERVISOR,
    ),
    SettingsPage(
        address="/settings/prompts",
        icon="volume",
        title=N_("Sounds"),
        about=N_(
            "Announcements and greetings: uploaded or spoken on the phone, heard, replaced, brought back"
        ),
        group=TELEPHONY,
    ),
    SettingsPage(
        address="/settings/queues",
        icon="stack",
        title=N_("Queues"),
        about=N_("Those the PBXs know, and who is in them"),
        group=TELEPHONY,
    ),
    SettingsPage(
        address="/settings/pbx",
        icon="server",
        title=N_("PBXs"),
        about=N_("State and version of each, and what is wrong with its link"),
        group=TELEPHONY,
    ),
    SettingsPage(
        address="/settings/balance",
        icon="checks",
        title=N_("Balance"),
        about=N_("Calls against Asterisk's own record and the recordings, day by day"),
        group=TELEPHONY,
        role=Role.SUPERVISOR,
    ),
    SettingsPage(
        address="/settings/modules",
        icon="toggle-right",
        title=N_("Modules"),
        about=N_("Parts of the product, on or off for each role"),
        group=SYSTEM,
    ),
    SettingsPage(
        address="/settings/security",
        icon="shield-check",
        title=N_("Security"),
        about=N_("Whether everybody logs in in two steps, and who does not yet"),
        group=SYSTEM,
    ),
    SettingsPage(
        address="/settings/retention",
        icon="archive",
        title=N_("Retention"),
        about=N_("For how long recordings, the journal, the trail and what went out are kept"),
        group=SYSTEM,
    ),
    SettingsPage(
        address="/settings/transfer",
        icon="transfer",
        title=N_("Export and import"),
        about=N_("All settings as one file, from a test system to the live one"),
        group=SYSTEM,
    ),
    SettingsPage(
        address="/settings/mail",
        icon="mail",
        title=N_("Mail"),
        about=N_("The server our letters go out through"),
        group=SYSTEM,
    ),
    SettingsPage(
        address="/settings/webhooks",
        icon="webhook",
        title=N_("Webhooks"),
        about=N_("Programs that are told of events"),
        group=SYSTEM,
    ),
    SettingsPage(
        address="/settings/outbox",
        icon="upload",
        title=N_("Outbox"),
        about=N_("What waits to go out, and why"),
        group=SYSTEM,
    ),
)


def settings_pages(viewer: Viewer) -> dict[str, list[SettingsPage]]:
    """The pages this person may open, by group, in the order of the menu."""
    groups: dict[str, list[SettingsPage]] = {}
    for page in MENU:
        if viewer.is_at_least(page.role):
            groups.setdefault(page.group, []).append(page)
    return groups
