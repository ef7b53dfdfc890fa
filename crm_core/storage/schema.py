# SPDX-License-Identifier: Apache-2.0
"""The tables. Money: minor units and a currency; times: integer UTC microseconds; ids: UUIDv7.

After a change here: `tools/make_migration.py --first` until the first release; then `... 0003 'Why'`.
"""

# longer: one page shows every table; split, nobody sees the whole.

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from crm_core.storage.types import Big, Flag, Id, Json, Real, Texts, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(
    name: str,
    *columns: Column | Index | UniqueConstraint | CheckConstraint,  # type: ignore[type-arg]
    **options: Any,
) -> Table:
    return Table(name, metadata, *columns, sqlite_strict=True, **options)


def _id() -> Column:  # type: ignore[type-arg]
    return Column("id", Id, primary_key=True)


def _ref(name: str, target: str, *, null: bool = False, index: bool = True) -> Column:  # type: ignore[type-arg]
    return Column(name, Id, ForeignKey(f"{target}.id"), nullable=null, index=index)


def _given(name: str, *columns: str) -> Index:
    """Only of rows that have the first column: among a million without it, no planner would look there for a few."""
    has = text(f"{columns[0]} IS NOT NULL")
    return Index(f"ix_{name}_given", *columns, sqlite_where=has, postgresql_where=has)


# --- people -----------------------------------------------------------------------------------
team = _table("team", _id(), Column("name", Text, nullable=False, unique=True))  # 'retail', 'wholesale'
user = _table(
    "user_account",
    _id(),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),  # '' until an invitation is followed
    Column("role", Text, nullable=False),  # operator | supervisor | admin
    Column("locale", Text),
    Column("zone", Text),
    Column("theme", Text),
    Column("email", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("archived_at", UtcDateTime),
    Column("seen_at", UtcDateTime),  # the last request of a browser of theirs, within some minutes
)
team_member = _table(
    "team_member",
    Column("team_id", Id, ForeignKey("team.id"), primary_key=True),
    Column("user_id", Id, ForeignKey("user_account.id"), primary_key=True, index=True),
)
operator_extension = _table(
    "operator_extension",
    _id(),
    _ref("user_id", "user_account"),
    Column("pbx", Text, nullable=False),
    Column("extension", Text, nullable=False),
    Column("valid_from", UtcDateTime, nullable=False),
    Column("valid_to", UtcDateTime),
    Index("ix_operator_extension_pbx_extension", "pbx", "extension"),
)
operator_device = _table(
    "operator_device",
    _id(),
    _ref("user_id", "user_account"),
    Column("pbx", Text, nullable=False),
    Column("device", Text, nullable=False),  # 'PJSIP/101'
    Column("kind", Text, nullable=False),  # desk | browser | mobile
    Column("valid_from", UtcDateTime, nullable=False),
    Column("valid_to", UtcDateTime),
    Index("ix_operator_device_pbx_device", "pbx", "device"),
)
operator_state = _table(
    "operator_state",  # intervals: one open row (ended_at null) a user
    _id(),
    _ref("user_id", "user_account"),
    Column("state", Text, nullable=False),  # offline | available | paused | meeting | wrap_up
    Column("reason", Text),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_operator_state_user_id_started_at", "user_id", "started_at"),
    Index(
        "uq_operator_state_open",
        "user_id",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)
own_number = _table(
    "own_number",  # trunks, extensions, employees' mobiles: never matched to a client
    _id(),
    Column("e164", Text, nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("kind", Text, nullable=False),  # did | mobile | test | other
    Column("pbx", Text),
    Column("line", Text),
    Column("source", Text),
    _ref("team_id", "team", null=True),
    Column("language", Text),
    _ref("schedule_id", "schedule", null=True),
    Column("note", Text),
    Column("user_id", Id),  # whose mobile; no foreign key: SQLite would have to write the table anew
)
schedule = _table(
    "schedule",  # opening hours by name
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("zone", Text, nullable=False),
    Column("days", Json, nullable=False),  # seven lists of [from, to] in minutes
    Column("holidays", Json, nullable=False),
    Column("special", Json, nullable=False),  # [day, [[from, to] ...]]
)
choice = _table(
    "choice",  # what may be chosen: results of talks, stages of deals ...; built-in ones are here once changed
    _id(),
    Column("kind", Text, nullable=False),  # result | pause | stage
    Column("code", Text, nullable=False),
    Column("text", Text),  # null: the built-in words
    Column("position", Integer, nullable=False),
    Column("needs_note", Flag, nullable=False),
    Column("in_statistics", Flag, nullable=False),
    Column("archived_at", UtcDateTime),
    UniqueConstraint("kind", "code"),
)
session = _table(
    "session",
    Column("id_hash", Text, primary_key=True),
    _ref("user_id", "user_account"),
    Column("csrf", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ip", Text),
    Column("user_agent", Text),
)
api_token = _table(
    "api_token",
    _id(),
    Column("token_hash", Text, nullable=False, unique=True),
    _ref("user_id", "user_account"),
    Column("label", Text, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
)
one_time_link = _table(
    "one_time_link",  # one a user: the next takes the place of the one before
    Column("user_id", Id, ForeignKey("user_account.id"), primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("purpose", Text, nullable=False),  # invitation | reset
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)
second_factor = _table(
    "second_factor",
    Column("user_id", Id, ForeignKey("user_account.id"), primary_key=True),
    Column("sealed_secret", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),  # null: shown, not yet proven
    Column("last_step", Big, nullable=False),  # of the last code taken: none is taken twice
)
recovery_code = _table(
    "recovery_code",
    Column("user_id", Id, ForeignKey("user_account.id"), primary_key=True),
    Column("code_hash", Text, primary_key=True),
)
absence = _table(
    "absence",
    _id(),
    _ref("user_id", "user_account"),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    _ref("deputy_id", "user_account", null=True),
    Column("reason", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("cancelled_at", UtcDateTime),
)

kept_answer = _table(
    "kept_answer",  # what a program was answered to a write with an Idempotency-Key; a day
    Column("token_id", Id, primary_key=True),  # no foreign key: a token may be taken back meanwhile
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),  # of the request
    Column("created_at", UtcDateTime, nullable=False, index=True),
    Column("answer", Json),  # null while the first is at work
)

# --- clients ----------------------------------------------------------------------------------
company = _table(
    "company",
    _id(),
    Column("name", Text, nullable=False),
    Column("external_id", Text, unique=True),
    Column("tax_id", Text, index=True),
    _ref("manager_id", "user_account", null=True),
    Column("tags", Texts, nullable=False, server_default="[]"),  # found by: client_tag
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("archived_at", UtcDateTime),
    Column("parent_id", Id),  # no foreign key: SQLite would have to write the table anew
    Column("head_id", Id),  # of the group it belongs to: storage.groups
    Index("ix_company_name_id", "name", "id"),
    Index("ix_company_created_at_id", "created_at", "id"),
    Index("ix_company_updated_at_id", "updated_at", "id"),
    Index("ix_company_manager_id_name_id", "manager_id", "name", "id"),
    Index(
        "ix_company_archived",
        "name",
        "id",
        sqlite_where=text("archived_at IS NOT NULL"),
        postgresql_where=text("archived_at IS NOT NULL"),
    ),
    _given("company_parent_id", "parent_id"),
    _given("company_head_id", "head_id"),
)
contact = _table(
    "contact",
    _id(),
    Column("name", Text, nullable=False),
    Column("external_id", Text, unique=True),
    Column("position", Text),
    Column("email", Text),
    Column("note", Text),
    _ref("company_id", "company", null=True, index=False),
    _ref("manager_id", "user_account", null=True),
    Column("tags", Texts, nullable=False, server_default="[]"),  # found by: client_tag
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("archived_at", UtcDateTime),
    Index("ix_contact_name_id", "name", "id"),
    Index("ix_contact_created_at_id", "created_at", "id"),
    Index("ix_contact_updated_at_id", "updated_at", "id"),
    Index("ix_contact_manager_id_name_id", "manager_id", "name", "id"),
    Index(
        "ix_contact_archived",
        "name",
        "id",
        sqlite_where=text("archived_at IS NOT NULL"),
        postgresql_where=text("archived_at IS NOT NULL"),
    ),
    _given("contact_company_id", "company_id"),
)
lead = _table(
    "lead",  # personified by number: an unknown caller
    _id(),
    Column("e164", Text, nullable=False),
    Column("name", Text),
    Column("status", Text, nullable=False),  # open | completed | merged | not_client | wrong_number | spam
    _ref("contact_id", "contact", null=True),  # what it was completed or merged into
    Column("manager_id", Id),  # no foreign key: SQLite would have to write the table anew
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    _given("lead_manager_id_status", "manager_id", "status"),
    Index(
        "uq_lead_open_e164",
        "e164",
        unique=True,
        sqlite_where=text("status = 'open'"),
        postgresql_where=text("status = 'open'"),
    ),
    Index("ix_lead_e164", "e164"),
    Index("ix_lead_created_at_id", "created_at", "id"),
    Index("ix_lead_status_created_at_id", "status", "created_at", "id"),
)
phone_number = _table(
    "phone_number",
    _id(),
    Column("e164", Text, nullable=False),  # '+74951234567'; or as typed when it cannot be E.164
    Column("reversed", Text, nullable=False, index=True),  # digits backwards: search by tail
    Column("raw", Text, nullable=False),
    Column("extension", Text),
    Column("kind", Text, nullable=False),  # mobile | work | home | other
    _ref("contact_id", "contact", null=True, index=False),
    _ref("company_id", "company", null=True, index=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_phone_number_e164", "e164"),
    CheckConstraint("(contact_id IS NULL) <> (company_id IS NULL)", name="one_owner"),
    _given("phone_number_contact_id", "contact_id"),
    _given("phone_number_company_id", "company_id"),
)
search_doc = _table(
    "search_doc",  # what a contact or company is found by; full-text indexes stand over `text` (migrations)
    Column("seq", Big, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),  # contact | company
    Column("owner_id", Id, nullable=False, unique=True),
    Column("text", Text, nullable=False),  # casefolded name, company, e-mail, position; digits of the numbers
    Column("archived", Flag, nullable=False),
)

# --- orders and turnover ----------------------------------------------------------------------
order = _table(
    "customer_order",
    _id(),
    Column(
        "number", Text, nullable=False, unique=True
    ),  # the order's own number: imports are idempotent by it
    _ref("contact_id", "contact", null=True, index=False),
    _ref("company_id", "company", null=True, index=False),
    Column("status", Text, nullable=False),  # new | shipped | paid | cancelled | returned
    Column("amount", Big, nullable=False),  # minor units
    Column("returned", Big, nullable=False, server_default="0"),
    Column("currency", Text, nullable=False),
    Column("ordered_at", UtcDateTime, nullable=False),
    Column("paid_at", UtcDateTime),
    Column("shipped_at", UtcDateTime),
    Column("returned_at", UtcDateTime),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_customer_order_ordered_at_id", "ordered_at", "id"),
    Index("ix_customer_order_status_ordered_at_id", "status", "ordered_at", "id"),
    Index("ix_customer_order_amount_id", "amount", "id"),
    Index("ix_customer_order_updated_at_id", "updated_at", "id"),
    _given("customer_order_contact_id_ordered_at", "contact_id", "ordered_at"),
    _given("customer_order_company_id_ordered_at", "company_id", "ordered_at"),
)
turnover_day = _table(
    "turnover_day",  # days of the house's zone; which days an order counts on: the basis set
    Column("order_id", Id, ForeignKey("customer_order.id"), primary_key=True),
    Column("day", Integer, primary_key=True),  # proleptic ordinal (date.toordinal)
    Column("contact_id", Id, ForeignKey("contact.id")),
    Column("company_id", Id, ForeignKey("company.id")),  # the order's; else it rolls up to the contact's
    Column("amount", Big, nullable=False),  # minor units; negative: came back
    Column("currency", Text, nullable=False),
    Index("ix_turnover_day_day", "day"),
    _given("turnover_day_contact_id_day", "contact_id", "day"),
    _given("turnover_day_company_id_day", "company_id", "day"),
)

# --- calls ------------------------------------------------------------------------------------
call = _table(
    "call",
    _id(),
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
    _given("call_merged_into", "merged_into"),
)
call_linkedid = _table(
    "call_linkedid",
    Column("pbx", Text, primary_key=True),
    Column("boot", Text, primary_key=True),
    Column("linkedid", Text, primary_key=True),
    _ref("call_id", "call"),
)
call_leg = _table(
    "call_leg",
    _ref("call_id", "call"),
    Column("call_started_at", UtcDateTime),  # the call's: somebody's calls, newest first, by one index
    Column("position", Integer, nullable=False),
    Column("uniqueid", Text, nullable=False),
    Column("device", Text),
    Column("party", Text),
    Column("kind", Text, nullable=False),
    _ref("user_id", "user_account", null=True, index=False),  # whose device or extension it was at that time
    Column("rang_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("talk_s", Real, nullable=False),
    Column("hold_s", Real, nullable=False),
    Column("end_reason", Text),
    UniqueConstraint("call_id", "position"),
    Index("ix_call_leg_user_id_call_started_at_call_id", "user_id", "call_started_at", "call_id"),
)
witness = _table(
    "witness",  # what CEL saw of a call, and what came of comparing the two
    _id(),
    Column("pbx", Text, nullable=False),
    Column("boot", Text, nullable=False),
    Column("linkedid", Text, nullable=False),  # the first
    _ref("call_id", "call", null=True),
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
route_decision = _table(
    "route_decision",
    Column("call_id", Id, primary_key=True),  # no foreign key: it may be written before the call
    Column("decided_at", UtcDateTime, nullable=False),
    Column("rule_set_version", Integer, nullable=False),
    Column("rule", Text, nullable=False),
    Column("facts", Json, nullable=False),  # the whole vector
    Column("steps", Json, nullable=False),
    Column("trace", Json, nullable=False),  # candidates and why each was passed over
    Column("latency_us", Integer, nullable=False),
    Index("ix_route_decision_decided_at_call_id", "decided_at", "call_id"),
)
rule_set = _table(
    "rule_set",
    Column("version", Integer, primary_key=True),
    Column("body", Json, nullable=False),
    Column("source", Text, nullable=False),  # file name or 'editor'
    Column("digest", Text, nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("published_at", UtcDateTime),
)

# --- the client's timeline --------------------------------------------------------------------
communication = _table(
    "communication",
    _id(),  # of kind call: the call's id
    Column("kind", Text, nullable=False),  # call | meeting | email | sms | chat | social | survey
    Column("call_id", Id, ForeignKey("call.id"), unique=True),
    Column("trigger", Text, nullable=False),  # primary | communication | task | campaign
    Column("trigger_id", Id),
    _ref("contact_id", "contact", null=True, index=False),
    _ref("company_id", "company", null=True, index=False),
    _ref("lead_id", "lead", null=True, index=False),
    _ref("user_id", "user_account", null=True, index=False),  # who of us
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
    _given("communication_contact_id_started_at", "contact_id", "started_at"),
    _given("communication_company_id_started_at", "company_id", "started_at"),
    _given("communication_lead_id_started_at", "lead_id", "started_at"),
)
recording = _table(
    "recording",
    _id(),
    Column("call_id", Id, ForeignKey("call.id"), index=True),  # null: not matched yet
    Column("pbx", Text, nullable=False),
    Column("linkedid", Text, nullable=False),
    Column("uniqueid", Text, nullable=False),  # of the recorded (the client's) channel
    Column("state", Text, nullable=False),  # waiting | ready | empty | silent | truncated | damaged | missing
    Column("detail", Text),
    Column("source_name", Text, nullable=False),  # the file's name in the spool, never a path
    Column("storage_key", Text, unique=True),
    Column("media_type", Text),
    Column("bytes", Big),
    Column("duration_s", Real),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("peaks", Json),  # {"client": [0..255 x N], "operator": [...]}
    Column(
        "loudest", Json
    ),  # the greatest sample of each channel: [client, operator]; 16 and less is silence
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("pbx", "source_name"),
    Index(
        "ix_recording_waiting",
        "pbx",
        "created_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)
recording_play = _table(
    "recording_play",
    _id(),
    _ref("recording_id", "recording"),
    _ref("user_id", "user_account"),
    Column("played_at", UtcDateTime, nullable=False),
    Column("ip", Text),
)

recording_pause = _table(
    "recording_pause",  # a stretch of silence by will (card data): the PBX went on and wrote zeros
    _id(),
    _ref("call_id", "call"),
    Column("user_id", Id),
    Column("actor", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),  # null: until the end of the call
)
balance = _table(
    "balance",  # a day that was looked through: calls x CEL x recordings
    Column("day", Text, primary_key=True),  # '2026-11-22', of the house's zone
    Column("run_at", UtcDateTime, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("talks", Integer, nullable=False),  # segments
    Column("recordings", Integer, nullable=False),
    Column("witnessed", Integer, nullable=False),
)
balance_finding = _table(
    "balance_finding",
    _id(),
    Column("day", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),  # what it is about: found again, it is the same finding
    Column("pbx", Text, nullable=False),
    Column("call_id", Id),
    Column("recording_id", Id),
    Column("at", UtcDateTime, nullable=False),
    Column("facts", Json, nullable=False),
    Column("state", Text, nullable=False),  # open | fixed | explained
    Column("actor", Text),  # who fixed or explained it
    Column("note", Text),
    Column("settled_at", UtcDateTime),
    UniqueConstraint("day", "kind", "subject"),
    Index("ix_balance_finding_state_day", "state", "day"),
)

# --- the house's own --------------------------------------------------------------------------
change = _table(
    "change",  # one row for every change, in its transaction: feeds in-memory indexes and screens
    Column("seq", Big, primary_key=True, autoincrement=True),
    Column(
        "kind", Text, nullable=False
    ),  # contact | company | phone_number | order | user | call | communication | ...
    Column("id", Id, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,  # a seq is never given twice, even when old rows are gone
)
audit = _table(
    "audit",
    _id(),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("user_id", Id),  # null: the system, an import, the API
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),  # create | update | archive | restore | login | play | export ...
    Column("kind", Text, nullable=False),
    Column("record_id", Id),
    Column("before", Json),
    Column("after", Json),
    Index("ix_audit_kind_record_id", "kind", "record_id"),
)
outbox = _table(
    "outbox",  # what waits to go out, and what went: at least once, by key only once put in
    _id(),
    Column("kind", Text, nullable=False),  # mail | webhook | push
    Column("target", Text, nullable=False),  # what is dead or alive as one: a server, an end point
    Column("address", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),  # waiting | sent | given_up
    Column("tries", Integer, nullable=False),
    Column("tried_from", UtcDateTime),
    Column("last_error", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("held_until", UtcDateTime),  # a worker has it; dead by then, another may
    Column("settled_at", UtcDateTime),
    Index(
        "ix_outbox_waiting",
        "kind",
        "due_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("ix_outbox_target_state", "target", "state"),
    Index("ix_outbox_state_created_at_id", "state", "created_at", "id"),
)
webhook = _table(
    "webhook",  # programs that are told of events
    _id(),
    Column("url", Text, nullable=False),
    Column("events", Json, nullable=False),  # ["call.missed", "contact.*"]
    Column("secret", Text, nullable=False),  # sealed
    Column("old_secret", Text),  # sealed; signs too until old_until
    Column("old_until", UtcDateTime),
    Column("enabled", Flag, nullable=False),
    Column("seq", Big, nullable=False),  # of `change`: up to there events were made of it
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
webhook_delivery = _table(
    "webhook_delivery",  # each try, with what was answered
    _id(),
    _ref("webhook_id", "webhook", index=False),
    Column("item_id", Id, nullable=False),  # of the outbox, whose rows go earlier
    Column("event", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("headers", Json, nullable=False),
    Column("body", Text, nullable=False),
    Column("status", Integer),
    Column("answer", Text, nullable=False),
    Column("ms", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Index("ix_webhook_delivery_webhook_id_at_id", "webhook_id", "at", "id"),
    Index("ix_webhook_delivery_at", "at"),
)
push_subscription = _table(
    "push_subscription",  # a browser that wants to be told
    _id(),
    _ref("user_id", "user_account"),
    Column("endpoint", Text, nullable=False, unique=True),
    Column("p256dh", Text, nullable=False),
    Column("auth", Text, nullable=False),
    Column("device", Text, nullable=False),  # 'Chrome, Android'
    Column("created_at", UtcDateTime, nullable=False),
)
notify_choice = _table(
    "notify_choice",  # what somebody wants to be told of; no row: the defaults
    Column("user_id", Id, ForeignKey("user_account.id"), primary_key=True),
    Column("missed_push", Flag, nullable=False),
    Column("missed_digest", Flag, nullable=False),
    Column("digest_address", Text, nullable=False),
)
setting = _table("setting", Column("name", Text, primary_key=True), Column("value", Json, nullable=False))

# --- lists: what people keep of them and take from them ------------------------------------------
saved_view = _table(
    "saved_view",  # a view is its address; this is the name somebody gave one
    _id(),
    _ref("user_id", "user_account", index=False),
    Column("list", Text, nullable=False),  # contacts | companies | orders | calls | leads
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),  # 'manager=none&sort=-created'
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("user_id", "list", "name"),
)
export_job = _table(
    "export_job",  # a list on its way into a file; the file lives a day
    _id(),
    _ref("user_id", "user_account"),
    Column("list", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("format", Text, nullable=False),  # xlsx | csv
    Column("state", Text, nullable=False),  # waiting | running | done | failed | cancelled
    Column("rows", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_export_job_state_created_at", "state", "created_at"),
)
preference = _table(
    "preference",  # what somebody set for themselves: 'keys' -> {"answer": "F8"}
    Column("user_id", Id, ForeignKey("user_account.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Json, nullable=False),
)
