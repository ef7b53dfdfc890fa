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
runs = []
{mark}
def test_it():
    runs.append(1)
    print("attempt", len(runs), flush=True)
    if {stands_still}:
        ctypes.PyDLL(None).usleep({stands_still})
    assert len(runs) > {fails}
"""

FIXTURE = """
import ctypes
import pytest
made = []

@pytest.fixture(scope="session")
def below():
    print("below is there", flush=True)
    yield
    print("below is gone", flush=True)

@pytest.fixture(scope="session")
def wide(below):
    made.append(1)
    print("attempt", len(made), flush=True)
    if {stands_still}:
        ctypes.PyDLL(None).usleep({stands_still})
    assert len(made) > {fails}
    return below

def test_it(wide): pass
def test_that(wide): pass
"""


def ran(tmp_path, *, text=TEST, stands_still, fails, mark=""):
    """How often the test ran, how pytest ended, and what it said."""
    (tmp_path / "test_it.py").write_text(text.format(stands_still=stands_still, fails=fails, mark=mark))
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
    assert (re.search(r"test_it\.py::test_it: \d+\.\d s", said) is not None) is (runs > 1)


def test_a_wide_fixture_that_a_stall_spoilt_is_made_again(tmp_path):
    """In pytest a fixture that failed is remembered with what is to be undone after it."""
    times, ended, said = ran(tmp_path, text=FIXTURE, stands_still=LONG, fails=1)
    assert (times, ended) == (2, 0), said
    assert "2 passed" in said
    assert said.count("below is there") == said.count("below is gone")


def test_what_holds_a_short_bound_is_excused_by_a_short_stall(tmp_path):
    times, _, said = ran(tmp_path, stands_still=300_000, fails=1, mark="@pytest.mark.spoilt_by(0.15)")
    assert times == 2, said


def test_what_holds_none_is_not_and_says_how_long_the_machine_stood_still(tmp_path):
    times, _, said = ran(tmp_path, stands_still=300_000, fails=9)
    assert times == 1 or "because the machine stood still" in said  # another stall, a starved machine's own
    stood = re.findall(r"longest stall meanwhile -+\n(\d+\.\d\d) s", said)
    assert float(stood[-1]) > 0.2
