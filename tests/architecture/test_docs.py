# SPDX-License-Identifier: Apache-2.0
"""The docs: every command and option they name exists, and every file they point at is there."""

import re
from pathlib import Path

import click
import pytest

from config.cli import main
from web import settings_menu

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "dialplan").glob("*.md")),
]
PLANNED = {"agent"}  # docs/architecture.md says where it will live
SPOKEN = re.compile(
    r"`(?:sudo -u rolodial )?rolodial ([a-z][^`\n]*)`|^(?:sudo -u rolodial )?rolodial ([a-z].*)$",
    re.MULTILINE,
)
MENU = re.compile(r"Settings, ((?:[A-Z]\w* ?)(?:[a-z]+ ?)*)")
ADDRESS = re.compile(r"`(/settings/[a-z]+)")
LINK = re.compile(r"\]\(([^)#\s]+)")


def commands(text):
    for found in SPOKEN.finditer(text):
        yield (found[1] or found[2]).split("#")[0].split()


def resolve(words):
    """The command these words name; its options are looked at too."""
    command, context = main, click.Context(main)
    rest = list(words)
    while isinstance(command, click.Group) and rest and rest[0] != "--help":
        names = rest.pop(0).split("|")
        found = [command.get_command(context, name) for name in names]
        assert all(found), f"rolodial {' '.join(words)}: there is no {'|'.join(names)}"
        command = found[0]
    return command, rest


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_option_that_a_page_names_exists(page):
    for words in (words for words in commands(page.read_text()) if words[0] not in PLANNED):
        command, rest = resolve(words)
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        named = {word.strip("[],.") for word in rest if word.strip("[").startswith("--")}
        assert named <= known, f"rolodial {' '.join(words)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_points_at_is_there(page):
    aims = [aim for aim in LINK.findall(page.read_text()) if "://" not in aim]
    assert [aim for aim in aims if not (page.parent / aim).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_page_of_the_settings_that_a_page_names_is_in_the_menu(page):
    titles, text = tuple(one.title for one in settings_menu.MENU), page.read_text()
    assert [said for said in MENU.findall(text) if not said.startswith(titles)] == []
    assert set(ADDRESS.findall(text)) <= {one.address for one in settings_menu.MENU}


def test_settings_are_found_at_all():
    said = " ".join(page.read_text() for page in PAGES)
    assert len(MENU.findall(said)) > 2
    assert len(ADDRESS.findall(said)) > 1


def test_commands_are_found_at_all():
    verbs = {words[0] for page in PAGES for words in commands(page.read_text())}
    assert {"backup", "restore", "doctor", "migrate", "bench", "route"} <= verbs
