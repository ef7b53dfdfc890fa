# SPDX-License-Identifier: Apache-2.0
"""`rolodial pbx`: the dialplan comes into a PBX, is shown before, and goes back again; profiles can be read."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from config.asterisk.plan import DIALPLAN
from config.cli import main
from config.commands.pbx import PROFILES
from config.pbx_files import NothingToBringBackError, back, changes, install, lacking
from config.settings import PbxMode, load_settings

FIRST, SECOND = datetime(2026, 11, 29, 9, tzinfo=UTC), datetime(2026, 11, 29, 10, tzinfo=UTC)
OURS = sorted(path.name for path in DIALPLAN.glob("rolodial*.conf"))


def pbx(*arguments):
    return CliRunner().invoke(main, ["pbx", *arguments])


def files(path):
    return {one.name: one.read_text() for one in path.glob("*.conf")}


@pytest.fixture
def etc(tmp_path):
    (tmp_path / "extensions.conf").write_text('[general]\n#include "rolodial-site.conf"\n')
    (tmp_path / "rolodial-site.conf").write_text("[globals]\nROLODIAL_PBX = main\n")
    (tmp_path / "rolodial.conf").write_text("; an older one\n")
    (tmp_path / "rolodial.conf").chmod(0o640)
    return tmp_path


def test_there_and_back(etc):
    before = files(etc)
    assert [change.name for change in install(etc, FIRST)] == OURS
    installed = files(etc)
    assert {name: installed[name] for name in OURS} == {name: (DIALPLAN / name).read_text() for name in OURS}
    assert installed["rolodial-site.conf"] == before["rolodial-site.conf"]
    assert (etc / "rolodial.conf").stat().st_mode & 0o777 == 0o640
    assert install(etc, SECOND) == [], "what is the same is not touched, and hides no older state"
    assert back(etc) == OURS
    assert files(etc) == before
    with pytest.raises(NothingToBringBackError):
        back(etc)


def test_each_installation_is_taken_back_by_itself(etc):
    install(etc, FIRST)
    (etc / "rolodial-walk.conf").write_text("; mine\n")
    install(etc, SECOND)
    assert back(etc) == ["rolodial-walk.conf"]
    assert (etc / "rolodial-walk.conf").read_text() == "; mine\n"
    assert back(etc) == OURS
    assert not (etc / "rolodial-walk.conf").exists()


def test_what_would_change_is_shown_and_nothing_done(etc):
    before = files(etc)
    told = pbx("diff", "--to", str(etc))
    assert told.exit_code == 1
    assert "-; an older one" in told.output
    assert "+++ rolodial-verbs.conf" in told.output
    assert files(etc) == before
    assert pbx("install", "--to", str(etc)).exit_code == 0
    assert pbx("diff", "--to", str(etc)).exit_code == 0
    told = pbx("back", "--to", str(etc))
    assert "as before  rolodial.conf" in told.output
    assert "dialplan reload" in told.output
    assert changes(etc)


def test_what_the_site_has_to_do_is_said(etc):
    assert list(lacking(etc)) == ['extensions.conf has no line #include "rolodial.conf"']
    (etc / "extensions.conf").write_text('#include rolodial.conf ; ours\n#include "rolodial-site.conf"\n')
    assert list(lacking(etc)) == []
    (etc / "rolodial-site.conf").unlink()
    assert "rolodial-site.conf is missing" in next(lacking(etc))


def test_a_directory_that_is_not_there_is_a_line_not_a_traceback(tmp_path):
    told = pbx("install", "--to", str(tmp_path / "nowhere"))
    assert (told.exit_code, "is no directory" in told.output) == (1, True)
    assert pbx("back", "--to", str(tmp_path)).exit_code == 1


@pytest.mark.parametrize("kind", ["asterisk", "freepbx"])
@pytest.mark.parametrize("mode", list(PbxMode))
def test_a_profile_is_settings_that_can_be_read(kind, mode, tmp_path):
    told = pbx("profile", kind, "--mode", mode.value)
    file = tmp_path / "rolodial.toml"
    file.write_text(told.output.replace('username = "rolodial"', 'secret = "x"\nusername = "rolodial"'))
    only = load_settings(file, {}).pbx[0]
    assert only.mode is mode
    assert (only.spool is not None) is (mode is PbxMode.ROUTE)
    assert only.profile.place("PJSIP/trunk-msk-00000001", "+79161000001", "from-pstn")[0].value == "trunk"
    assert len(list(PROFILES.glob("*.toml"))) == 4
