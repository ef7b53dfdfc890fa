# SPDX-License-Identifier: Apache-2.0
"""The telephones in a test of the whole product: SIPp and phones round one Asterisk, and what their clocks say."""

import asyncio
import contextlib
import re
from dataclasses import dataclass
from pathlib import Path

from config.asterisk.instance import AsteriskInstance
from config.asterisk.plan import NumberPlan, PbxPlan, Phone, QueuePlan, pbx_files
from config.asterisk.ports import free_port
from tests.live.lab import CLIENT, CLIENT_HZ, DID, TONES, TRUNK, Lab
from tests.live.sip_phone import SipPhone
from tests.live.sipp_call import Sipp
from tests.live.wire import Wire

MANAGER_DID = "+74951112216"  # the manager, longer than anybody waits
QUEUE_DID = "+74951112210"  # straight to the queue 'sales'
DIRECT_DID = "+74951112211"  # the manager for two seconds, then a queue where nobody is
VOICE_DID = "+74951112212"  # straight to the default mailbox
NO_BOX_DID = "+74951112213"  # to a mailbox that does not exist
PROMPT_DID = "+74951112214"  # a sound of the house, then the queue 'sales'
OFFER_DID = "+74951112215"  # 'press 1 to be called back', then the queue 'sales'
_DAY_S = 86_400
_BLOCK = re.compile(r"^-{20,} (?=\d{4}-)", re.MULTILINE)


def make_plan() -> PbxPlan:
    return PbxPlan(
        agi=f"agi://127.0.0.1:{free_port()}",
        trunk_host=CLIENT,
        trunk_port=free_port(CLIENT),
        phones=tuple(_phone(extension) for extension in TONES),
        queues=(
            QueuePlan(name="default", members=("102",), extension="600"),
            QueuePlan(name="sales", members=("103", "104"), extension="601"),
        ),
        queue_seconds=6,
        out_number=DID,
        numbers=NumberPlan(allowed=("_+7XXXXXXXXXX",)),
    )


def _phone(extension: str) -> Phone:
    host = f"127.0.0.{70 + int(extension) - 100}"
    return Phone(
        extension=extension,
        name=f"Phone {extension}",
        stand_in=f"sip:{extension}@{host}:{free_port(host)}",
    )


def make_pbx(program, plan: PbxPlan, home: Path) -> AsteriskInstance:
    return AsteriskInstance(program, home, lambda found, at, run: pbx_files(plan, found, at, run))


@dataclass
class Floor(Lab):
    """As the lab, but what the product told Asterisk stays."""

    async def clean(self, work: Path) -> None:
        self.work = work
        await self.pbx.cli("dialplan set global ROLODIAL_OFF_UNTIL 0")

    async def until(self, condition, within: float = 60.0):
        return await super().until(condition, within)

    def caller(self, number: str) -> SipPhone:
        """A client who waits, presses and leaves when the test says so."""
        phone = SipPhone(number, "", (CLIENT, 0), self.sip, CLIENT_HZ)
        phone.has_keys = True
        return phone

    async def is_in(self, application: str, number: str) -> bool:
        """Where the dialplan has a client just now."""
        return any(f"!{application}!" in line and number in line for line in await self.channels())

    def world(self, *answers: tuple[str, str]) -> "World":
        """Everybody out there; who is named by their number's end does not answer but says that status."""
        return World(dict(answers), self.sip, self.wires[TRUNK])


class World(SipPhone):
    def __init__(self, answers: dict[str, str], pbx: tuple[str, int], wire: Wire) -> None:
        super().__init__("world", "", (wire.host, 0), pbx, CLIENT_HZ, wire)
        self.answers = answers

    async def _take(self, invite) -> None:
        number = re.search(r"sip:([^@]+)@", invite.start)[1]
        self.refuses = next((say for end, say in self.answers.items() if number.endswith(end)), "")
        await super()._take(invite)


def since(one: float, other: float) -> float:
    """From one moment to another, both seconds of the day; it may be midnight between them."""
    return (other - one + _DAY_S / 2) % _DAY_S - _DAY_S / 2


@dataclass(frozen=True)
class Heard:
    """One call by SIPp's own clock, in seconds of the day."""

    invited: float
    answered: float | None
    over: float

    @property
    def talk_s(self) -> float:
        return since(self.answered, self.over) if self.answered else 0.0

    @property
    def wait_s(self) -> float:
        return since(self.invited, self.answered or self.over)


def clock_of(sipp: Sipp) -> Heard:
    """From the messages this SIPp sent and received."""
    said = [
        (_seconds(block), start, block) for block in _blocks(sipp.messages()) if (start := _start_line(block))
    ]
    invited = next(at for at, start, _ in said if start.startswith("INVITE"))
    answered = next(
        (at for at, start, block in said if start.startswith("SIP/2.0 200") and _to_invite(block)), None
    )
    over = next(
        at for at, start, block in said
        if start.startswith(("BYE", "CANCEL")) or re.match(r"SIP/2.0 [4-6](?!01)", start)
    )  # fmt: skip
    return Heard(invited, answered, over)


def _blocks(text: str) -> list[str]:
    return [block for block in _BLOCK.split(text) if block.strip()]


def _seconds(block: str) -> float:
    hours, minutes, seconds = re.search(r"(\d+):(\d+):(\d+\.\d+)", block).groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _start_line(block: str) -> str:
    return next((line for line in block.splitlines()[2:] if line.strip()), "")


def _to_invite(block: str) -> bool:
    return re.search(r"^CSeq:\s*\d+ INVITE", block, re.MULTILINE) is not None


async def finished(*sipps: Sipp) -> None:
    """Every one of them says that its calls went as its scenario says; otherwise, what each sent and received."""
    with contextlib.suppress(TimeoutError):
        await asyncio.gather(*(sipp.done() for sipp in sipps))
    bad = [sipp for sipp in sipps if sipp.running or sipp.verdict != 0]
    assert not bad, "\n".join(sipp.story() for sipp in sipps)
