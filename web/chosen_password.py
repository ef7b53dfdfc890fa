# SPDX-License-Identifier: Apache-2.0
"""A password as two fields of a form say it: long enough, and the same twice."""

from collections.abc import Mapping

from crm_core.domain.credentials import SHORTEST_PASSWORD
from web.forms import text_field
from web.words import N_

_LONGEST = 256  # of a login or a password: argon2 would hash a megabyte as well


def chosen_password(form: Mapping[str, object]) -> tuple[str, dict[str, str]]:
    """The password, and what is wrong with it by field."""
    password, again = text_field(form, "password", _LONGEST), text_field(form, "again", _LONGEST)
    if len(password) < SHORTEST_PASSWORD:
        return password, {"password": N_("A password has ten characters or more.")}
    if len(set(password)) < 4:  # noqa: PLR2004 - 'aaaaaaaaaa', '1212121212'
        return password, {"password": N_("That is too easy to guess: use more different characters.")}
    if password != again:
        return password, {"again": N_("The two are not the same.")}
    return password, {}
