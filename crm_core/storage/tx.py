# SPDX-License-Identifier: Apache-2.0
"""One transaction of the database: the repositories over its connection."""

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.audit import Change
from crm_core.storage.absences import SqlAbsences
from crm_core.storage.audit import SqlAudit
from crm_core.storage.balances import SqlBalances
from crm_core.storage.bands import SqlBands
from crm_core.storage.callbacks import SqlCallbacks
from crm_core.storage.calls import SqlCalls
from crm_core.storage.changes import SqlChanges
from crm_core.storage.choices import SqlChoices
from crm_core.storage.client_facts import SqlClientFacts
from crm_core.storage.client_fields import SqlClientFields
from crm_core.storage.clients import SqlClients
from crm_core.storage.communications import SqlCommunications
from crm_core.storage.credentials import SqlCredentials
from crm_core.storage.deals import SqlDeals
from crm_core.storage.exports import SqlExports
from crm_core.storage.kept_answers import SqlKeptAnswers
from crm_core.storage.leads import SqlLeads
from crm_core.storage.listings import SqlListings
from crm_core.storage.lists import SqlLists
from crm_core.storage.mail import SqlMailSettings
from crm_core.storage.missed import SqlMissedCallers
from crm_core.storage.orders import SqlOrders
from crm_core.storage.outbox import SqlOutbox
from crm_core.storage.people import SqlPeople
from crm_core.storage.preferences import SqlPreferences
from crm_core.storage.prompts import SqlPrompts
from crm_core.storage.push import SqlPush
from crm_core.storage.recordings import SqlRecordings
from crm_core.storage.routing import SqlRouting
from crm_core.storage.rule_life import SqlRuleLife
from crm_core.storage.schedules import SqlSchedules
from crm_core.storage.sessions import SqlSessions
from crm_core.storage.settings import SqlSettings
from crm_core.storage.sharing import SqlSharing
from crm_core.storage.states import SqlStates
from crm_core.storage.surveys import SqlSurveys
from crm_core.storage.tasks import SqlTasks
from crm_core.storage.voicemails import SqlVoicemails
from crm_core.storage.webhooks import SqlWebhooks
from crm_core.storage.witnesses import SqlWitnesses


class SqlTx:
    def __init__(self, connection: AsyncConnection) -> None:  # longer: a line for each noun
        self.people = SqlPeople(connection)
        self.sessions = SqlSessions(connection)
        self.credentials = SqlCredentials(connection)
        self.absences = SqlAbsences(connection)
        self.clients = SqlClients(connection)
        self.orders = SqlOrders(connection)
        self.deals = SqlDeals(connection)
        self.tasks = SqlTasks(connection)
        self.calls = SqlCalls(connection)
        self.communications = SqlCommunications(connection)
        self.leads = SqlLeads(connection)
        self.listings = SqlListings(connection)
        self.kept_answers = SqlKeptAnswers(connection)
        self.recordings = SqlRecordings(connection)
        self.states = SqlStates(connection)
        self.routing = SqlRouting(connection)
        self.rule_life = SqlRuleLife(connection)
        self.surveys = SqlSurveys(connection)
        self.audit = SqlAudit(connection)
        self.changes = SqlChanges(connection)
        self.settings = SqlSettings(connection)
        self.schedules = SqlSchedules(connection)
        self.choices = SqlChoices(connection)
        self.lists = SqlLists(connection)
        self.exports = SqlExports(connection)
        self.preferences = SqlPreferences(connection)
        self.outbox = SqlOutbox(connection)
        self.mail = SqlMailSettings(connection)
        self.webhooks = SqlWebhooks(connection)
        self.push = SqlPush(connection)
        self.prompts = SqlPrompts(connection)
        self.balances = SqlBalances(connection)
        self.witnesses = SqlWitnesses(connection)
        self.bands = SqlBands(connection)
        self.voicemails = SqlVoicemails(connection)
        self.callbacks = SqlCallbacks(connection)
        self.missed = SqlMissedCallers(connection)
        self.sharing = SqlSharing(connection)
        self.client_facts = SqlClientFacts(connection)
        self.client_fields = SqlClientFields(connection)

    async def flush(self) -> list[Change]:
        """The last thing before a commit: what is written once for the whole transaction."""
        await self.clients.write_search_text()
        await self.deals.write_search_text()
        return await self.changes.write()
