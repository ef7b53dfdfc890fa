# SPDX-License-Identifier: Apache-2.0
"""What fails on a machine that stood still is run again; what fails on one that runs is failed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A C function that keeps Python's lock: to every thread of this process the world stands still meanwhile.
TEST = """
import ctypes
runs = []
def test_it():
    runs.append(1)
    print("attempt", len(runs), flush=True)
    if {stands_still}:
        ctypes.PyDLL(None).usleep(900_000)
    assert len(runs) > {fails}
"""


def ran(tmp_path, *, stands_still, fails):
    """How often the test ran, how pytest ended, and what it said."""
    (tmp_path / "test_it.py").write_text(TEST.format(stands_still=stands_still, fails=fails))
    argv = [sys.executable, "-m", "pytest", "-s", "-p", "tests.support.stalls", "-p", "no:cacheprovider",
            "-c", "/dev/null", "--rootdir", str(tmp_path), str(tmp_path / "test_it.py")]  # fmt: skip
    alone = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(argv, cwd=ROOT, env=alone, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.count("attempt "), done.returncode, done.stdout


@pytest.mark.parametrize(
    ("stands_still", "fails", "runs", "code"),
    [(True, 1, 2, 0), (False, 1, 1, 1), (True, 9, 3, 1), (True, 0, 1, 0), (False, 0, 1, 0)],
)
def test_only_a_stall_that_was_seen_excuses_a_failure(tmp_path, stands_still, fails, runs, code):
    times, ended, said = ran(tmp_path, stands_still=stands_still, fails=fails)
    assert (times, ended) == (runs, code), said
    assert ("test_it.py::test_it: 0." in said or "test_it.py::test_it: 1." in said) is (runs > 1)
