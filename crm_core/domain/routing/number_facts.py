# SPDX-License-Identifier: Apache-2.0
"""What the numbering plan says of a caller's number: looked up when a rule first asks, and kept."""

from collections.abc import Mapping

from crm_core.domain.phone import LINE_KINDS, country, line_kind

COUNTRY, KIND = "country", "kind"
NUMBER_KINDS = (*LINE_KINDS.values(), "other")
_FIND = {COUNTRY: country, KIND: line_kind}


class NumberFacts(dict[str, str]):
    """'' for a caller without a number. What was stored is believed: numbering plans change."""

    def __init__(self, number: str | None, stored: Mapping[str, str] | None = None) -> None:
        super().__init__(stored or {})
        self._number = number

    def __missing__(self, key: str) -> str:
        found = self[key] = _FIND[key](self._number) if self._number else ""
        return found
