# SPDX-License-Identifier: Apache-2.0
"""`rolodial ami replay --from-journal | refold | export | forget` as people type them."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet

from config.cli import main
from crm_core.storage.secret_box import KEY_FILE, FernetBox
from pbx_bridge.ami_event import parse
from pbx_bridge.journal import Journal
from pbx_bridge.journal_keys import DayKeys
from pbx_bridge.settings import JournalSettings
from tests.support.recordings_of_ami import frames_of, recording

NAME = "inbound_answered_caller_hangs_up"
BOOT = "2026-11-22T15:33:27"


@pytest.fixture(params=[False, True], ids=["plain", "sealed"])
def typed(request, database_url, tmp_path, monkeypatch):
    """A house whose journal holds one recorded call; what a command says there."""
    home = tmp_path / "home"
    home.mkdir()
    (home / KEY_FILE).write_bytes(Fernet.generate_key())
    settings = tmp_path / "rolodial.toml"
    settings.write_text(
        f'home = "{home}"\ndatabase = "{database_url}"\n'
        f'[[pbx]]\nname = "main"\nami = {{ secret = "x" }}\nprofile = {{ trunks = ["PJSIP/trunk"] }}\n'
    )
    monkeypatch.setenv("ROLODIAL_SETTINGS", str(settings))
    keys = DayKeys(home / "journal", FernetBox.of_file(home / KEY_FILE))
    write(Journal(JournalSettings(directory=home / "journal", sealed=request.param), "main", keys))

    def run(*words, code=0):
        done = CliRunner().invoke(main, ["ami", *map(str, words)])
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    return run, home


def write(journal):
    """As of three days ago: today cannot be forgotten."""
    frames = frames_of(recording(NAME))
    at = first = next(stamped for frame in frames if (stamped := parse(frame).at))
    noon = (datetime.now(UTC) - timedelta(days=3)).replace(hour=12)
    for frame in frames:
        at = parse(frame).at or at
        wall = round((noon + (at - first)).timestamp() * 1e6) * 1000
        if not journal._boot:
            journal.opened(0, wall)
            journal.boot(BOOT)
        end = b"\r\n" if frame.startswith(b"Asterisk Call Manager") else b"\r\n\r\n"
        journal.append(frame + end, 0, wall)
    journal.close()


def the_call(run):
    (line,) = run("replay", "--from-journal", "--since", "2020-01-01T00:00Z", "--json").splitlines()
    told = json.loads(line)
    assert (told["file"], told["open"]) == ("journal of main", 0)
    (call,) = told["calls"]
    return call


def test_the_journal_tells_its_calls_and_its_days_can_be_forgotten(typed):
    run, home = typed
    call = the_call(run)
    assert (call["disposition"], call["uncertain"]) == ("answered", [])
    assert "1 calls" in run("replay", "--from-journal", "--pbx", "main", "--since", "2020-01-01")
    assert "0 calls" in run("replay", "--from-journal", "--until", "2020-01-01")
    assert "name no PBX" in run("replay", "--from-journal", "--pbx", "other", "--until", "2020-01-01", code=1)
    run("replay", code=2)
    day = call["started_at"][:10]
    assert "1 segments deleted" in run("forget", day, "--yes")
    assert not list((home / "journal").rglob("*.amij*"))
    assert not list((home / "journal").glob("*.key"))
    assert "today" in run("forget", datetime.now(UTC).date(), "--yes", code=1)


def test_a_period_is_shown_then_written_and_a_call_goes_out_masked(typed, tmp_path):
    run, _ = typed
    call = the_call(run)
    period = ("--since", f"{datetime.now(UTC) - timedelta(days=4):%Y-%m-%dT%H:%M}Z")
    said = run("refold", "--dry-run", *period)
    assert "ADDED" in said
    assert "Nothing was written" in said
    assert "1 added." in run("refold", *period)
    assert "1 same." in run("refold", "--pbx", "main", *period)
    out = tmp_path / "call.amij"
    assert str(out) in run("export", call["call_id"], "-o", out)
    assert call["caller"].encode() not in out.read_bytes()
    again = json.loads(run("replay", out, "--json"))["calls"][0]
    assert again["call_id"] == call["call_id"]
    assert [leg["talk_s"] for leg in again["legs"]] == [leg["talk_s"] for leg in call["legs"]]
    assert "exists" in run("export", call["call_id"], "-o", out, code=1)
    run("export", "01a20562-b536-7c81-b372-dc2bce69c621", "-o", tmp_path / "other", code=1)
    assert not (tmp_path / "other").exists()
