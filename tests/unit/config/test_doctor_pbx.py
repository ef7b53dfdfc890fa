# SPDX-License-Identifier: Apache-2.0
"""What the doctor says of CEL, recordings, dialplan, phones and fallback routes."""

from dataclasses import replace
from pathlib import Path

import pytest

from config.doctor import (
    cel_check,
    contexts_check,
    phones_check,
    recordings_check,
    routes_check,
)
from config.doctor.finding import Level
from config.doctor.trial import CelTail, Trial

CEL_CONF = {
    "general.enable": "yes",
    "general.apps": "dial,queue",
    "general.events": "ALL",
    "manager.enabled": "no",
}
CEL_ROW = {"eventtype": "ROLODIAL_DOCTOR", "userdeftype": "ROLODIAL_DOCTOR"}


def one(findings):
    (finding,) = findings
    return finding


class TestCel:
    def test_a_good_file_and_one_that_cannot_be_asked(self):
        assert not list(cel_check.judge_cel_conf(CEL_CONF))
        assert not list(cel_check.judge_cel_conf(dict.fromkeys(CEL_CONF)))

    @pytest.mark.parametrize(
        ("key", "value", "level", "word"),
        [("general.enable", "no", "broken", "enable"), ("general.apps", "all", "broken", "APP_START"),
         ("general.events", "HANGUP,ANSWER", "warning", "USER_DEFINED"), ("manager.enabled", "yes", "warning", "AMI")],
    )  # fmt: skip
    def test_each_mistake(self, key, value, level, word):
        finding = one(cel_check.judge_cel_conf(CEL_CONF | {key: value}))
        assert finding.level == level
        assert word in finding.says

    def test_rows_in_time_late_strange_and_missing(self, tmp_path):
        file = tmp_path / "cel.csv"

        def judge(**seen):
            return one(cel_check.judge_cel_rows(Trial("d", **seen), file))

        assert judge(cel=[CEL_ROW], cel_after_s=0.1).level is Level.OK
        assert judge(cel=[CEL_ROW], cel_after_s=3).level is Level.WARNING
        assert judge(cel=[{"userdeftype": ""}], cel_after_s=0.1).level is Level.BROKEN
        assert judge(cel_strange="a,b").level is Level.BROKEN
        assert "no such file" in judge().says
        file.touch()
        assert "does not grow" in judge().says
        assert one(cel_check.judge_cel_rows(Trial("d"), None)).level is Level.WARNING

    def test_the_tail_begins_now_waits_for_whole_lines_and_follows_a_new_file(self, tmp_path):
        file = tmp_path / "cel.csv"
        file.write_text("old\n")
        tail = CelTail(file)
        with file.open("a") as out:
            out.write("one\ntw")
        assert tail.lines() == ["one"]
        with file.open("a") as out:
            out.write("o\n")
        assert tail.lines() == ["two"]
        file.rename(tmp_path / "cel.csv.1")
        assert tail.lines() == []
        file.write_text("three\n")
        assert tail.lines() == ["three"]


class TestRecordings:
    def test_the_directory(self, tmp_path):
        assert recordings_check.judge_directory(tmp_path) is None
        assert recordings_check.judge_directory(None).level is Level.WARNING
        assert recordings_check.judge_directory(tmp_path / "away").level is Level.BROKEN

    def test_the_file_of_the_test_call(self):
        def judge(trial, written_to="/spool"):
            return one(recordings_check.judge_file(trial, Path("/spool"), written_to))

        assert judge(Trial("d", file_after_s=0.1)).level is Level.OK
        assert "/other" in judge(Trial("d"), "/other").says
        assert judge(Trial("d")).level is Level.BROKEN
        assert judge(Trial("d"), "").level is Level.BROKEN
        assert judge(Trial("d", file_after_s=0.1, file_left="Permission denied")).level is Level.WARNING


class TestDialplan:
    def test_what_lacks_is_named(self):
        finding = one(contexts_check.judge_lacking([("rolodial-walk", "s"), ("rolodial-sync", "doctor")]))
        assert "rolodial-walk (s), rolodial-sync (doctor)" in finding.says
        assert not list(contexts_check.judge_lacking([]))

    def test_a_pbx_of_another_name(self):
        assert "ROLODIAL_PBX = main" in one(contexts_check.judge_name("", "main")).advice
        assert not list(contexts_check.judge_name("main", "main"))

    def test_a_trunk_that_leads_elsewhere(self):
        ways = {"PJSIP/trunk": ("from-outside", False), "PJSIP/second": ("rolodial-inbound", True)}
        finding = one(contexts_check.judge_ways(ways, "rolodial-inbound", "trunk"))
        assert "PJSIP/trunk (context from-outside)" in finding.says
        assert "second" not in finding.says

    def test_an_extension_the_dialplan_does_not_know(self):
        assert "107" in one(contexts_check.judge_extensions(["107"])).says


class TestPhones:
    def judge(self, *states):
        seen = [phones_check.PhoneSeen(f"p{i}", f"PJSIP/{100 + i}", state) for i, state in enumerate(states)]
        return [(finding.level, finding.says) for finding in phones_check.judge_phones(seen)]

    def test_all_there(self):
        assert self.judge("NOT_INUSE", "INUSE")[0][0] is Level.OK

    def test_who_is_not_registered_is_listed(self):
        ((level, says),) = self.judge("NOT_INUSE", "UNAVAILABLE")
        assert level is Level.WARNING
        assert "1 of 2" in says
        assert "PJSIP/101 of p1" in says
        assert "PJSIP/100" not in says

    def test_a_device_the_pbx_does_not_know(self):
        assert self.judge("INVALID")[0][0] is Level.BROKEN

    def test_nobody_has_a_phone(self):
        assert self.judge()[0][0] is Level.WARNING


class TestRoutes:
    good = routes_check.RoutesSeen(live="v3-1a", is_whole=True, rules=3, compared=5)

    def test_in_step(self):
        assert one(routes_check.judge_routes(self.good)).level is Level.OK

    @pytest.mark.parametrize(
        ("change", "word"),
        [({"rules": None}, "no rule set"), ({"live": None}, "no fallback routes"), ({"rules": 4}, "older rules"),
         ({"is_whole": False}, "being changed"), ({"differing": ("+7916",)}, "1 of 5")],
    )  # fmt: skip
    def test_each_way_of_being_behind(self, change, word):
        finding = one(routes_check.judge_routes(replace(self.good, **change)))
        assert finding.level is Level.WARNING
        assert word in finding.says
