# SPDX-License-Identifier: Apache-2.0
"""A currency as it is typed into a form of a rule."""

from babel.numbers import list_currencies

from crm_core.domain.routing.reading import RuleSetError
from web.words import N_


def currency_of(text: str | None) -> str | None:
    """Raise RuleSetError for one that does not exist."""
    code = (text or "").upper()
    if code and code not in list_currencies():
        raise RuleSetError((), N_("This is not a currency (three letters, as EUR)."))
    return code or None
