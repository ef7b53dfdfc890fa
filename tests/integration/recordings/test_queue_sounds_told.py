# SPDX-License-Identifier: Apache-2.0
"""Queues that take the house's sounds are told of them: by a file beside the sounds, and to read it again."""

import uuid

import pytest

from crm_core.ports.pbx import PbxUnavailableError
from recordings.prompt_shelf import LocalPromptShelf


class Queues:
    """The PBX's; `away`: it is not on the line."""

    def __init__(self) -> None:
        self.told, self.away = 0, False

    async def read_again(self):
        if self.away:
            raise PbxUnavailableError
        self.told += 1


@pytest.fixture
def queues():
    return Queues()


@pytest.fixture
def house(tmp_path, queues):
    """Brings sounds of these names; `read` gives what the queues would read."""
    for spool in ("ours", "theirs"):
        (tmp_path / spool).mkdir()
    (tmp_path / "kept").mkdir()
    version = uuid.uuid4()
    (tmp_path / f"kept/{version}.wav").write_bytes(b"sound")
    spools = {"ours": tmp_path / "ours", "theirs": tmp_path / "theirs"}

    class House:
        def __init__(self) -> None:
            self.shelf = LocalPromptShelf(tmp_path / "kept", spools, {"ours": queues.read_again})

        async def bring(self, *names):
            async def wanted():
                return dict.fromkeys(names, version)

            return await self.shelf.deliver(wanted)

        def read(self, pbx="ours"):
            file = spools[pbx] / "prompts/queue-sounds.conf"
            return file.read_text() if file.exists() else ""

    return House()


async def test_queues_say_a_sound_once_it_is_there_and_no_more_when_it_is_gone(house, queues, tmp_path):
    await house.bring("queue-thereare", "closed")
    assert f"queue-thereare = {tmp_path}/ours/prompts/queue-thereare\n" in house.read()
    assert (tmp_path / "ours/prompts/queue-thereare.wav").read_bytes() == b"sound"
    assert queues.told == 1
    await house.bring("queue-thereare", "closed", "open")
    assert queues.told == 1, "nothing of theirs is new"
    await house.bring("closed")
    assert (queues.told, "announce-position" in house.read()) == (2, False)
    assert house.read("theirs") == "", "whose queues.conf does not take it"


async def test_a_pbx_that_was_off_the_line_is_told_later(house, queues):
    queues.away = True
    (ours, _) = await house.bring("queue-youarenext")
    assert (ours.trouble, queues.told) == ("", 0)
    queues.away = False
    await house.bring("queue-youarenext")
    await house.bring("queue-youarenext")
    assert queues.told == 1


async def test_after_a_start_it_is_told_once_for_what_was_told_last_may_be_lost(house, queues):
    await house.bring("queue-youarenext")
    house.__init__()
    await house.bring("queue-youarenext")
    assert queues.told == 2


async def test_a_house_without_sounds_leaves_the_spool_as_it_is(house, tmp_path):
    await house.bring()
    assert not (tmp_path / "ours/prompts").exists()
