# SPDX-License-Identifier: Apache-2.0
"""Pages by key: the place of the last row says where the next page begins."""

from sqlalchemy import Column, ColumnElement, literal, tuple_

from crm_core.domain.call_history import Cursor


def after_row(at: Column, row_id: Column, cursor: Cursor) -> ColumnElement[bool]:  # type: ignore[type-arg]
    """What comes after it, newest first. The values bear the columns' types, which a plain tuple would not give."""
    place = tuple_(literal(cursor.at, at.type), literal(cursor.id, row_id.type))
    return tuple_(at, row_id) < place
