# SPDX-License-Identifier: Apache-2.0
"""docs/dialplan.md says what code and dialplan offer, no more and no less; a change of it has a version."""

import re

import pytest

from config.agi import VERBS
from pbx_bridge.agi_verb import CONTRACT
from tests.support.contract import PAGE, digest, names, said, surface

TEXT = PAGE.read_text()
TABLES = said(TEXT)


@pytest.mark.parametrize("section", sorted(surface()))
def test_each_name_is_on_the_page_and_no_other(section):
    told = {name for row in TABLES[section] for name in names(row[0])}
    if section == "Contexts":
        ours = TEXT.partition("\nOurs: ")[2].partition("\n\n")[0]
        told |= set(names(ours))
    if section == "Verbs":
        told = {name for name in told if name.islower()}  # the variables that they set stand there too
    assert told == surface()[section]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_arguments_and_answers_of_a_verb_are_on_the_page_in_their_order(verb):
    row = next(row for row in TABLES["Verbs"] if names(row[0]) == [verb.name])
    assert names(row[1]) == list(verb.arguments)
    assert names(row[2]) == list(verb.sets)


def test_what_a_verb_sets_is_explained():
    explained = {name for row in TABLES["Verbs"] for name in names(row[0])}
    asked = {name.replace("S<n>", "S1") for verb in VERBS for name in verb.sets} - {"ROLODIAL_PONG"}
    assert asked <= explained


def test_a_changed_surface_has_a_version_of_its_own():
    rows = [row for row in TABLES["Versions"] if row[0].isdigit()]
    versions = [int(row[0]) for row in rows]
    assert versions == list(range(1, CONTRACT + 1)), "one row for each version, the last is CONTRACT"
    assert f"Contract version: {CONTRACT}\n" in TEXT
    kept = [names(row[1]) for row in rows]
    assert kept[-1] == [digest()], (
        "the contract has changed: raise CONTRACT in pbx_bridge/agi_verb.py, and give docs/dialplan.md a new row "
        f"| {CONTRACT + 1} | `{digest()}` | what is new |; the rows before stay as they are"
    )
    assert len({tuple(one) for one in kept}) == len(kept)


def test_a_change_is_seen(monkeypatch):
    """The digest is of arguments and answers too, not only of names."""
    before = digest()
    changed = tuple(VERBS[:-1])
    monkeypatch.setattr("tests.support.contract.VERBS", changed)
    assert digest() != before


def test_page_of_the_installer_points_at_the_contract():
    assert re.search(r"\]\(\.\./docs/dialplan\.md\)", (PAGE.parents[1] / "dialplan/README.md").read_text())
