# SPDX-License-Identifier: Apache-2.0
"""Every source file opens with its licence, and nothing in the repository names a machine or a registry."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRACKED = subprocess.run(
    ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
).stdout.split("\0")
SOURCES = [name for name in TRACKED if name.endswith((".py", ".sh")) and (ROOT / name).exists()]
LOCKS = [
    name for name in TRACKED if name.startswith("requirements/") or name.endswith(("lock.json", "uv.lock"))
]


@pytest.mark.parametrize("name", SOURCES)
def test_source_opens_with_its_licence(name: str):
    head = (ROOT / name).read_text().splitlines()[:2]
    assert any(line.startswith("# SPDX-License-Identifier: ") for line in head)


@pytest.mark.parametrize("name", LOCKS)
def test_pins_name_no_address(name: str):
    assert not re.search(r"https?://|--index-url|--find-links", (ROOT / name).read_text())
