# SPDX-License-Identifier: Apache-2.0
"""Whatever a page may be refused with has its place in the table that is translated."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

from crm_core.domain.errors import CrmError
from web.words import REFUSALS

_WEB = Path(__file__).parents[3] / "web"
_ASKED = sorted(
    [*_WEB.glob("pages/**/*.py"), *_WEB.glob("middleware/*.py"), _WEB / "forms.py", _WEB / "cursors.py"]
)
# Words of a file, a region or a scope stand in them: they are shown in English.
_WITH_VALUES = {"rule_draft", "transfer_settings", "set_house", "set_password", "issue_token", "hours"}
_NEVER_READ = {
    "Please log in.",  # becomes the login page
    "Something went wrong.",  # the root, never raised
    "a number needs an owner",
    "a name is needed",
}


def _usecases(path):
    """Modules of use cases and ports that a module of the web takes something from."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            (
                "crm_core.usecases",
                "crm_core.ports",
                "crm_core.domain.errors",
                "crm_core.domain.person_sheet",
                "crm_core.domain.absence",
                "crm_core.domain.credentials",
            )
        ):
            yield node.module


def _modules():
    found = {name for path in _ASKED for name in _usecases(path)}
    found |= {"crm_core.usecases.place_call", "crm_core.usecases.access_call"}
    return [Path(importlib.import_module(name).__file__) for name in sorted(found)]


def _raised(path):
    """Each literal with which an error is raised, and '...' for one that is put together."""
    tree = ast.parse(path.read_text())
    named = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            name = getattr(node.exc.func, "id", "")
            if name.endswith("Error") and name not in {"ValueError", "TypeError", "LookupError", "OSError"}:
                said = node.exc.args[0]
                if isinstance(said, ast.Call) and getattr(said.func, "id", "") == "N_":
                    continue  # marked for translation where it stands
                text = said.value if isinstance(said, ast.Constant) else named.get(getattr(said, "id", ""))
                yield text or f"... in line {node.lineno}"


def _docstrings(path):
    name = ".".join(path.relative_to(_WEB.parent).with_suffix("").parts)
    for _name, cls in inspect.getmembers(importlib.import_module(name), inspect.isclass):
        if issubclass(cls, CrmError) and cls.__module__ == name:
            yield str(cls())


@pytest.mark.parametrize("path", [*_ASKED, *_modules()], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_refusal_can_be_said_in_the_readers_language(path):
    said = {*_raised(path), *_docstrings(path)} - _NEVER_READ
    if path.stem in _WITH_VALUES:
        said = {text for text in said if not text.startswith("... in line")}
    assert said <= set(REFUSALS), (
        "add it to REFUSALS in web/words.py; a text with values in it cannot be translated"
    )
