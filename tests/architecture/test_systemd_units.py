# SPDX-License-Identifier: Apache-2.0
"""The units: by systemd's own eyes where it is there, and always that they are hardened and start what exists."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.cli import main

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted(DEPLOY.glob("rolodial*.*"))
SERVICES = [path for path in UNITS if path.suffix == ".service"]
HARDENED = {
    "NoNewPrivileges": "true",
    "ProtectSystem": "strict",
    "ProtectHome": "true",
    "PrivateTmp": "true",
    "PrivateDevices": "true",
    "User": "rolodial",
    "CapabilityBoundingSet": "",
}


def read(path):
    """Section -> key -> values, as systemd reads it."""
    sections, section = {}, ""
    for line in path.read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, found, value = line.partition("=")
            assert found, f"{path.name}: {line}"
            sections.setdefault(section, {}).setdefault(key, []).append(value)
    return sections


def test_there_are_three_units():
    assert [path.name for path in UNITS] == [
        "rolodial-backup.service",
        "rolodial-backup.timer",
        "rolodial.service",
    ]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_services_are_hardened(path):
    service = read(path)["Service"]
    assert {key: service.get(key, ["missing"])[-1] for key in HARDENED} == HARDENED
    assert service["StateDirectory"] == ["rolodial"]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_what_they_start_is_a_command_with_these_options(path):
    (line,) = read(path)["Service"]["ExecStart"]
    program, verb, *arguments = shlex.split(line)
    assert Path(program).name == "rolodial"
    helped = CliRunner().invoke(main, [verb, "--help"])
    assert helped.exit_code == 0
    assert all(one in helped.output for one in arguments if one.startswith("--"))


def test_the_server_comes_back_and_the_timer_catches_up():
    service, timer = read(DEPLOY / "rolodial.service"), read(DEPLOY / "rolodial-backup.timer")
    assert service["Service"]["Restart"] == ["always"]
    assert timer["Timer"]["Persistent"] == ["true"]
    assert "# MemoryMax=" in (DEPLOY / "rolodial.service").read_text()


def test_systemd_itself_has_nothing_against_them(tmp_path):
    """Where there is no systemd-analyze, the other tests here have to do."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return
    for path in UNITS:  # their programs are elsewhere, and verify wants to see one
        text = path.read_text().replace("/opt/rolodial/.venv/bin/rolodial", "/bin/true")
        kept = [line for line in text.splitlines() if not line.startswith("Documentation=")]
        (tmp_path / path.name).write_text("\n".join(kept) + "\n")
    done = subprocess.run(
        [analyze, "verify", "--man=no", *(str(tmp_path / path.name) for path in UNITS)],
        check=False,
        capture_output=True,
        text=True,
    )
    ours = [line for line in done.stderr.splitlines() if "rolodial" in line]
    assert ours == []
