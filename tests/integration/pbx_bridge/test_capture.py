# SPDX-License-Identifier: Apache-2.0
"""`rolodial ami capture` keeps what a PBX said, and says what went wrong."""

import asyncio
import os
import signal
import threading

import pytest
from click.testing import CliRunner

from config.asterisk.ports import free_port
from config.cli import main
from pbx_bridge.ami_stream import AmiStream
from pbx_bridge.amij import Kind
from pbx_bridge.segment import Segment
from tests.integration.fake_ami_server import SECRET, FakeAmiServer, event


@pytest.fixture
def server():
    """On a loop of its own: the command makes one too."""
    loop, server = asyncio.new_event_loop(), FakeAmiServer()
    server.lists["CoreShowChannels"] = [event("CoreShowChannel", Uniqueid="1", CallerIDName="Пётр")]
    loop.run_until_complete(server.listen())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def run(*arguments, **options):
    return CliRunner().invoke(main, ["ami", "capture", *map(str, arguments)], **options)


def test_all_that_was_said_is_in_the_file_and_no_secret(server, tmp_path):
    out = tmp_path / "a.amij"
    # Somebody presses Ctrl-C once the channels are told, however long that took.
    server.answers["DeviceStateList"] = lambda _action: os.kill(os.getpid(), signal.SIGINT)
    result = run("--out", out, "--port", server.port, "--seconds", 90, env={"ROLODIAL_AMI_SECRET": SECRET})
    assert result.exit_code == 0, result.output
    segment = Segment(out)
    reads, heard = list(segment), []
    stream = AmiStream({"CoreShowChannel"}, heard.append)
    for read in reads:
        stream.feed(read.data, None)
    assert reads[0].kind is Kind.OPENED
    assert [one["CallerIDName"] for one in heard if one.name == "CoreShowChannel"] == ["Пётр"]
    assert segment.trouble is None
    assert SECRET.encode() + b"\r" not in out.read_bytes()


def test_a_refused_login_is_said_and_leaves_no_file(server, tmp_path):
    out = tmp_path / "a.amij"
    result = run("--out", out, "--port", server.port, "--secret", "wrong")
    assert result.exit_code == 1
    assert "Error: login refused: Authentication failed" in result.output
    assert "wrong" not in result.output
    assert not out.exists()


def test_it_ends_by_itself_and_leaves_no_file_where_nothing_was_said(tmp_path):
    out = tmp_path / "a.amij"
    result = run("--out", out, "--port", free_port(), "--secret", "x", "--seconds", 0.1)
    assert (result.exit_code, "0 frames" in result.output) == (0, True), result.output
    assert not out.exists()


def test_an_older_capture_is_never_overwritten(tmp_path):
    out = tmp_path / "a.amij"
    out.write_text("precious")
    result = run("--out", out, "--secret", "x")
    assert result.exit_code == 1
    assert "exists" in result.output
    assert out.read_text() == "precious"


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    result = run("--out", tmp_path / "no" / "a.amij", "--secret", "x")
    assert result.exit_code == 1
    assert "a.amij cannot be written" in result.output
