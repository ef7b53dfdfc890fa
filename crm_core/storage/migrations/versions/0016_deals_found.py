# SPDX-License-Identifier: Apache-2.0
"""Deals are archived, and found by their title and their client's names, as contacts are."""

import sqlalchemy as sa
from alembic import op

from crm_core.domain.search import document
from crm_core.storage import types

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_AT_ONCE = 1000
_id = types.Id(length=16)
_deal = sa.table(
    "deal",
    sa.column("id", _id),
    sa.column("title", sa.Text()),
    sa.column("contact_id", _id),
    sa.column("company_id", _id),
)
_contact = sa.table(
    "contact", sa.column("id", _id), sa.column("name", sa.Text()), sa.column("company_id", _id)
)
_company = sa.table("company", sa.column("id", _id), sa.column("name", sa.Text()))
_search_doc = sa.table(
    "search_doc",
    sa.column("kind", sa.Text()),
    sa.column("owner_id", _id),
    sa.column("text", sa.Text()),
    sa.column("archived", types.Flag()),
)


def upgrade() -> None:
    with op.batch_alter_table("deal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("archived_at", types.UtcDateTime(), nullable=True))
    _write_documents(op.get_bind())


def _write_documents(connection: sa.Connection) -> None:
    """Of the deals there are. The full-text indexes follow the table by themselves."""
    own, firm = _company.alias("own"), _company.alias("firm")
    names = (_deal.c.title, _contact.c.name, own.c.name.label("own"), firm.c.name.label("firm"))
    tables = _deal.outerjoin(_contact, _contact.c.id == _deal.c.contact_id)
    tables = tables.outerjoin(own, own.c.id == _deal.c.company_id)
    tables = tables.outerjoin(firm, firm.c.id == _contact.c.company_id)
    query = sa.select(_deal.c.id, *names).select_from(tables).order_by(_deal.c.id).limit(_AT_ONCE)
    rows = connection.execute(query).all()
    while rows:
        documents = [
            {"kind": "deal", "owner_id": row[0], "text": document(row[1:], ()), "archived": False}
            for row in rows
        ]
        connection.execute(sa.insert(_search_doc), documents)
        rows = connection.execute(query.where(_deal.c.id > rows[-1][0])).all()


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
