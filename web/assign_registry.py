# SPDX-License-Identifier: Apache-2.0
"""Each condition and heir of the rules [[assign]], as web.rule_registry has those of the rules of calls."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from crm_core.domain.routing.assign_rules import Share
from web.rule_registry import CALLERS, CONDITIONS, Entry, Field, Kind
from web.words import N_


def _as(key: str, label: str) -> Entry:
    """Of who may not be calling at all."""
    return replace(CONDITIONS[key], label=label)


ASSIGN_CONDITIONS: Final[Mapping[str, Entry]] = {
    "source": Entry(
        label=N_("They come"),
        said=N_("they come %(value)s"),
        fields=(
            Field(
                kind=Kind.SOME,
                choices={
                    "call": N_("by a call"),
                    "hand": N_("by hand"),
                    "import": N_("from a file"),
                    "api": N_("from a program"),
                },
            ),
        ),
    ),
    "caller": Entry(
        label=N_("It is"),
        said=N_("it is %(value)s"),
        fields=(
            Field(kind=Kind.SOME, choices={key: CALLERS[key] for key in ("contact", "company", "lead")}),
        ),
    ),
    "turnover": CONDITIONS["turnover"],
    "band": CONDITIONS["band"],
    "tag": CONDITIONS["tag"],
    "field": CONDITIONS["field"],
    "debt": CONDITIONS["debt"],
    "deal": CONDITIONS["deal"],
    "task": CONDITIONS["task"],
    "last_operator_days": CONDITIONS["last_operator_days"],
    "did": CONDITIONS["did"],
    "language": replace(
        CONDITIONS["language"],
        label=N_("The language of the number they called is"),
        said=N_("the language of the number they called is %(value)s"),
    ),
    "number_begins": _as("number_begins", N_("Their number begins with")),
    "country": _as("country", N_("Their number is of the country")),
    "number_kind": _as("number_kind", N_("Their number is")),
    "on_list": _as("on_list", N_("Their number is on the list")),
}
HEIRS: Final[Mapping[str, Entry]] = {
    "team": Entry(
        label=N_("Somebody of a team"),
        said={
            Share.FEWEST_CLIENTS.value: N_("of the team %(target)s, who has the fewest clients"),
            Share.ROUND_ROBIN.value: N_("of the team %(target)s, one after another"),
        },
        fields=(
            Field(key="team", label=N_("Team"), kind=Kind.ONE, source="teams"),
            Field(
                key="how",
                label=N_("Who of them"),
                kind=Kind.ONE,
                choices={
                    Share.FEWEST_CLIENTS.value: N_("Who has the fewest clients"),
                    Share.ROUND_ROBIN.value: N_("One after another"),
                },
                usual=Share.FEWEST_CLIENTS.value,
            ),
        ),
    ),
    "first_talk": Entry(
        label=N_("Who talks with them first"),
        said=N_("who talks with them first"),
    ),
    "person": Entry(
        label=N_("One person"),
        said=N_("the person with the login %(target)s"),
        fields=(Field(key="login", label=N_("Person"), kind=Kind.ONE, source="logins"),),
    ),
    "nobody": Entry(label=N_("Nobody"), said=N_("nobody")),
}
