# SPDX-License-Identifier: Apache-2.0
"""What the doctor says of settings, pages and disks, and how: no secret in any of it."""

from dataclasses import replace
from pathlib import Path

import orjson
from click.testing import CliRunner

from config.cli import main
from config.doctor import (
    disk_check,
    report,
    settings_check,
    web_check,
)
from config.doctor.finding import Level, broken, ok, warning, without, worst
from config.settings import PbxSettings, Settings
from pbx_bridge.settings import AmiSettings

FINDINGS = (
    ok("settings", "read"),
    warning("phones", "one is away", "Look."),
    broken("agi", "silent", "Restart."),
)


def one(findings):
    (finding,) = findings
    return finding


class TestPages:
    good = web_check.PagesSeen(base="http://h:1", answer="ours", own="open", foreign="403")

    def levels(self, **change):
        return [(f.check, f.level.value) for f in web_check.judge_pages(replace(self.good, **change))]

    def test_pages_and_socket_well(self):
        assert self.levels() == [("web", "ok"), ("live", "ok")]

    def test_each_way_of_being_wrong(self):
        assert self.levels(own="403")[1] == ("live", "broken")
        assert self.levels(foreign="open")[1] == ("live", "broken")
        assert self.levels(foreign="502")[1] == ("live", "warning")
        assert self.levels(missing=("pbx",))[0] == ("web", "broken")
        assert self.levels(answer="foreign") == [("web", "broken")]
        assert self.levels(answer="silent") == [("web", "broken")]
        assert self.levels(answer="nobody") == []


def test_space_on_disk():
    gib = 1024**3
    levels = [disk_check.judge_space(Path("/"), free, 100 * gib).level for free in (50 * gib, gib, gib // 10)]
    assert levels == [Level.OK, Level.WARNING, Level.BROKEN]


class TestSettings:
    pbx = PbxSettings(name="main", ami=AmiSettings(secret="s3cret-of-ami"))

    def test_no_pbx(self):
        assert Level.BROKEN in [finding.level for finding in settings_check.judge_settings(Settings(), None)]

    def test_a_file_with_a_secret_that_everybody_can_read(self, tmp_path):
        path = tmp_path / "rolodial.toml"
        path.write_text('secret = "s3cret-of-ami"')
        path.chmod(0o644)
        found = list(settings_check.judge_settings(Settings(pbx=(self.pbx,)), path))
        assert found[1].level is Level.WARNING
        path.chmod(0o640)
        assert len(list(settings_check.judge_settings(Settings(pbx=(self.pbx,)), path))) == 1

    def test_ami_over_a_network_without_tls(self):
        far = replace(self.pbx, ami=replace(self.pbx.ami, host="10.0.0.5"))
        assert one(settings_check.judge_road(far)).level is Level.WARNING
        assert not list(settings_check.judge_road(replace(far, ami=replace(far.ami, tls=True))))
        assert not list(settings_check.judge_road(self.pbx))

    def test_no_secret_and_no_control_character_is_shown(self):
        settings = Settings(pbx=(self.pbx,), database="postgresql+asyncpg://me:pa55@127.0.0.1/x")
        secrets = settings_check.secrets_of(settings)
        shown = without(secrets, broken("ami", "s3cret-of-ami\x1b[2J", "postgresql://me:pa55@h"))
        assert (shown.says, shown.advice) == ("*** [2J", "postgresql://me:***@h")


class TestReport:
    def test_the_worst_counts(self):
        assert worst(FINDINGS) is Level.BROKEN
        assert worst(FINDINGS[:2]) is Level.WARNING
        assert worst([]) is Level.OK

    def test_the_table_says_each_with_what_to_do(self):
        table = report.as_table(FINDINGS, 80)
        assert "-> Restart." in table
        assert table.endswith("1 broken, 1 warning, 1 ok")
        assert max(map(len, table.splitlines())) <= 80 + 10  # and colours

    def test_json(self):
        body = orjson.loads(report.as_json(FINDINGS))
        assert body["level"] == "broken"
        assert body["findings"][2] == {
            "check": "agi", "level": "broken", "says": "silent", "advice": "Restart.", "pbx": ""
        }  # fmt: skip


class TestCommand:
    def test_a_wrong_line_of_the_settings_is_named_and_its_secret_is_not_shown(self, tmp_path):
        path = tmp_path / "rolodial.toml"
        path.write_text('[[pbx]]\nname = "main"\n[pbx.ami]\nsecret = 998877\nport = "many"\n')
        done = CliRunner().invoke(main, ["doctor", "--settings", str(path), "--json"])
        assert done.exit_code == 1
        says = orjson.loads(done.output)["findings"][0]["says"]
        assert "rolodial.toml:4" in says
        assert "rolodial.toml:5" in says
        assert "998877" not in done.output
