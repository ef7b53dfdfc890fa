# SPDX-License-Identifier: Apache-2.0
"""The example that people copy is valid, and mistakes in one's own file are named."""

from pathlib import Path

import pytest

from config.settings import Settings, load_settings
from config.settings_file import SettingsError

EXAMPLE = Path(__file__).parents[3] / "config" / "rolodial.example.toml"


def test_the_example_is_valid():
    settings = load_settings(EXAMPLE, {})
    assert settings.pbx[0].profile.extensions == {"PJSIP/101": "101"}
    assert settings.recordings.spools == {"main": Path("/var/spool/rolodial")}
    assert settings.database_url == "sqlite+aiosqlite:////var/lib/rolodial/rolodial.db"


def test_a_secret_from_a_file(tmp_path):
    (tmp_path / "secret").write_text("s3cret\n")
    environ = {"ROLODIAL_PBX_MAIN_AMI_SECRET_FILE": str(tmp_path / "secret")}
    settings = load_settings(EXAMPLE, environ)
    assert settings.pbx[0].ami.secret == "s3cret"
    assert "s3cret" not in repr(settings)


def test_two_pbxs_of_one_name_are_refused(tmp_path):
    path = tmp_path / "two.toml"
    path.write_text('[[pbx]]\nname = "a"\nami.secret = "x"\n' * 2)
    with pytest.raises(SettingsError, match="same name"):
        load_settings(path, {})


def test_a_mistake_deep_inside_is_named_with_its_line(tmp_path):
    path = tmp_path / "rolodial.toml"
    path.write_text('[[pbx]]\nname = "a"\n[pbx.ami]\nsecret = "x"\nprot = 5038\n')
    with pytest.raises(SettingsError, match=r"rolodial\.toml:5: there is no setting 'pbx\.0\.ami\.prot'"):
        load_settings(path, {})


def test_nothing_set_is_a_rolodial_without_a_pbx(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, {}) == Settings()
