# SPDX-License-Identifier: Apache-2.0
"""A SIP socket on which many people are reached: the phones of the house, or the world behind the trunk."""

import asyncio
import hashlib
import re
import secrets
import time
from collections import defaultdict
from typing import Self

from tests.live.scenarios.party import Leg, Person, media_of, uri_of
from tests.live.sip_phone import Message, Voice, transaction_of


class Line(asyncio.DatagramProtocol):
    """One socket, and the people who are reached there: the phones of the house, or the world behind the trunk."""

    def __init__(self, at: tuple[str, int], pbx: tuple[str, int]) -> None:
        (self.host, self.port), self.pbx = at, pbx
        self.people: dict[str, Person] = {}
        self.legs: dict[str, Leg] = {}
        self.strays: dict[str, int] = defaultdict(int)
        self._said: dict[tuple[str, str], bytes] = {}  # what was last answered to a request
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(self.host, self.port))
        return self

    async def __aexit__(self, *_exc: object) -> None:
        for leg in self.legs.values():
            leg.voice.close()
        self._udp.close()

    def datagram_received(self, data: bytes, _addr: object) -> None:
        message = Message.parse(data)
        leg = self.legs.get(message["Call-ID"])
        if not message.status:
            self._is_asked(message, leg)
        elif leg:
            leg.hears(message)

    def _is_asked(self, message: Message, leg: Leg | None) -> None:
        if (said := self._said.get(transaction_of(message))) is not None:
            if said:  # Asterisk has not heard us yet, and repeats itself: the phone rings no second time
                self._udp.sendto(said, self.pbx)
        elif leg:
            if message.method != "ACK":
                leg.is_asked(message)
        elif message.method == "INVITE":
            self._said[transaction_of(message)] = b""  # nothing yet
            self._keep(self._take(message))
        elif message.method != "ACK":
            self.reply(message, "200 OK" if message.method == "OPTIONS" else "481 Unknown")

    def _keep(self, coroutine) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, invite: Message) -> None:
        number = re.search(r"sip:([^@;>]+)@", invite.start)[1]
        person = self.people.get(number)
        if person:
            person.rung += 1
        local = f"{invite['To']};tag={secrets.token_hex(4)}"
        if person is None:
            self.strays[number] += 1
            self.reply(invite, "404 Not Found", to=local)
        elif person.refuses.startswith("302"):
            there = f"Contact: <sip:{person.refuses.split()[1]}@{self.pbx[0]}:{self.pbx[1]}>"
            self.reply(invite, "302 Moved Temporarily", to=local, contact=there)
        elif person.refuses:
            self.reply(invite, person.refuses, to=local)
        else:
            await self._ring(person, invite, local)

    async def _ring(self, person: Person, invite: Message, local: str) -> None:
        call_id = invite["Call-ID"]
        leg = Leg(person, call_id, local, invite["From"], uri_of(invite["Contact"]), None, invitation=invite)  # type: ignore[arg-type]
        self.legs[call_id] = leg
        leg.voice = await self.voice(person.hertz)
        leg.voice.to = media_of(invite.body)
        leg.began = leg.ringing_at = time.monotonic()
        if person.rings_aloud:
            self.reply(invite, "180 Ringing", to=local)
        person.invited.put_nowait(leg)

    async def voice(self, hertz: float) -> Voice:
        loop = asyncio.get_running_loop()
        _, voice = await loop.create_datagram_endpoint(lambda: Voice(hertz), local_addr=(self.host, 0))
        return voice

    def sdp(self, voice: Voice, direction: str = "sendrecv") -> str:
        return (
            f"v=0\r\no=- 1 {secrets.randbelow(10**9)} IN IP4 {self.host}\r\ns=-\r\nc=IN IP4 {self.host}\r\nt=0 0\r\n"
            f"m=audio {voice.port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na={direction}\r\n"
        )

    def write(
        self, method: str, leg: Leg, cseq: int, branch: str, extra: tuple[str, ...] = (), body: str = "",
        *, kind: str = "application/sdp",
    ) -> None:  # fmt: skip
        lines = [
            f"{method} {leg.target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK{branch}",
            f"From: {leg.local}", f"To: {leg.remote if method != 'CANCEL' else f'<{leg.target}>'}",
            f"Call-ID: {leg.call_id}", f"CSeq: {cseq} {method}",
            f"Contact: <sip:{leg.person.number}@{self.host}:{self.port}>", "Max-Forwards: 70",
            *extra, *((f"Content-Type: {kind}",) if body else ()), f"Content-Length: {len(body)}", "", body,
        ]  # fmt: skip
        self._udp.sendto("\r\n".join(lines).encode(), self.pbx)

    def reply(
        self, request: Message, status: str, *, to: str = "", body: str = "", contact: str = ""
    ) -> None:
        lines = [
            f"SIP/2.0 {status}", *(f"Via: {via}" for via in request.all("Via")), f"From: {request['From']}",
            f"To: {to or request['To']}", f"Call-ID: {request['Call-ID']}", f"CSeq: {request['CSeq']}",
            contact or f"Contact: <sip:{self.host}:{self.port}>",
            *(("Content-Type: application/sdp",) if body else ()), f"Content-Length: {len(body)}", "", body,
        ]  # fmt: skip
        data = self._said[transaction_of(request)] = "\r\n".join(lines).encode()
        self._udp.sendto(data, self.pbx)

    @staticmethod
    def digest(person: Person, method: str, uri: str, challenge: Message) -> str:
        asked = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge["WWW-Authenticate"]))
        cnonce = secrets.token_hex(4)
        ha1, ha2 = _md5(f"{person.number}:{asked['realm']}:{person.secret}"), _md5(f"{method}:{uri}")
        response = _md5(f"{ha1}:{asked['nonce']}:00000001:{cnonce}:auth:{ha2}")
        return (
            f'Authorization: Digest username="{person.number}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", '
            f'uri="{uri}", response="{response}", qop=auth, nc=00000001, cnonce="{cnonce}", algorithm=MD5, '
            f'opaque="{asked.get("opaque", "")}"'
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
