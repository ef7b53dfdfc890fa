# SPDX-License-Identifier: Apache-2.0
"""An error in a file that people write names the line they have to look at."""

from config.toml_lines import line_of

TEXT = """\
zone = "Europe/Moscow"

[web]
port = 8080
"odd key" = 1

[[pbx]]
name = "main"
ami.host = "x"
[pbx.profile]
trunks = ["a"]

[[pbx]]
name = "branch"
"""


def test_top_key():
    assert line_of(TEXT, ["zone"]) == 1


def test_key_in_a_table():
    assert line_of(TEXT, ["web", "port"]) == 4
    assert line_of(TEXT, ["web", "odd key"]) == 5


def test_dotted_key():
    assert line_of(TEXT, ["pbx", 0, "ami", "host"]) == 9


def test_array_of_tables_counts():
    assert line_of(TEXT, ["pbx", 1, "name"]) == 14


def test_table_below_an_array():
    assert line_of(TEXT, ["pbx", 0, "profile", "trunks"]) == 11


def test_inside_an_inline_value_its_key_is_named():
    assert line_of(TEXT, ["pbx", 0, "profile", "trunks", 0]) == 11


def test_a_missing_key_points_at_its_table():
    assert line_of(TEXT, ["pbx", 1, "ami"]) == 13


def test_nothing_of_it_is_there():
    assert line_of(TEXT, ["database"]) is None
