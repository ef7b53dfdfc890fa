# SPDX-License-Identifier: Apache-2.0
"""Trigram indexes over search_doc: FTS5 on SQLite, pg_trgm on PostgreSQL."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SQLITE = (
    """CREATE VIRTUAL TABLE fts_search USING fts5(
        text, content='search_doc', content_rowid='seq', tokenize='trigram', detail='none')""",
    """CREATE TRIGGER fts_search_insert AFTER INSERT ON search_doc BEGIN
        INSERT INTO fts_search (rowid, text) VALUES (new.seq, new.text); END""",
    """CREATE TRIGGER fts_search_delete AFTER DELETE ON search_doc BEGIN
        INSERT INTO fts_search (fts_search, rowid, text) VALUES ('delete', old.seq, old.text); END""",
    """CREATE TRIGGER fts_search_update AFTER UPDATE OF text ON search_doc WHEN old.text <> new.text BEGIN
        INSERT INTO fts_search (fts_search, rowid, text) VALUES ('delete', old.seq, old.text);
        INSERT INTO fts_search (rowid, text) VALUES (new.seq, new.text); END""",
)
_POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX fts_search ON search_doc USING gin (text gin_trgm_ops)",
)


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if is_sqlite else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("restore the backup made before the update")
