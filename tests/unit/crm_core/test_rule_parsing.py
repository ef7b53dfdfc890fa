# SPDX-License-Identifier: Apache-2.0
"""A rule file with a mistake is refused, with the line of the mistake and what is wanted there."""

import re

import pytest

from config.routing_file import DEFAULT_FILE, RoutingFileError, read_routing_file

GOOD = """\
no_answer_seconds = 60
[hours.office]
zone = "Europe/Moscow"
mon = ["09:00-18:00"]
holidays = [2026-05-01, "01-07"]
[[rule]]
id = "big"
[rule.when]
open = "office"
turnover = { window = "30d", at_least = 200000.50 }
[[rule.step]]
to = "team"
team = "wholesale"
seconds = 15
[[rule.step]]
to = "queue"
queue = "default"
seconds = 120
[[rule]]
id = "rest"
[[rule.step]]
to = "voicemail"
mailbox = "default"
seconds = 60
"""


def read(tmp_path, text):
    path = tmp_path / "routing.toml"
    path.write_text(text)
    return read_routing_file(path, currency="RUB", region="RU")[1]


def test_the_seed_is_good():
    _, rules = read_routing_file(DEFAULT_FILE, currency="RUB", region="RU")
    assert [rule.id for rule in rules.rules] == ["manager-of-large-client", "manager", "wholesale", "retail"]


def test_a_good_file(tmp_path):
    rules = read(tmp_path, GOOD)
    assert rules.rules[0].when[1].at_least == 200_000_50
    assert rules.rules[0].when[0].hours.holidays == {"2026-05-01", "01-07"}
    assert rules.no_answer_s == 60


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('zone = "Europe/Moscow"', 'zone = "Europe/Moskow"', 3, "time zone"),
        ('["09:00-18:00"]', '["9-18"]', 4, "span"),
        ('["09:00-18:00"]', '["25:00-26:00"]', 4, "span"),
        ('"01-07"', '"13-07"', 5, "day is wanted"),
        ("mon =", "monday =", 4, "is not known here"),
        ('open = "office"', 'open = "shop"', 9, "one of office"),
        ("at_least", "atleast", 10, "atleast"),
        ("200000.50", "200000.505", 10, "an amount in RUB"),
        ("200000.50", "nan", 10, "an amount in RUB"),
        ("200000.50", "true", 10, "an amount in RUB"),
        ('"30d"', '"30 days"', 10, "12m, 30d"),
        ('to = "team"', 'to = "teem"', 12, "assigned_manager"),
        ("seconds = 15", "seconds = 0", 14, "from 1 to 3600"),
        ("seconds = 15", 'seconds = "15"', 14, "whole number"),
        ("seconds = 15", "secs = 15", 11, "seconds: is missing"),
        ('queue = "default"', 'queue = "de fault"', 17, "name of a queue"),
        ('queue = "default"', 'queue = "x,b(evil)"', 17, "name of a queue"),
        ('id = "rest"', 'id = "big"', 20, "stands twice"),
        ("no_answer_seconds = 60", "no_answer_seconds = -1", 1, "from 0 to 3600"),
        ("no_answer_seconds = 60", "no_answer = 1", 1, "is not known here"),
        ('mailbox = "default"', "", 21, "mailbox: is missing"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path, old, new, line, says):
    assert old in GOOD
    with pytest.raises(RoutingFileError) as told:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert re.search(rf"routing\.toml:{line}: ", str(told.value)), told.value
    assert says in str(told.value)


def test_the_last_rule_must_have_no_conditions(tmp_path):
    text = GOOD.replace('id = "rest"', 'id = "rest"\n[rule.when]\ncaller = "known"')
    with pytest.raises(RoutingFileError, match=r":21: .*the last rule must have no conditions"):
        read(tmp_path, text)


def test_a_rule_behind_one_without_conditions_is_never_reached(tmp_path):
    first = '[[rule]]\nid = "all"\n[[rule.step]]\nto = "queue"\nqueue = "q"\nseconds = 5\n'
    with pytest.raises(RoutingFileError, match=r":1: .*never reached"):
        read(tmp_path, first + first.replace("all", "rest"))


def test_the_last_step_must_need_nobody(tmp_path):
    text = '[[rule]]\nid = "all"\n[[rule.step]]\nto = "team"\nteam = "retail"\nseconds = 5\n'
    with pytest.raises(RoutingFileError, match=r":4: .*people may all be away"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    ["", "rule = 3\n", "[[rule]\n", "[rule]\nid='x'\n", '[[rule]]\nid = "x"\nstep = 7\n', "hours = 1\n"],
)
def test_nonsense_is_refused(tmp_path, text):
    with pytest.raises(RoutingFileError):
        read(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(RoutingFileError, match="cannot be read"):
        read_routing_file(tmp_path / "none.toml", currency="RUB", region="RU")


def test_a_file_that_is_no_text(tmp_path):
    path = tmp_path / "routing.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RoutingFileError, match="cannot be read"):
        read_routing_file(path, currency="RUB", region="RU")


@pytest.mark.parametrize(
    "condition",
    [
        *('did = "x;y"', "did = []", "did = 7", 'caller = "vip"', "caller = []", 'colour = "red"'),
        *('number_begins = "8916"', "number_begins = []", "number_begins = [7]", 'country = "Russia"'),
        *('number_kind = "satellite"', 'on_list = "vip"', 'trunk = "a b"', 'language = "English"'),
        *('missed_today = "yes"', "missed_today = 1", 'deputy = "ill"', 'open = "house:"'),
    ],
)
def test_a_condition_that_makes_no_sense(tmp_path, condition):
    with pytest.raises(RoutingFileError, match=r":9: "):
        read(tmp_path, GOOD.replace('open = "office"', condition))


def of_step(text):
    return GOOD.replace('to = "team"\nteam = "wholesale"', text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('to = "announce"\nprompt = "../../etc/passwd"', "a sound of the PBX"),
        ('to = "announce"\nprompt = "a,b"', "a sound of the PBX"),
        ('to = "callback"\nprompt = "../1"', "a sound of the PBX"),
        ('to = "skill"\nskill = "english"', "no .skills.NAME. stands in this file"),
        ('to = "deputy"\nif_manager = "ill"', "one or some of assigned, away"),
    ],
)
def test_a_step_that_makes_no_sense(tmp_path, text, says):
    with pytest.raises(RoutingFileError, match=says):
        read(tmp_path, of_step(text))


def test_the_last_step_is_for_everybody(tmp_path):
    text = GOOD.replace('mailbox = "default"', 'mailbox = "default"\nif_manager = "paused"')
    with pytest.raises(RoutingFileError, match="the last step is for everybody"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('[lists.vip]\nnumbers = ["bad"]', "a telephone number"),
        ('[lists.vip]\nbeginnings = ["7495"]', "beginning of a number"),
        ('[lists.vip]\nnumber = ["+79161000001"]', "is not known here"),
        ("[skills.english]\nanna = 11", "from 1 to 10"),
        ('[skills.english]\nanna = "good"', "from 1 to 10"),
    ],
)
def test_a_table_that_makes_no_sense(tmp_path, table, says):
    with pytest.raises(RoutingFileError, match=says):
        read(tmp_path, f"{GOOD}\n{table}\n")


@pytest.mark.parametrize("said", ["2", '"1"', "true"])
def test_a_file_of_another_format_says_so(tmp_path, said):
    with pytest.raises(RoutingFileError, match=r":1: .*this Rolodial reads 1"):
        read(tmp_path, f"format = {said}\n{GOOD}")
    assert read(tmp_path, f"format = 1\n{GOOD}") == read(tmp_path, GOOD)
