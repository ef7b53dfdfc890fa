# SPDX-License-Identifier: Apache-2.0
"""For how long what piles up is kept."""

from dataclasses import dataclass, fields

from crm_core.domain.errors import InvalidInputError

LONGEST_DAYS = 36_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """In days; 0 keeps it for ever."""

    recordings: int = 0
    journal: int = 30
    witness: int = 365  # what CEL said of calls, and what it knew better; the corrected call stays
    audit: int = 0
    outgoing: int = 30  # what went out or was given up, and the log of webhooks: clients' data stands in both

    def __post_init__(self) -> None:
        for each in fields(self):
            days = getattr(self, each.name)
            if type(days) is not int or not 0 <= days <= LONGEST_DAYS:
                raise InvalidInputError("a whole number of days is wanted, 0 for ever", field=each.name)
