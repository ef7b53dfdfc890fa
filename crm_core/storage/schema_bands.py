# SPDX-License-Identifier: Apache-2.0
"""The tables of turnover bands. A client is a contact or a company; both have UUIDv7, so the id alone is a key."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, text

from crm_core.storage.schema import metadata
from crm_core.storage.types import Big, Id, Json, UtcDateTime

band_state = Table(
    "band_state",  # days: proleptic ordinals, as in turnover_day
    metadata,
    Column("client_id", Id, primary_key=True),
    Column("kind", Text, nullable=False),  # contact (of no company) | company
    Column("band", Text, nullable=False),
    Column("since", Integer, nullable=False),
    Column("as_of", Integer, nullable=False),
    Column("below_since", Integer),
    Column("turnover", Big, nullable=False),  # minor units
    Column("currency", Text, nullable=False),
    Column("apart", Json, nullable=False),  # currency without a rate -> amount as text
    Column("next_band", Text),
    Column("next_on", Integer),
    Column("next_pace", Integer),  # 1: at the pace of the last two weeks; 0: if nothing more is bought
    Index("ix_band_state_band", "band", "client_id"),
    Index(
        "ix_band_state_next_on",
        "next_on",
        sqlite_where=text("next_on IS NOT NULL"),
        postgresql_where=text("next_on IS NOT NULL"),
    ),
    sqlite_strict=True,
)
band_change = Table(
    "band_change",
    metadata,
    Column("id", Id, primary_key=True),
    Column("client_id", Id, nullable=False),
    Column("kind", Text, nullable=False),
    Column("day", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),  # when we noticed
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("turnover", Big, nullable=False),
    Column("currency", Text, nullable=False),
    Column("why", Text, nullable=False),  # orders | settings
    Column("hand_over_on", Integer),  # a hand-over that waits for its day
    Column("outcome", Text),  # handed | pinned | theirs | nobody | called_off
    Column("from_manager", Id, ForeignKey("user_account.id")),
    Column("to_manager", Id, ForeignKey("user_account.id")),
    Index("ix_band_change_client_id_day", "client_id", "day"),
    Index("ix_band_change_day", "day"),
    Index(
        "ix_band_change_waiting",
        "hand_over_on",
        sqlite_where=text("hand_over_on IS NOT NULL"),
        postgresql_where=text("hand_over_on IS NOT NULL"),
    ),
    sqlite_strict=True,
)
manager_pin = Table(
    "manager_pin",  # clients whose manager no rule changes
    metadata,
    Column("client_id", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", Text, nullable=False),
    sqlite_strict=True,
)
