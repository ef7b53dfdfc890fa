# SPDX-License-Identifier: Apache-2.0
"""Files and functions stay small enough to read; where longer is plainly clearer, the line says why."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("config", "crm_core", "outgoing", "pbx_bridge", "recordings", "web", "tools", "dialplan")
FILES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "vendor" not in path.parts
)
MAX_FILE, MAX_FUNCTION = 300, 40
LONGER = "# longer:"  # followed by the reason; on the first line of the function, or the file's first ten


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file_and_its_functions_are_small(path: Path):
    text = path.read_text()
    lines = text.splitlines()
    assert len(lines) <= MAX_FILE or any(LONGER in line for line in lines[:10]), f"{len(lines)} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= MAX_FUNCTION or LONGER in lines[node.lineno - 1], f"{node.name}: {length} lines"


def test_there_are_files_to_look_at():
    assert len(FILES) > 10
