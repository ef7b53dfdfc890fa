# SPDX-License-Identifier: Apache-2.0
"""What the chaos suite writes into the documentation."""

import pytest

from tests.chaos.table import Row, Verdict


@pytest.mark.parametrize(
    ("seen", "written"),
    [
        ("Error: /tmp/rolodial-chaos-1/product/routing.toml:1: no rules", "Error: routing.toml:1: no rules"),
        ("'/var/lib/x y'", "'x y'"),
        ("/calls answers 500", "/calls answers 500"),
        ("at http://127.0.0.1:28264/a/b", "at http://127.0.0.1:28264/a/b"),
        ("tests `unit/test_a.py::test_b`, a/b", "tests `unit/test_a.py::test_b`, a/b"),
        ("one | two\nthree", "one / two three"),
    ],
)
def test_no_directory_of_the_machine_and_no_broken_table(seen, written):
    row = Row(1, "fault", "passes", seen, Verdict.FAILS, 1.0)
    assert row.line == f"| 1 | fault | passes | {written} | NO |"
