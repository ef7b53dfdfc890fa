# SPDX-License-Identifier: Apache-2.0
"""The tables of calls, what CEL said of them, and of clients' timelines."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Text, UniqueConstraint

from crm_core.storage.schema_base import a_ref, a_table, given_index, own_id
from crm_core.storage.types import Flag, Id, Json, Real, UtcDateTime

call = a_table(
    "call",
    own_id(),
    Column("merged_into", Id, ForeignKey("call.id")),
    Column("pbx", Text, nullable=False),
    Column("boot", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("caller", Text),
    Column("caller_name", Text),
    Column("dialled", Text),
    Column("client_e164", Text, index=True),
    Column("client_reversed", Text, index=True),  # digits backwards: search by tail
    Column("trunk", Text),
    Column("queue", Text),
    Column("answered_by", Text),
    Column("final_party", Text),
    Column("answered_user_id", Id, ForeignKey("user_account.id"), index=True),
    Column("disposition", Text),
    Column("missed", Flag, nullable=False),
    Column("started_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("wait_s", Real),
    Column("talk_s", Real, nullable=False),
    Column("hold_s", Real, nullable=False),
    Column("hangup_by", Text),
    Column("transfers", Json, nullable=False),
    Column("talks", Json, nullable=False),
    Column("pauses", Json, nullable=False, server_default="[]"),  # on hold, parked
    Column("uncertain", Json, nullable=False),
    Index("ix_call_started_at_id", "started_at", "id"),
    Index("ix_call_direction_started_at_id", "direction", "started_at", "id"),
    Index("ix_call_disposition_started_at_id", "disposition", "started_at", "id"),
    Index("ix_call_missed_started_at_id", "missed", "started_at", "id"),
    given_index("call_merged_into", "merged_into"),
)
call_linkedid = a_table(
    "call_linkedid",
    Column("pbx", Text, primary_key=True),
    Column("boot", Text, primary_key=True),
    Column("linkedid", Text, primary_key=True),
    a_ref("call_id", "call"),
)
call_leg = a_table(
    "call_leg",
    a_ref("call_id", "call"),
    Column("call_started_at", UtcDateTime),  # the call's: somebody's calls, newest first, by one index
    Column("position", Integer, nullable=False),
    Column("uniqueid", Text, nullable=False),
    Column("device", Text),
    Column("party", Text),
    Column("kind", Text, nullable=False),
    a_ref("user_id", "user_account", null=True, index=False),  # whose device or extension it was at that time
    Column("rang_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("talk_s", Real, nullable=False),
    Column("hold_s", Real, nullable=False),
    Column("end_reason", Text),
    UniqueConstraint("call_id", "position"),
    Index("ix_call_leg_user_id_call_started_at_call_id", "user_id", "call_started_at", "call_id"),
)
witness = a_table(
    "witness",  # what CEL saw of a call, and what came of comparing the two
    own_id(),
    Column("pbx", Text, nullable=False),
    Column("boot", Text, nullable=False),
    Column("linkedid", Text, nullable=False),  # the first
    a_ref("call_id", "call", null=True),
    Column("started_at", UtcDateTime, nullable=False, index=True),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("talk_s", Real, nullable=False),
    Column("recordings", Json, nullable=False),
    Column("state", Text, nullable=False),  # agreed | corrected | unmatched
    Column("differences", Json, nullable=False),
    Column("said", Json, nullable=False),  # the whole WitnessedCall: what comes late is held against it again
    Column("compared_at", UtcDateTime, nullable=False),
)
communication = a_table(
    "communication",
    own_id(),  # of kind call: the call's id
    Column("kind", Text, nullable=False),  # call | meeting | email | sms | chat | social | survey
    Column("call_id", Id, ForeignKey("call.id"), unique=True),
    Column("trigger", Text, nullable=False),  # primary | communication | task | campaign
    Column("trigger_id", Id),
    a_ref("contact_id", "contact", null=True, index=False),
    a_ref("company_id", "company", null=True, index=False),
    a_ref("lead_id", "lead", null=True, index=False),
    a_ref("user_id", "user_account", null=True, index=False),  # who of us
    Column("e164", Text, index=True),
    Column("place", Text),  # where: our number for a call, an address for a meeting
    Column("started_at", UtcDateTime, nullable=False),
    Column("duration_s", Real),
    Column("next_at", UtcDateTime),
    Column("context_kind", Text),  # deal | task
    Column("context_id", Id),
    Column("result", Text),  # chosen by the operator
    Column("note", Text),
    Column("in_statistics", Flag, nullable=False),  # false for spam, wrong numbers, 'not a client'
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_communication_started_at_id", "started_at", "id"),
    Index("ix_communication_user_id_started_at", "user_id", "started_at"),
    given_index("communication_contact_id_started_at", "contact_id", "started_at"),
    given_index("communication_company_id_started_at", "company_id", "started_at"),
    given_index("communication_lead_id_started_at", "lead_id", "started_at"),
)
