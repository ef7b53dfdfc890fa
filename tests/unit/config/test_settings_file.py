# SPDX-License-Identifier: Apache-2.0
"""Settings: what a person mistypes is named with file and line; secrets come from variables or files."""

from dataclasses import dataclass, field

import pytest
from pydantic import ConfigDict

from config.settings_file import SettingsError, read_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    port: int = 8080


@dataclass(frozen=True, slots=True, kw_only=True)
class Ami:
    secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pbx:
    name: str
    ami: Ami = field(default_factory=Ami)


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    __pydantic_config__ = ConfigDict(extra="forbid")
    web: Web = field(default_factory=Web)
    pbx: tuple[Pbx, ...] = ()


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "rolodial.toml"
        path.write_text(text)
        return path

    return write


def refusal(path, environ=None):
    with pytest.raises(SettingsError) as error:
        read_settings(All, path, environ or {})
    return str(error.value)


def test_nothing_written_means_defaults():
    assert read_settings(All, None, {}) == All()


def test_file_and_variables_together(written, tmp_path):
    (tmp_path / "secret").write_text("s3cret\n")
    path = written('[web]\nport = 1\n[[pbx]]\nname = "main"\n')
    environ = {"ROLODIAL_WEB_PORT": "2", "ROLODIAL_PBX_MAIN_AMI_SECRET_FILE": str(tmp_path / "secret")}
    settings = read_settings(All, path, environ)
    assert (settings.web.port, settings.pbx[0].ami.secret) == (2, "s3cret")


def test_wrong_value_is_named_with_its_line(written):
    assert "rolodial.toml:2: web.port:" in refusal(written('[web]\nport = "many"\n'))


def test_unknown_key_is_named_with_its_line(written):
    assert "rolodial.toml:3: there is no setting 'web.prot'" in refusal(written("[web]\n\nprot = 1\n"))


def test_missing_key_is_named_with_its_table(written):
    assert "rolodial.toml:1: 'pbx.0.name' is needed" in refusal(written("[[pbx]]\nami = {}\n"))


def test_not_toml_at_all(written):
    assert "line 1" in refusal(written("port = = 1"))


def test_no_such_file(tmp_path):
    assert "cannot be read" in refusal(tmp_path / "none.toml")


def test_mistyped_variable_is_named():
    assert "ROLODIAL_WEB_PROT" in refusal(None, {"ROLODIAL_WEB_PROT": "1"})
