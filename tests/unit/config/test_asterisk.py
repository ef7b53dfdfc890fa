# SPDX-License-Identifier: Apache-2.0
"""A private Asterisk before it runs: mirror, ports, files, CEL lines."""

import socket

import pytest

from config.asterisk.apt_sources import debian_mirror
from config.asterisk.fetch import mmdebstrap_command
from config.asterisk.ports import PortInUseError, free_block, free_port, is_free, need_free
from config.asterisk.program import find_program, in_root
from config.demo.calls import DemoWorldError, place_demo_call
from config.demo.telephony import DemoPorts, plan_telephony
from crm_core.domain.errors import InvalidInputError
from pbx_bridge.cel.rows import NAMES, cel_row


def sources(directory, name, text):
    path = directory / "sources.list.d" / name if name != "sources.list" else directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


DEB822 = """Types: deb
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""


def test_the_mirror_comes_from_deb822_sources(tmp_path):
    sources(tmp_path, "debian.sources", DEB822)
    sources(
        tmp_path,
        "another.sources",
        "Types: deb\nURIs: https://other.example/x\nSuites: nodistro\nComponents: main\n",
    )
    assert debian_mirror(tmp_path) == "http://mirror.example/debian"


def test_the_mirror_comes_from_one_line_sources(tmp_path):
    sources(
        tmp_path,
        "sources.list",
        "# deb http://old.example/debian sid main\n"
        "deb http://mirror.example/debian-security bookworm-security main\n"
        "deb-src http://source.example/debian bookworm main\n"
        "deb [signed-by=/k arch=amd64] https://mirror.example/debian/ bookworm main contrib\n",
    )
    assert debian_mirror(tmp_path) == "https://mirror.example/debian"


def test_a_stanza_that_is_off_or_only_sources_is_no_mirror(tmp_path):
    sources(tmp_path, "debian.sources", DEB822.replace("Types: deb\n", "Types: deb-src\n", 1))
    sources(tmp_path, "off.sources", "Enabled: no\n" + DEB822)
    assert debian_mirror(tmp_path) is None


def test_no_sources_no_mirror(tmp_path):
    assert debian_mirror(tmp_path) is None


def test_without_root_the_fetch_stays_in_a_user_namespace(tmp_path):
    command = mmdebstrap_command(tmp_path, "http://mirror.example/debian", as_root=False)
    assert "--mode=unshare" in command
    assert command[-3:] == ["sid", str(tmp_path), "http://mirror.example/debian"]


def test_an_empty_cache_holds_no_asterisk(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert in_root(tmp_path) is None
    assert find_program(tmp_path) is None or find_program(tmp_path).argv[0].startswith("/usr")


def test_a_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free("127.0.0.1", port)
        with pytest.raises(PortInUseError, match=f"SIP: port {port} on 127.0.0.1 is in use"):
            need_free("SIP", "127.0.0.1", port)


def test_a_free_port_is_free():
    assert is_free("127.0.0.1", free_port())


def test_blocks_are_given_in_turn_and_a_taken_one_is_passed_over():
    first, second = free_block("127.0.0.1"), free_block("127.0.0.1")
    assert len({*range(first, first + 8), *range(second, second + 8)}) == 16
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", second + 8 + 3))
        third = free_block("127.0.0.1")
    assert third % 2 == 0
    assert not third <= second + 8 + 3 < third + 8


@pytest.mark.parametrize("name", ["Olga", 'quote " inside', "back\\slash", '\\",uniqueid:"x', "comma, comma"])
def test_a_line_of_cel_is_read_whatever_the_name(name):
    fields = ["x"] * len(NAMES)
    fields[3] = name
    line = ",".join('"' + text.replace('"', '""') + '"' for text in fields) + "\n"
    assert cel_row(line)["name"] == name
    assert cel_row(line)["eventextra"] == "x"


@pytest.mark.parametrize("line", ["", '"half', "a,b,c\n"])
def test_half_a_line_of_cel_is_no_row(line):
    assert cel_row(line) is None


async def test_a_demo_call_without_the_world_says_so(tmp_path):
    with pytest.raises(DemoWorldError, match="make run"):
        await place_demo_call(tmp_path / "control.json", "+79161000001")


@pytest.mark.parametrize("number", ["", "12", "+7916\r\nAction: x", "+7916@pbx", "а" * 5])
async def test_only_a_number_can_call(tmp_path, number):
    with pytest.raises(InvalidInputError):
        await place_demo_call(tmp_path / "control.json", number)


def test_secrets_of_demo_phones_outlive_a_restart(tmp_path):
    first = plan_telephony(None, tmp_path, DemoPorts(agi=4573)).plan
    second = plan_telephony(None, tmp_path, DemoPorts(agi=4573)).plan
    assert {p.extension: p.secret for p in first.phones} == {p.extension: p.secret for p in second.phones}
    assert first.ami_secret != second.ami_secret
    assert (tmp_path / "phones.json").stat().st_mode & 0o077 == 0
    assert (tmp_path / "world/control.json").stat().st_mode & 0o077 == 0
