# SPDX-License-Identifier: Apache-2.0
"""The tables of clients: companies, contacts, leads, their numbers, and what they are found by."""

from sqlalchemy import CheckConstraint, Column, Index, Text, text

from crm_core.storage.schema_base import a_ref, a_table, given_index, own_id
from crm_core.storage.types import Big, Flag, Id, Pairs, Texts, UtcDateTime

company = a_table(
    "company",
    own_id(),
    Column("name", Text, nullable=False),
    Column("external_id", Text, unique=True),
    Column("tax_id", Text, index=True),
    a_ref("manager_id", "user_account", null=True),
    Column("tags", Texts, nullable=False, server_default="[]"),  # found by: client_tag
    Column("fields", Pairs, nullable=False, server_default="{}"),  # found by: client_value
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
    given_index("company_parent_id", "parent_id"),
    given_index("company_head_id", "head_id"),
)
contact = a_table(
    "contact",
    own_id(),
    Column("name", Text, nullable=False),
    Column("external_id", Text, unique=True),
    Column("position", Text),
    Column("email", Text),
    Column("note", Text),
    a_ref("company_id", "company", null=True, index=False),
    a_ref("manager_id", "user_account", null=True),
    Column("tags", Texts, nullable=False, server_default="[]"),  # found by: client_tag
    Column("fields", Pairs, nullable=False, server_default="{}"),  # found by: client_value
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
    given_index("contact_company_id", "company_id"),
)
lead = a_table(
    "lead",  # personified by number: an unknown caller
    own_id(),
    Column("e164", Text, nullable=False),
    Column("name", Text),
    Column("status", Text, nullable=False),  # open | completed | merged | not_client | wrong_number | spam
    a_ref("contact_id", "contact", null=True),  # what it was completed or merged into
    Column("manager_id", Id),  # no foreign key: SQLite would have to write the table anew
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    given_index("lead_manager_id_status", "manager_id", "status"),
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
phone_number = a_table(
    "phone_number",
    own_id(),
    Column("e164", Text, nullable=False),  # '+74951234567'; or as typed when it cannot be E.164
    Column("reversed", Text, nullable=False, index=True),  # digits backwards: search by tail
    Column("raw", Text, nullable=False),
    Column("extension", Text),
    Column("kind", Text, nullable=False),  # mobile | work | home | other
    a_ref("contact_id", "contact", null=True, index=False),
    a_ref("company_id", "company", null=True, index=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_phone_number_e164", "e164"),
    CheckConstraint("(contact_id IS NULL) <> (company_id IS NULL)", name="one_owner"),
    given_index("phone_number_contact_id", "contact_id"),
    given_index("phone_number_company_id", "company_id"),
)
search_doc = a_table(
    "search_doc",  # what a contact, a company or a deal is found by; full-text indexes stand over `text` (migrations)
    Column("seq", Big, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),  # contact | company | deal
    Column("owner_id", Id, nullable=False, unique=True),
    Column("text", Text, nullable=False),  # casefolded name, company, e-mail, position; digits of the numbers
    Column("archived", Flag, nullable=False),
)
