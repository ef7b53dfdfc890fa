# SPDX-License-Identifier: Apache-2.0
"""Whether a rule asks of a field of clients what that field can say."""

from crm_core.domain.client_field import ClientField, FieldKind
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.routing.field_conditions import FieldIs
from crm_core.domain.routing.finding import Said

_ORDERED = frozenset({FieldKind.NUMBER, FieldKind.DATE})


def of_field(condition: FieldIs, field: ClientField | None) -> Said:
    """None, or archived: nobody keeps such a field any more."""
    if field is None or field.archived_at is not None:
        yield "no_such_field", True, {"field": condition.field}
        return
    limits = [one for one in (condition.at_least, condition.at_most) if one]
    if limits and field.kind not in _ORDERED:
        yield "field_has_no_limits", True, {"field": field.label}
        return
    for value in (*sorted(condition.values), *limits):
        if not _is_one_of(field, value):
            yield "no_such_value", True, {"field": field.label, "value": value}


def _is_one_of(field: ClientField, value: str) -> bool:
    """As the field keeps it: 12.50 is never there, for it is kept as 12.5."""
    try:
        kept = field.kept(value)
    except InvalidInputError:
        return False
    return kept is not None and kept.lower() == value
