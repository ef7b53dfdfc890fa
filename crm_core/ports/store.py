# SPDX-License-Identifier: Apache-2.0
"""The one place where things are kept: transactions, and in each of them one repository for every noun.

A new noun: its dataclasses in crm_core/domain/<noun>.py, a Protocol in crm_core/ports/<noun>.py, `class Sql<Noun>`
in crm_core/storage/<noun>.py, then one line here and one in crm_core/storage/tx.py.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from crm_core.domain.audit import Change
from crm_core.ports.absences import Absences
from crm_core.ports.audit import Audit
from crm_core.ports.balances import Balances
from crm_core.ports.bands import BandBook
from crm_core.ports.callbacks import Callbacks
from crm_core.ports.calls import Calls
from crm_core.ports.changes import Changes
from crm_core.ports.choices import Choices
from crm_core.ports.client_facts import ClientFacts
from crm_core.ports.client_fields import ClientFields
from crm_core.ports.clients import Clients
from crm_core.ports.communications import Communications
from crm_core.ports.credentials import Credentials
from crm_core.ports.deals import Deals
from crm_core.ports.exports import Exports
from crm_core.ports.kept_answers import KeptAnswers
from crm_core.ports.leads import Leads
from crm_core.ports.listings import Listings
from crm_core.ports.lists import Lists
from crm_core.ports.mail import MailSettings
from crm_core.ports.missed import MissedCallers
from crm_core.ports.orders import Orders
from crm_core.ports.outbox import Outbox
from crm_core.ports.people import People
from crm_core.ports.preferences import Preferences
from crm_core.ports.prompts import Prompts
from crm_core.ports.push import Push
from crm_core.ports.recordings import Recordings
from crm_core.ports.routing import RoutingRepository
from crm_core.ports.rule_life import RuleLife
from crm_core.ports.schedules import Schedules
from crm_core.ports.sessions import Sessions
from crm_core.ports.settings import Settings
from crm_core.ports.sharing import Sharing
from crm_core.ports.states import States
from crm_core.ports.surveys import Surveys
from crm_core.ports.tasks import Tasks
from crm_core.ports.voicemails import Voicemails
from crm_core.ports.webhooks import Webhooks
from crm_core.ports.witnesses import Witnesses


class StoreAwayError(Exception):
    """The database does not answer, is locked, full or read-only: the same transaction may go well a little later.

    No CrmError: it says nothing about what was asked for.
    """


class Tx(Protocol):
    """One transaction. Good only inside its `async with`, and only for one task at a time."""

    @property
    def people(self) -> People: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def absences(self) -> Absences: ...
    @property
    def clients(self) -> Clients: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def deals(self) -> Deals: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def calls(self) -> Calls: ...
    @property
    def communications(self) -> Communications: ...
    @property
    def leads(self) -> Leads: ...
    @property
    def listings(self) -> Listings: ...
    @property
    def kept_answers(self) -> KeptAnswers: ...
    @property
    def recordings(self) -> Recordings: ...
    @property
    def states(self) -> States: ...
    @property
    def routing(self) -> RoutingRepository: ...
    @property
    def rule_life(self) -> RuleLife: ...
    @property
    def surveys(self) -> Surveys: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def changes(self) -> Changes: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def schedules(self) -> Schedules: ...
    @property
    def choices(self) -> Choices: ...
    @property
    def lists(self) -> Lists: ...
    @property
    def exports(self) -> Exports: ...
    @property
    def preferences(self) -> Preferences: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def mail(self) -> MailSettings: ...
    @property
    def webhooks(self) -> Webhooks: ...
    @property
    def push(self) -> Push: ...
    @property
    def prompts(self) -> Prompts: ...
    @property
    def balances(self) -> Balances: ...
    @property
    def witnesses(self) -> Witnesses: ...
    @property
    def bands(self) -> BandBook: ...
    @property
    def voicemails(self) -> Voicemails: ...
    @property
    def callbacks(self) -> Callbacks: ...
    @property
    def missed(self) -> MissedCallers: ...
    @property
    def sharing(self) -> Sharing: ...
    @property
    def client_facts(self) -> ClientFacts: ...
    @property
    def client_fields(self) -> ClientFields: ...


class Store(Protocol):
    def begin(self) -> AbstractAsyncContextManager[Tx]:
        """A transaction that may write. Leaving it commits; an exception undoes all of it.

        On SQLite there is one writer: never wait for anything but the store inside.
        """
        ...

    def read(self) -> AbstractAsyncContextManager[Tx]:
        """A snapshot for reading: what it shows does not change while it is open. Writing in it is an error."""
        ...

    def on_commit(self, callback: Callable[[Sequence[Change]], None]) -> Callable[[], None]:
        """Be told of the changes of this process, just after each commit and in its order; returns how to stop.

        Changes made by another process (an import, `rolodial user`) are only in the table `change`: read it with
        `changes.since` from time to time.
        """
        ...

    async def analyse(self) -> None:
        """Tell the planner how large the tables have become: after an import, and every night."""
        ...

    async def close(self) -> None: ...
