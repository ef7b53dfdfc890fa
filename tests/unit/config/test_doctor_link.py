# SPDX-License-Identifier: Apache-2.0
"""What the doctor says of AMI and FastAGI: each broken link in its own words."""

from datetime import UTC, datetime, timedelta

import pytest

from config.doctor import (
    agi_check,
    clock_check,
    events_check,
    rights_check,
    users_check,
)
from config.doctor.finding import Level
from config.doctor.trial import Trial
from pbx_bridge.agi_settings import FastAgiSettings
from pbx_bridge.ami_event import parse

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ENOUGH = frozenset(rights_check.NEEDED)


def one(findings):
    (finding,) = findings
    return finding


def event(name, **headers):
    lines = [f"Event: {name}", "Privilege: call,all", *(f"{key}: {value}" for key, value in headers.items())]
    return parse("\r\n".join(lines).encode(), NOON)


class TestClock:
    def judge(self, ahead_s, round_trip_s=0.01):
        middle = NOON.timestamp() + round_trip_s / 2
        return clock_check.judge_clock(
            NOON, NOON + timedelta(seconds=round_trip_s), f"{middle + ahead_s:.6f}"
        )

    def test_clocks_that_agree(self):
        assert self.judge(0.2).level is Level.OK

    @pytest.mark.parametrize(("ahead_s", "said"), [(5, "5.0 s ahead"), (-90, "90.0 s behind")])
    def test_a_clock_that_is_off_is_named_with_its_direction(self, ahead_s, said):
        finding = self.judge(ahead_s)
        assert finding.level is Level.WARNING
        assert said in finding.says

    def test_a_slow_answer_is_not_taken_for_a_wrong_clock(self):
        assert self.judge(1.5, round_trip_s=2).level is Level.OK

    def test_a_pbx_without_a_time(self):
        assert clock_check.judge_clock(NOON, NOON, "").level is Level.WARNING


class TestRights:
    def test_exactly_enough(self):
        assert one(rights_check.judge_rights(ENOUGH, "rolodial")).level is Level.OK

    def test_what_fails_without_a_right_is_said(self):
        finding = one(rights_check.judge_rights(ENOUGH - {"Originate"}, "rolodial"))
        assert finding.level is Level.BROKEN
        assert "click-to-call" in finding.says
        assert "'originate'" in finding.advice

    def test_a_module_that_is_not_loaded_is_not_taken_for_a_right(self):
        finding = one(rights_check.judge_rights(ENOUGH - {"DeviceStateList"}, "rolodial"))
        assert "res_manager_devicestate.so" in finding.advice

    @pytest.mark.parametrize(("action", "right"), [("Command", "command"), ("DBPut", "system")])
    def test_a_shell_is_warned_about(self, action, right):
        finding = one(rights_check.judge_rights(ENOUGH | {action}, "rolodial"))
        assert finding.level is Level.WARNING
        assert f"'{right}'" in finding.says

    def test_what_is_heard(self):
        assert not list(rights_check.judge_read("call,agent", "rolodial"))
        assert not list(rights_check.judge_read(None, "rolodial"))
        assert one(rights_check.judge_read("call", "rolodial")).level is Level.BROKEN
        assert one(rights_check.judge_read("all", "rolodial")).level is Level.WARNING
        assert one(rights_check.judge_read("call,agent,dialplan", "rolodial")).level is Level.WARNING


class TestUsers:
    def test_another_user_with_a_shell_is_named(self):
        finding = users_check.judge_users(
            {"rolodial": "call", "admin": "call, System", "panel": "call"}, "rolodial"
        )
        assert "admin (system)" in finding.says
        assert "panel" not in finding.says

    def test_the_file_is_read_with_templates_and_includes_and_no_secret_of_it_is_kept(self, tmp_path):
        (tmp_path / "manager.conf").write_text(
            "[general]\nenabled = yes\nwrite = all\n[strong](!)\nwrite = system,call ; a shell\nsecret = s1\n"
            '[rolodial]\nsecret = s2\nwrite = call\n#include "manager.d/*.conf"\n'
        )
        (tmp_path / "manager.d").mkdir()
        (tmp_path / "manager.d/a.conf").write_text(
            "[boss](strong)\nsecret = s3\n;[ghost]\n[plain]\nwrite => call\n"
        )
        found = users_check.read_rights(tmp_path / "manager.conf")
        assert found == {"rolodial": "call", "boss": "system,call", "plain": "call"}

    def test_a_file_that_includes_itself_ends(self, tmp_path):
        (tmp_path / "manager.conf").write_text("#include manager.conf\n[a]\nwrite = call\n")
        assert users_check.read_rights(tmp_path / "manager.conf") == {"a": "call"}


class TestEvents:
    def trial(self, *events):
        return Trial("doctor-1", events=list(events))

    def test_a_filter_that_is_missing_is_seen_by_what_it_lets_through(self):
        heard = [event("Newchannel", Linkedid="doctor-1", Timestamp="1.0")]
        finding = one(events_check.judge_events(self.trial(*heard, *[event("VarSet")] * 30), "rolodial"))
        assert finding.level is Level.WARNING
        assert "30 VarSet among 31" in finding.says
        assert one(events_check.judge_events(self.trial(*heard), "rolodial")).level is Level.OK

    def test_no_event_at_all(self):
        other = event("Newchannel", Linkedid="1.2", Timestamp="1.0")
        assert one(events_check.judge_events(self.trial(other), "rolodial")).level is Level.BROKEN

    def test_events_without_a_time(self):
        finding = one(events_check.judge_events(self.trial(event("Hangup", Linkedid="doctor-1")), "rolodial"))
        assert "timestampevents" in finding.advice

    def test_variables_that_events_do_not_carry(self):
        said = "ROLODIAL_CALL,ROLODIAL_STEP,ROLODIAL_REC,ROLODIAL_MESSAGE,VMSTATUS"
        finding = one(events_check.judge_variables(self.trial(), said))
        assert "CALLERID(pres)" in finding.says
        assert one(events_check.judge_variables(self.trial(event("Newchannel")), None)).level is Level.WARNING

    @pytest.mark.parametrize(("said", "complaints"), [("5000", 0), ("100", 1), (None, 0)])
    def test_the_write_time_out(self, said, complaints):
        assert len(list(events_check.judge_write_time_out(said, "rolodial"))) == complaints


class TestAgi:
    ours = FastAgiSettings(port=4573)

    def judge(self, probe, asked="agi://127.0.0.1:4573"):
        return one(agi_check.judge_probe(Trial("d", probe=probe), asked, self.ours, stood_in=False))

    def test_a_quick_answer_and_a_slow_one(self):
        assert self.judge("ok|2.5|").level is Level.OK
        assert self.judge("ok|250|").level is Level.WARNING

    def test_a_wrong_port_is_named_with_the_right_one(self):
        finding = self.judge("failed|0|Connection refused", "agi://127.0.0.1:9")
        assert finding.level is Level.BROKEN
        assert "ROLODIAL_AGI = agi://127.0.0.1:4573" in finding.advice

    @pytest.mark.parametrize("why", ["it is silent", "something else answers there", "Connection refused"])
    def test_what_the_pbx_saw_is_said(self, why):
        assert why in self.judge(f"failed|2000|{why}").says

    def test_a_probe_that_did_not_run(self):
        assert "astagidir" in self.judge("").advice

    def test_a_dialplan_without_an_address(self):
        assert "ROLODIAL_AGI" in self.judge("", "").says

    def host(self, over_http, port=None):
        return list(agi_check.judge_host("agi://10.0.0.1:4573", over_http, FastAgiSettings(http_port=port)))

    def test_another_host_is_warned_about_unless_it_is_asked_over_http(self):
        assert "ROLODIAL_HTTP" in one(self.host("")).advice
        assert self.host("http://10.0.0.1:4574", 4574) == []

    @pytest.mark.parametrize("port", [None, 4575])
    def test_a_wrong_port_over_http(self, port):
        assert one(self.host("http://10.0.0.1:4574", port)).level is Level.BROKEN
