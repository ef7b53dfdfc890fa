# SPDX-License-Identifier: Apache-2.0
"""What a decision rests on: the whole vector is stored, so that the decision can be taken again."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from crm_core.domain.frozen import frozen
from crm_core.domain.open_items import OpenDeal
from crm_core.domain.routing.number_facts import NumberFacts

SHARED = "shared"  # several clients have the number: what is said of money and people is the likeliest's


class Availability(StrEnum):
    """Whether a person can be rung now; the kinds of 'unavailable' may lead to different steps."""

    FREE = "free"
    OFFLINE = "offline"
    PAUSED = "paused"
    ON_CALL = "on_call"
    NO_ANSWER = "no_answer"  # let their phone ring out moments ago
    AWAY = "away"  # an absence is written down for them, whatever their phone says


@frozen
class Candidate:
    """A person as they were at the moment of the decision."""

    id: UUID
    name: str
    availability: Availability
    # What said so: 'PJSIP/101 INUSE', 'reserved', 'state paused', 'off shift until ...', 'no device'.
    detail: str = ""
    since: datetime | None = None  # of their state: its age
    pairs: tuple[tuple[str, str], ...] = ()  # (extension, device) on the PBX of the call
    last_talk_at: datetime | None = None
    turn: int = 0  # when they were last chosen by round robin: a running number
    talks_today: int = 0


class AskedHours(dict[str, bool | None]):
    """What nobody asked when it could be known is not known: neither open nor closed."""

    def __missing__(self, _key: str) -> bool | None:
        return None


class AskedLogins(dict[str, UUID | None]):
    """As AskedHours: who was not looked for is nobody."""

    def __missing__(self, _login: str) -> UUID | None:
        return None


class AskedFields(dict[str, str | None]):
    """As AskedHours: what a client has in a field nobody looked at is not known."""

    def __missing__(self, _name: str) -> str | None:
        return None


@frozen
class Facts:
    """About the caller, the line they called and the people who might answer."""

    at: datetime
    pbx: str
    did: str | None  # E.164 where it can be one, else the digits dialled
    number: str | None  # E.164; None when withheld or no number
    caller_kind: str  # contact | company | shared | lead | unknown | withheld | own
    caller_name: str | None = None  # as the trunk sent it
    party_id: UUID | None = None
    party_name: str | None = None  # of a shared number: all of them
    company_id: UUID | None = None
    company_name: str | None = None
    group_id: UUID | None = None  # the head of the company's group: turnover and band are the group's
    group_name: str | None = None
    lead_status: str | None = None
    source: str | None = None  # of assign_rules.Source: asked of by [[assign]] only
    manager: UUID | None = None
    last_operator: UUID | None = None
    last_talk_at: datetime | None = None
    turnover: Mapping[str, int] = field(default_factory=dict)  # window -> minor units
    turnover_at: datetime | None = None  # when those figures were last brought up to date
    currency: str = ""
    trunk: str | None = None  # the device the call came in by: 'PJSIP/trunk'
    language: str | None = None  # the caller's choice, else that of the number they called
    menu: str | None = None  # what they chose before the rules were asked
    order_number: str | None = None  # keyed in
    client_number: str | None = None  # keyed in
    told_by: str | None = (
        None  # 'client_number': who it is was told by that, their telephone number said nobody
    )
    missed_at: datetime | None = None  # they called earlier today and nobody has talked with them since
    deputy: UUID | None = None  # stands in for the manager, who is away
    about_number: Mapping[str, str] = field(default_factory=lambda: NumberFacts(None))
    hours: Mapping[str, bool | None] = field(default_factory=AskedHours)  # 'did', 'house:NAME' -> open
    logins: Mapping[str, UUID | None] = field(default_factory=AskedLogins)  # of people a rule names
    band: str | None = None  # of turnover; None of who is no client
    band_since: str | None = None  # days, as ISO writes them
    band_as_of: str | None = None
    tags: tuple[str, ...] | None = None  # of the client and their company; None: nobody looked
    debt: int | None = None  # minor units; None: nobody looked
    # Open ones; of deals the largest of each stage and currency, of tasks which of overdue, today and later there are.
    deals: tuple[OpenDeal, ...] | None = None  # None: nobody looked
    tasks: tuple[str, ...] | None = None  # None: nobody looked
    # By name ('contact.segment') what is in the fields that a rule asked of; '': nothing.
    fields: Mapping[str, str | None] = field(default_factory=AskedFields)
    people: Mapping[UUID, Candidate] = field(default_factory=dict)
    teams: Mapping[str, tuple[UUID, ...]] = field(default_factory=dict)  # of the rule that matched

    @property
    def known(self) -> bool:
        return self.caller_kind in {"contact", "company", SHARED}
