# SPDX-License-Identifier: Apache-2.0
"""A file that another program writes, and what may become of it while we read, and while we do not."""

import json
import os
import random
from pathlib import Path

import pytest

from pbx_bridge.cel.tail import MISSING, CelTail


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "cel" / "rolodial.csv"
    path.parent.mkdir()
    path.touch()
    return path


@pytest.fixture
def tail(file, tmp_path):
    tails = []

    def make(**options):
        tails.append(CelTail(file, tmp_path / "place.json", **options))
        return tails[-1]

    yield make
    for one in tails:
        one.close()


def write(path, *lines):
    with path.open("a") as file:
        file.write("".join(f"{line}\n" for line in lines))


def all_of(tail):
    """Until nothing more comes; a change of files takes a look of its own."""
    found = []
    for _ in range(6):
        found += [line.text for line in tail.read()]
    return found


def test_only_what_is_written_from_now_on(file, tail):
    write(file, "before our time")
    reading = tail()
    assert all_of(reading) == []
    write(file, "one", "two")
    assert all_of(reading) == ["one", "two"]
    assert all_of(reading) == []


def test_a_torn_line_is_read_when_it_is_whole(file, tail):
    reading = tail()
    all_of(reading)
    with file.open("a") as out:
        out.write("on")
        out.flush()
        assert all_of(reading) == []
        out.write("e\ntwo")
    assert all_of(reading) == ["one"]
    write(file, "")
    assert all_of(reading) == ["two"]


def test_a_file_that_appears_late_is_read_from_its_beginning(file, tail):
    file.unlink()
    reading = tail()
    assert all_of(reading) == []
    assert reading.trouble == MISSING
    write(file, "one")
    assert all_of(reading) == ["one"]
    assert reading.trouble == ""


def test_a_file_that_was_put_aside_is_read_to_its_end_first(file, tail):
    reading = tail()
    write(file, "zero")
    all_of(reading)
    write(file, "one")
    file.rename(file.with_name("rolodial.csv.1"))
    write(file.with_name("rolodial.csv.1"), "two")
    assert all_of(reading) == ["one", "two"]
    write(file, "three")
    assert all_of(reading) == ["three"]


def test_a_file_that_was_cut_short_is_read_from_its_beginning(file, tail):
    reading = tail()
    all_of(reading)
    write(file, "one", "two")
    assert all_of(reading) == ["one", "two"]
    os.truncate(file, 0)
    write(file, "3")
    assert all_of(reading) == ["3"]


def test_a_restart_goes_on_where_it_was_told_to(file, tail):
    first = tail()
    all_of(first)
    write(file, "one", "two", "three")
    lines = first.read()
    first.keep(lines[1].mark)
    first.close()
    write(file, "four")
    assert all_of(tail()) == ["two", "three", "four"]


def test_before_the_first_row_came_we_were_killed_and_nothing_of_it_is_passed_over(file, tail):
    file.unlink()
    first = tail()
    assert all_of(first) == []
    first.keep()
    first.close()
    write(file, "one", "two")
    assert all_of(tail()) == ["one", "two"]


def test_a_restart_finds_the_file_that_was_put_aside_meanwhile(file, tail):
    first = tail()
    all_of(first)
    write(file, "one", "two")
    lines = first.read()
    first.keep(lines[1].mark)
    first.close()
    file.rename(file.with_name("rolodial.csv.1"))
    write(file, "three")
    assert all_of(tail()) == ["two", "three"]


def test_two_files_put_aside_while_we_were_away_are_both_read(file, tail):
    first = tail()
    all_of(first)
    write(file, "one")
    first.read()
    first.keep()
    first.close()
    for number, line in ((2, "two"), (1, "three")):
        write(file, line)
        os.utime(file, (1_000_000 - number, 1_000_000 - number))
        file.rename(file.with_name(f"rolodial.csv.{number}"))
    write(file, "four")
    assert all_of(tail()) == ["two", "three", "four"]


def test_another_file_under_the_same_name_is_read_whole(file, tail):
    first = tail()
    all_of(first)
    write(file, "one", "two")
    first.read()
    first.keep()
    first.close()
    file.unlink()
    write(file, "other", "file")
    assert all_of(tail()) == ["other", "file"]


@pytest.mark.parametrize(
    "place", ["", "{", "[]", '{"inode": 1}', '{"inode": "x", "offset": [], "head": 0, "digest": 7}']
)
def test_a_damaged_note_of_the_place_is_as_none(file, tail, tmp_path, place):
    (tmp_path / "place.json").write_text(place)
    write(file, "before")
    reading = tail()
    all_of(reading)
    write(file, "after")
    assert all_of(reading)[-1] == "after"


def test_a_long_file_is_put_aside_once_and_read_on(file, tail):
    reading = tail(aside_bytes=10)
    all_of(reading)
    write(file, "0123456789", "0123456789")
    assert not reading.put_aside()  # not read yet
    assert len(all_of(reading)) == 2
    assert reading.put_aside()
    assert file.with_name("rolodial.csv.1").exists()
    write(file, "next", "0123456789")
    assert all_of(reading) == ["next", "0123456789"]
    assert not reading.put_aside()  # calls of the first one are not done with
    reading.keep()
    assert reading.put_aside()


def test_a_directory_that_may_not_be_written_is_said(file, tail, monkeypatch):
    reading = tail(aside_bytes=1)
    all_of(reading)
    write(file, "one")
    all_of(reading)

    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(file), "rename", refuse)
    assert not reading.put_aside()
    assert reading.aside_trouble == "Permission denied"


def test_an_unreadable_file_is_said_and_read_when_it_can_be(file, tail, monkeypatch):
    reading = tail()
    opened = type(file).open

    def refuse(self, *args, **words):
        if self == file and args == ("rb",):
            raise PermissionError(13, "Permission denied")
        return opened(self, *args, **words)

    monkeypatch.setattr(type(file), "open", refuse)
    assert all_of(reading) == []
    assert reading.trouble == "Permission denied"
    monkeypatch.undo()
    assert all_of(reading) == []
    assert reading.trouble == ""


def test_a_line_without_end_is_given_up(file, tail):
    reading = tail()
    all_of(reading)
    with file.open("a") as out:
        out.write("x" * 300_000 + "\nnext\n")
    assert all_of(reading)[-1] == "next"
    assert reading.torn >= 1


@pytest.mark.parametrize("seed", range(20))
def test_every_line_once_whatever_is_done_with_the_file(file, tail, seed):
    """Written, put aside, read in bits, restarted: nothing is lost; after a restart some is told again."""
    chance = random.Random(seed)
    reading, written, read, marks = tail(), [], [], []
    reading.read()
    reading.keep()
    for number in range(300):
        what = chance.random()
        if what < 0.7:
            write(file, f"line {number}")
            written.append(f"line {number}")
        elif what < 0.75:
            read += all_of(reading)  # one put aside at a time
            reading.keep()
            if file.exists():
                file.rename(file.with_name("rolodial.csv.1"))
        elif what < 0.8:
            reading.close()
            reading = tail()
        else:
            lines = reading.read()
            read += [line.text for line in lines]
            marks += [line.mark for line in lines]
            reading.keep()
    read += all_of(reading)
    assert [line for line in dict.fromkeys(read) if line] == written


def test_a_power_cut_leaves_a_place_that_can_be_read(file, tail, tmp_path, monkeypatch):
    """What has the place's name is on the disk before it gets it; so is the name, when there was none."""
    synced = []

    def fsync(descriptor):
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        told = path.read_text() if path.is_file() else ""
        synced.append((path.name, bool(told) and json.loads(told)["offset"], place.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    place = tmp_path / "place.json"
    reading = tail()
    for line in ("one", "three"):
        write(file, line)
        all_of(reading)
        reading.keep()
    assert synced == [
        ("place.new", 4, False), (tmp_path.name, False, True), ("place.new", 10, True),
    ]  # fmt: skip
