# SPDX-License-Identifier: Apache-2.0
"""People with phones: each moves when the script says, and tells by its own clock when it did."""

import asyncio
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.live.sip_phone import Message, Voice

if TYPE_CHECKING:
    from tests.live.scenarios.line import Line

PATIENCE_S = 30.0
_HELD, _HEARD = "sendonly", "sendrecv"


@dataclass(eq=False)
class Person:
    """Somebody with a number at one of the two lines."""

    line: "Line"
    number: str
    name: str = ""
    secret: str = ""
    refuses: str = ""  # a status such as '486 Busy Here'; '302 +7916...' sends the caller on
    rings_aloud: bool = True  # 180 before the answer
    hertz: float = 440.0
    rung: int = 0  # how often, answered or not
    invited: asyncio.Queue["Leg"] = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        self.line.people[self.number] = self

    async def calls(self, number: str, *, caller: str = "", name: str = "") -> "Leg":
        """Dials, and does not wait for what becomes of it."""
        voice = await self.line.voice(self.hertz)
        uri = f"sip:{number}@{self.line.pbx[0]}:{self.line.pbx[1]}"
        shown = f'"{name or self.name}" ' if name or self.name else ""
        local = f"{shown}<sip:{caller or self.number}@{self.line.host}>;tag={secrets.token_hex(4)}"
        leg = Leg(self, secrets.token_hex(8), local, f"<{uri}>", uri, voice, outgoing=True)
        self.line.legs[leg.call_id] = leg
        leg.invite(self.line.sdp(voice))
        leg.began = time.monotonic()
        return leg

    async def rings(self, within: float = PATIENCE_S, caller: "Person | None" = None) -> "Leg":
        """The next call that rings here; of one caller, where a queue may have rung this phone for another.

        One that a queue has given up meanwhile is passed over: it rings again.
        """
        async with asyncio.timeout(within):
            leg = await self.invited.get()
            while leg.over.is_set() or (caller and caller.number not in leg.remote):
                leg = await self.invited.get()
        return leg


@dataclass(eq=False)
class Leg:
    """One person's end of one call. What it does gives the time at which it did."""

    person: Person
    call_id: str
    local: str  # From or To of ours, with tag
    remote: str
    target: str
    voice: Voice
    outgoing: bool = False
    invitation: Message | None = None
    cseq: int = 0
    branch: str = ""
    sdp: str = ""
    began: float = 0.0
    status: int = 0  # of the final answer
    ringing_at: float = 0.0
    answered_at: float = 0.0
    over_at: float = 0.0
    notified: list[str] = field(default_factory=list)
    ringing: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    _told: dict[int, asyncio.Future[Message]] = field(default_factory=dict)

    # What a person does

    async def answers(self, after: float = 0.0) -> float:
        await asyncio.sleep(after)
        assert self.invitation is not None
        assert not self.over.is_set(), f"{self.person.number}: the caller is gone"
        self.answered_at = time.monotonic()
        self.answered.set()
        self._line.reply(self.invitation, "200 OK", to=self.local, body=self._line.sdp(self.voice))
        return self.answered_at

    async def rejects(self, status: str = "603 Decline", after: float = 0.0) -> float:
        await asyncio.sleep(after)
        assert self.invitation is not None
        self._line.reply(self.invitation, status, to=self.local)
        return self._end()

    async def hangs_up(self, after: float = 0.0) -> float:
        """BYE, or CANCEL while the other side rings."""
        await asyncio.sleep(after)
        assert not self.over.is_set(), f"{self.person.number}: the other side hung up before"
        at = time.monotonic()
        if self.answered.is_set():
            self._end()
            await self.request("BYE")
        else:
            self._line.write("CANCEL", self, self.cseq, self.branch)
            await asyncio.wait_for(self.over.wait(), PATIENCE_S)
        return at

    async def holds(self, after: float = 0.0) -> float:
        return await self._again(after, _HELD)

    async def resumes(self, after: float = 0.0) -> float:
        return await self._again(after, _HEARD)

    async def presses(self, keys: str, after: float = 0.0, pause: float = 0.12) -> float:
        """Keys, by SIP INFO; the time is that of the last."""
        await asyncio.sleep(after)
        at = time.monotonic()
        for key in keys:
            at = time.monotonic()
            await self.request(
                "INFO", body=f"Signal={key}\r\nDuration=100\r\n", kind="application/dtmf-relay"
            )
            await asyncio.sleep(pause)
        return at

    async def refers(self, number: str, other: "Leg | None" = None, after: float = 0.0) -> float:
        """Blind to a number; with `other`, to whoever is at its far end."""
        await asyncio.sleep(after)
        to = f"sip:{number}@{self._line.pbx[0]}:{self._line.pbx[1]}"
        if other is not None:
            ours, theirs = (re.search(r"tag=([^;>]+)", text)[1] for text in (other.local, other.remote))
            to += f"?Replaces={other.call_id}%3Bto-tag%3D{theirs}%3Bfrom-tag%3D{ours}"
        at = time.monotonic()
        answer = await self.request(
            "REFER", f"Refer-To: <{to}>", f"Referred-By: <sip:{self.person.number}@localhost>"
        )
        assert answer.status == 202, answer.start
        return at

    async def is_let_go(self) -> None:
        """Hangs up as a phone does, once told that the transfer went well."""
        async with asyncio.timeout(PATIENCE_S):
            while not any(" 200 " in line for line in self.notified) and not self.over.is_set():
                await asyncio.sleep(0.02)
        await self.lets_go()

    async def lets_go(self, after: float = 0.0) -> None:
        """Hangs up, unless the PBX has ended it by then."""
        await asyncio.sleep(after)
        if not self.over.is_set():
            await self.hangs_up()

    # What happens to them

    async def hears_ringing(self, within: float = PATIENCE_S) -> float:
        await asyncio.wait_for(self.ringing.wait(), within)
        return self.ringing_at

    async def is_answered(self, within: float = PATIENCE_S) -> float:
        await asyncio.wait_for(self.answered.wait(), within)
        return self.answered_at

    async def ends(self, within: float = PATIENCE_S) -> float:
        """The other side hung up, gave up, or refused."""
        await asyncio.wait_for(self.over.wait(), within)
        return self.over_at

    # SIP

    @property
    def _line(self) -> "Line":
        return self.person.line

    def _end(self) -> float:
        self.over_at = self.over_at or time.monotonic()
        self.voice.to = None
        self.over.set()
        return self.over_at

    async def _again(self, after: float, direction: str) -> float:
        await asyncio.sleep(after)
        at = time.monotonic()
        answer = await self.request("INVITE", body=self._line.sdp(self.voice, direction))
        assert answer.status == 200, answer.start
        return at

    async def request(
        self, method: str, *extra: str, body: str = "", kind: str = "application/sdp"
    ) -> Message:
        answer = await self._ask(method, extra, body, kind)
        if answer.status == 401:
            proof = self._line.digest(self.person, method, self.target, answer)
            answer = await self._ask(method, (*extra, proof), body, kind)
        return answer

    async def _ask(self, method: str, extra: tuple[str, ...], body: str, kind: str) -> Message:
        self.cseq += 1
        cseq, branch = self.cseq, secrets.token_hex(6)
        told = self._told[cseq] = asyncio.get_running_loop().create_future()
        self._line.write(method, self, cseq, branch, extra, body, kind=kind)
        answer = await asyncio.wait_for(told, PATIENCE_S)
        if method == "INVITE":
            self._line.write("ACK", self, cseq, secrets.token_hex(6) if answer.status == 200 else branch)
        return answer

    def invite(self, sdp: str, *extra: str) -> None:
        self.cseq, self.branch, self.sdp = self.cseq + 1, secrets.token_hex(6), sdp
        self._line.write("INVITE", self, self.cseq, self.branch, extra, sdp)

    def hears(self, answer: Message) -> None:
        """An answer to one of our requests."""
        cseq, method = answer["CSeq"].split()
        told = self._told.get(int(cseq))
        if told is not None:
            if answer.status >= 200 and not told.done():
                told.set_result(answer)
        elif method == "INVITE" and int(cseq) == self.cseq and self.outgoing and not self.answered.is_set():
            self._hears_of_invite(answer)

    def _hears_of_invite(self, answer: Message) -> None:
        if answer.status < 200:
            if answer.status in (180, 183):
                self.remote = answer["To"]
                self.ringing_at = self.ringing_at or time.monotonic()
                self.ringing.set()
            return
        if answer.status >= 300:
            self._line.write("ACK", self, self.cseq, self.branch)
            if answer.status == 401:
                self.invite(self.sdp, self._line.digest(self.person, "INVITE", self.target, answer))
                return
            self.status = answer.status
            self._end()
            return
        self.remote, self.target = answer["To"], uri_of(answer["Contact"])
        self._line.write("ACK", self, self.cseq, secrets.token_hex(6))
        self.voice.to = media_of(answer.body)
        self.status, self.answered_at = 200, time.monotonic()
        self.answered.set()

    def is_asked(self, message: Message) -> None:
        """A request inside this call."""
        if message.method == "INVITE":
            self.voice.to = media_of(message.body) or self.voice.to
            self._line.reply(message, "200 OK", body=self._line.sdp(self.voice))
            return
        body = self._line.sdp(self.voice) if message.method == "UPDATE" and message.body else ""
        self._line.reply(message, "200 OK", body=body)
        if message.method == "NOTIFY":
            self.notified.append(message.body.strip())
        if message.method == "CANCEL" and self.invitation and not self.answered.is_set():
            self._line.reply(self.invitation, "487 Request Terminated", to=self.local)
        if message.method in ("BYE", "CANCEL"):
            self._end()


def uri_of(contact: str) -> str:
    match = re.search(r"<([^>]+)>", contact)
    return match[1] if match else contact


def media_of(sdp: str) -> tuple[str, int] | None:
    host, port = re.search(r"c=IN IP4 (\S+)", sdp), re.search(r"m=audio (\d+)", sdp)
    return (host[1], int(port[1])) if host and port else None
