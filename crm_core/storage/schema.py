# SPDX-License-Identifier: Apache-2.0
"""The tables. Money: minor units and a currency; times: integer UTC microseconds; ids: UUIDv7.

What is older stands here, by subject; younger subjects have files of their own beside these (schema_<subject>).
After a change: `tools/make_migration.py --first` until the first release; then `... 0003 'Why'`.
"""

from crm_core.storage.schema_access import (
    api_token,
    kept_answer,
    one_time_link,
    recovery_code,
    second_factor,
    session,
)
from crm_core.storage.schema_base import metadata
from crm_core.storage.schema_calls import call, call_leg, call_linkedid, communication, witness
from crm_core.storage.schema_clients import company, contact, lead, phone_number, search_doc
from crm_core.storage.schema_decisions import route_decision, rule_set
from crm_core.storage.schema_orders import order, turnover_day
from crm_core.storage.schema_outgoing import (
    notify_choice,
    outbox,
    push_subscription,
    webhook,
    webhook_delivery,
)
from crm_core.storage.schema_people import (
    absence,
    operator_device,
    operator_extension,
    operator_state,
    own_number,
    schedule,
    team,
    team_member,
    user,
)
from crm_core.storage.schema_recordings import (
    balance,
    balance_finding,
    recording,
    recording_pause,
    recording_play,
)
from crm_core.storage.schema_settings import choice, export_job, preference, saved_view, setting
from crm_core.storage.schema_trail import audit, change

__all__ = [
    "absence",
    "api_token",
    "audit",
    "balance",
    "balance_finding",
    "call",
    "call_leg",
    "call_linkedid",
    "change",
    "choice",
    "communication",
    "company",
    "contact",
    "export_job",
    "kept_answer",
    "lead",
    "metadata",
    "notify_choice",
    "one_time_link",
    "operator_device",
    "operator_extension",
    "operator_state",
    "order",
    "outbox",
    "own_number",
    "phone_number",
    "preference",
    "push_subscription",
    "recording",
    "recording_pause",
    "recording_play",
    "recovery_code",
    "route_decision",
    "rule_set",
    "saved_view",
    "schedule",
    "search_doc",
    "second_factor",
    "session",
    "setting",
    "team",
    "team_member",
    "turnover_day",
    "user",
    "webhook",
    "webhook_delivery",
    "witness",
]
