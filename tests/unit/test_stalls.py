# SPDX-License-Identifier: Apache-2.0
"""What fails on a machine that stood still is run again; what fails on one that runs is failed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A C function that keeps Python's lock: to every thread of this process the world stands still meanwhile.
LONG = 900_000  # microseconds
TEST = """
import ctypes
import pytest
runs, made = [], []
@pytest.fixture(scope="session")
def wide():
    made.append(1)
    if len(made) <= {unmade}:
        ctypes.PyDLL(None).usleep({stands_still})
        raise RuntimeError
{mark}
def test_it(wide):
    runs.append(1)
    print("attempt", len(runs), flush=True)
    if {stands_still}:
        ctypes.PyDLL(None).usleep({stands_still})
    assert len(runs) > {fails}
def test_another(wide):
    pass  # so the wide fixture is not at its end after a run of the first
"""


def ran(tmp_path, *, stands_still, fails, mark="", unmade=0):
    """How often the test ran, how pytest ended, and what it said."""
    text = TEST.format(stands_still=stands_still, fails=fails, mark=mark, unmade=unmade)
    (tmp_path / "test_it.py").write_text(text)
    argv = [sys.executable, "-m", "pytest", "-s", "-p", "tests.support.stalls", "-p", "no:cacheprovider",
            "-c", "/dev/null", "--rootdir", str(tmp_path), str(tmp_path / "test_it.py")]  # fmt: skip
    alone = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(argv, cwd=ROOT, env=alone, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.count("attempt "), done.returncode, done.stdout


@pytest.mark.parametrize(
    ("stands_still", "fails", "runs", "code"),
    [(LONG, 1, 2, 0), (0, 1, 1, 1), (LONG, 9, 3, 1), (LONG, 0, 1, 0), (0, 0, 1, 0)],
)
def test_only_a_stall_that_was_seen_excuses_a_failure(tmp_path, stands_still, fails, runs, code):
    times, ended, said = ran(tmp_path, stands_still=stands_still, fails=fails)
    assert (times, ended) == (runs, code), said
    assert ("test_it.py::test_it: 0." in said or "test_it.py::test_it: 1." in said) is (runs > 1)


@pytest.mark.parametrize(("mark", "runs"), [("@pytest.mark.spoilt_by(0.15)", 2), ("", 1)])
def test_what_holds_a_short_bound_is_excused_by_a_short_stall(tmp_path, mark, runs):
    times, _, said = ran(tmp_path, stands_still=300_000, fails=1, mark=mark)
    assert times == runs, said


def test_a_wide_fixture_that_could_not_be_made_meanwhile_is_made_anew(tmp_path):
    times, ended, said = ran(tmp_path, stands_still=LONG, fails=0, unmade=2)
    assert (times, ended) == (1, 0), said


def test_a_failure_says_how_long_the_machine_stood_still(tmp_path):
    *_, said = ran(tmp_path, stands_still=300_000, fails=1)
    assert re.search(r"longest stall meanwhile -+\n0\.[23]\d s", said), said
