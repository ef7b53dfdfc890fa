# SPDX-License-Identifier: Apache-2.0
# longer: a migration is a list of changes, read from top to bottom
"""The first tables."""

import sqlalchemy as sa
from alembic import op

from crm_core.storage import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # longer: one change after another
    op.create_table(
        "audit",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", types.Id(length=16), nullable=True),
        sa.Column("before", types.Json(), nullable=True),
        sa.Column("after", types.Json(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_at"), ["at"], unique=False)
        batch_op.create_index("ix_audit_kind_record_id", ["kind", "record_id"], unique=False)

    op.create_table(
        "change",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_table(
        "own_number",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_number")),
        sa.UniqueConstraint("e164", name=op.f("uq_own_number_e164")),
        sqlite_strict=True,
    )
    op.create_table(
        "route_decision",
        sa.Column("call_id", types.Id(length=16), nullable=False),
        sa.Column("decided_at", types.UtcDateTime(), nullable=False),
        sa.Column("rule_set_version", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("facts", types.Json(), nullable=False),
        sa.Column("steps", types.Json(), nullable=False),
        sa.Column("trace", types.Json(), nullable=False),
        sa.Column("latency_us", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_route_decision")),
        sqlite_strict=True,
    )
    op.create_table(
        "rule_set",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", types.Json(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("published_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rule_set")),
        sa.UniqueConstraint("digest", name=op.f("uq_rule_set_digest")),
        sqlite_strict=True,
    )
    op.create_table(
        "search_doc",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner_id", types.Id(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("archived", types.Flag(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_search_doc")),
        sa.UniqueConstraint("owner_id", name=op.f("uq_search_doc_owner_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
        sqlite_strict=True,
    )
    op.create_table(
        "team",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "user_account",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("login", name=op.f("uq_user_account_login")),
        sqlite_strict=True,
    )
    op.create_table(
        "api_token",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("scopes", types.Json(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=True),
        sa.Column("last_used_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_api_token_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_user_id"), ["user_id"], unique=False)

    op.create_table(
        "call",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("merged_into", types.Id(length=16), nullable=True),
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("boot", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=True),
        sa.Column("caller_name", sa.Text(), nullable=True),
        sa.Column("dialled", sa.Text(), nullable=True),
        sa.Column("client_e164", sa.Text(), nullable=True),
        sa.Column("client_reversed", sa.Text(), nullable=True),
        sa.Column("trunk", sa.Text(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("final_party", sa.Text(), nullable=True),
        sa.Column("answered_user_id", types.Id(length=16), nullable=True),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("missed", types.Flag(), nullable=False),
        sa.Column("started_at", types.UtcDateTime(), nullable=True),
        sa.Column("answered_at", types.UtcDateTime(), nullable=True),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("wait_s", sa.Double().with_variant(sa.REAL(), "sqlite"), nullable=True),
        sa.Column("talk_s", sa.Double().with_variant(sa.REAL(), "sqlite"), nullable=False),
        sa.Column("hold_s", sa.Double().with_variant(sa.REAL(), "sqlite"), nullable=False),
        sa.Column("hangup_by", sa.Text(), nullable=True),
        sa.Column("transfers", types.Json(), nullable=False),
        sa.Column("talks", types.Json(), nullable=False),
        sa.Column("uncertain", types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_user_id"], ["user_account.id"], name=op.f("fk_call_answered_user_id")
        ),
        sa.ForeignKeyConstraint(["merged_into"], ["call.id"], name=op.f("fk_call_merged_into")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_answered_user_id"), ["answered_user_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_call_client_e164"), ["client_e164"], unique=False)
        batch_op.create_index(batch_op.f("ix_call_client_reversed"), ["client_reversed"], unique=False)
        batch_op.create_index(batch_op.f("ix_call_merged_into"), ["merged_into"], unique=False)
        batch_op.create_index("ix_call_started_at_id", ["started_at", "id"], unique=False)

    op.create_table(
        "company",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("tax_id", sa.Text(), nullable=True),
        sa.Column("manager_id", types.Id(length=16), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["manager_id"], ["user_account.id"], name=op.f("fk_company_manager_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
        sa.UniqueConstraint("external_id", name=op.f("uq_company_external_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("company", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_company_manager_id"), ["manager_id"], unique=False)
        batch_op.create_index("ix_company_name_id", ["name", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_company_tax_id"), ["tax_id"], unique=False)

    op.create_table(
        "operator_device",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("valid_from", types.UtcDateTime(), nullable=False),
        sa.Column("valid_to", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_operator_device_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_device")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("operator_device", schema=None) as batch_op:
        batch_op.create_index("ix_operator_device_pbx_device", ["pbx", "device"], unique=False)
        batch_op.create_index(batch_op.f("ix_operator_device_user_id"), ["user_id"], unique=False)

    op.create_table(
        "operator_extension",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("valid_from", types.UtcDateTime(), nullable=False),
        sa.Column("valid_to", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_operator_extension_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_extension")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("operator_extension", schema=None) as batch_op:
        batch_op.create_index("ix_operator_extension_pbx_extension", ["pbx", "extension"], unique=False)
        batch_op.create_index(batch_op.f("ix_operator_extension_user_id"), ["user_id"], unique=False)

    op.create_table(
        "operator_state",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("started_at", types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_operator_state_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_state")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("operator_state", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_operator_state_user_id"), ["user_id"], unique=False)
        batch_op.create_index("ix_operator_state_user_id_started_at", ["user_id", "started_at"], unique=False)
        batch_op.create_index(
            "uq_operator_state_open",
            ["user_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "session",
        sa.Column("id_hash", sa.Text(), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("seen_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_session_user_id")),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_session")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "team_member",
        sa.Column("team_id", types.Id(length=16), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_team_member_user_id")),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("pk_team_member")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_member_user_id"), ["user_id"], unique=False)

    op.create_table(
        "call_leg",
        sa.Column("call_id", types.Id(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("uniqueid", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("party", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=True),
        sa.Column("rang_at", types.UtcDateTime(), nullable=True),
        sa.Column("answered_at", types.UtcDateTime(), nullable=True),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("talk_s", sa.Double().with_variant(sa.REAL(), "sqlite"), nullable=False),
        sa.Column("hold_s", sa.Double().with_variant(sa.REAL(), "sqlite"), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_leg_call_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_call_leg_user_id")),
        sa.UniqueConstraint("call_id", "position", name=op.f("uq_call_leg_call_id_position")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("call_leg", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_leg_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_call_leg_user_id"), ["user_id"], unique=False)

    op.create_table(
        "call_linkedid",
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("boot", sa.Text(), nullable=False),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("call_id", types.Id(length=16), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_linkedid_call_id")),
        sa.PrimaryKeyConstraint("pbx", "boot", "linkedid", name=op.f("pk_call_linkedid")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("call_linkedid", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_linkedid_call_id"), ["call_id"], unique=False)

    op.create_table(
        "contact",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("company_id", types.Id(length=16), nullable=True),
        sa.Column("manager_id", types.Id(length=16), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.Column("archived_at", types.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_contact_company_id")),
        sa.ForeignKeyConstraint(["manager_id"], ["user_account.id"], name=op.f("fk_contact_manager_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("external_id", name=op.f("uq_contact_external_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_company_id"), ["company_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_manager_id"), ["manager_id"], unique=False)
        batch_op.create_index("ix_contact_name_id", ["name", "id"], unique=False)

    op.create_table(
        "recording",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("call_id", types.Id(length=16), nullable=True),
        sa.Column("pbx", sa.Text(), nullable=False),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("uniqueid", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("bytes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("duration_s", sa.Double().with_variant(sa.REAL(), "sqlite"), nullable=True),
        sa.Column("started_at", types.UtcDateTime(), nullable=True),
        sa.Column("ended_at", types.UtcDateTime(), nullable=True),
        sa.Column("peaks", types.Json(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_recording_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
        sa.UniqueConstraint("pbx", "source_name", name=op.f("uq_recording_pbx_source_name")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_recording_storage_key")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("recording", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recording_call_id"), ["call_id"], unique=False)
        batch_op.create_index(
            "ix_recording_waiting",
            ["pbx", "created_at"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "customer_order",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("contact_id", types.Id(length=16), nullable=True),
        sa.Column("company_id", types.Id(length=16), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "returned",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="0",
            nullable=False,
        ),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("ordered_at", types.UtcDateTime(), nullable=False),
        sa.Column("paid_at", types.UtcDateTime(), nullable=True),
        sa.Column("shipped_at", types.UtcDateTime(), nullable=True),
        sa.Column("returned_at", types.UtcDateTime(), nullable=True),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_customer_order_company_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_customer_order_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_order")),
        sa.UniqueConstraint("number", name=op.f("uq_customer_order_number")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("customer_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_customer_order_company_id"), ["company_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_customer_order_contact_id"), ["contact_id"], unique=False)

    op.create_table(
        "lead",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("contact_id", types.Id(length=16), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_lead_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lead_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index("ix_lead_e164", ["e164"], unique=False)
        batch_op.create_index(
            "uq_lead_open_e164",
            ["e164"],
            unique=True,
            sqlite_where=sa.text("status = 'open'"),
            postgresql_where=sa.text("status = 'open'"),
        )

    op.create_table(
        "phone_number",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("reversed", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("extension", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("contact_id", types.Id(length=16), nullable=True),
        sa.Column("company_id", types.Id(length=16), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(contact_id IS NULL) <> (company_id IS NULL)", name=op.f("ck_phone_number_one_owner")
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_phone_number_company_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_phone_number_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_number")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("phone_number", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_phone_number_company_id"), ["company_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_phone_number_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index("ix_phone_number_e164", ["e164"], unique=False)
        batch_op.create_index(batch_op.f("ix_phone_number_reversed"), ["reversed"], unique=False)

    op.create_table(
        "recording_play",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("recording_id", types.Id(length=16), nullable=False),
        sa.Column("user_id", types.Id(length=16), nullable=False),
        sa.Column("played_at", types.UtcDateTime(), nullable=False),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_recording_play_recording_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_recording_play_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_play")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("recording_play", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recording_play_recording_id"), ["recording_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recording_play_user_id"), ["user_id"], unique=False)

    op.create_table(
        "communication",
        sa.Column("id", types.Id(length=16), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("call_id", types.Id(length=16), nullable=True),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("trigger_id", types.Id(length=16), nullable=True),
        sa.Column("contact_id", types.Id(length=16), nullable=True),
        sa.Column("company_id", types.Id(length=16), nullable=True),
        sa.Column("lead_id", types.Id(length=16), nullable=True),
        sa.Column("user_id", types.Id(length=16), nullable=True),
        sa.Column("e164", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("started_at", types.UtcDateTime(), nullable=False),
        sa.Column("duration_s", sa.Double().with_variant(sa.REAL(), "sqlite"), nullable=True),
        sa.Column("next_at", types.UtcDateTime(), nullable=True),
        sa.Column("context_kind", sa.Text(), nullable=True),
        sa.Column("context_id", types.Id(length=16), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("in_statistics", types.Flag(), nullable=False),
        sa.Column("updated_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_communication_call_id")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_communication_company_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_communication_contact_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_communication_lead_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_communication_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_communication")),
        sa.UniqueConstraint("call_id", name=op.f("uq_communication_call_id")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("communication", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_communication_company_id"), ["company_id"], unique=False)
        batch_op.create_index(
            "ix_communication_company_id_started_at", ["company_id", "started_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_communication_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(
            "ix_communication_contact_id_started_at", ["contact_id", "started_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_communication_e164"), ["e164"], unique=False)
        batch_op.create_index(batch_op.f("ix_communication_lead_id"), ["lead_id"], unique=False)
        batch_op.create_index("ix_communication_lead_id_started_at", ["lead_id", "started_at"], unique=False)
        batch_op.create_index("ix_communication_started_at_id", ["started_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_communication_user_id"), ["user_id"], unique=False)

    op.create_table(
        "turnover_day",
        sa.Column("order_id", types.Id(length=16), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("contact_id", types.Id(length=16), nullable=True),
        sa.Column("company_id", types.Id(length=16), nullable=True),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_turnover_day_company_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_turnover_day_contact_id")),
        sa.ForeignKeyConstraint(["order_id"], ["customer_order.id"], name=op.f("fk_turnover_day_order_id")),
        sa.PrimaryKeyConstraint("order_id", "day", name=op.f("pk_turnover_day")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("turnover_day", schema=None) as batch_op:
        batch_op.create_index("ix_turnover_day_company_id_day", ["company_id", "day"], unique=False)
        batch_op.create_index("ix_turnover_day_contact_id_day", ["contact_id", "day"], unique=False)
        batch_op.create_index("ix_turnover_day_day", ["day"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
