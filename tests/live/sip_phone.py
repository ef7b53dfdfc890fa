# SPDX-License-Identifier: Apache-2.0
"""A desk phone in Python: answers, dials with digest, holds, refers (blind and with Replaces), speaks a tone.

SIPp plays clients and simple phones; two dialogs of one phone and a REFER that names the other need more than it has.
"""

import asyncio
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from tests.live.sipp_call import alaw
from tests.live.wire import Wire
from tests.support.until import until

_HEADER = re.compile(r"([\w-]+)\s*:\s*(.*)")


@dataclass
class Message:
    start: str
    headers: list[tuple[str, str]]
    body: str

    @classmethod
    def parse(cls, data: bytes) -> "Message":
        head, _, body = data.decode(errors="replace").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        return cls(start, [m.groups() for line in lines if (m := _HEADER.fullmatch(line))], body)

    def __getitem__(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def status(self) -> int:
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return self["CSeq"].split()[-1] if self.status else self.start.split()[0]


class Voice(asyncio.DatagramProtocol):
    """RTP: a tone out, and what was heard."""

    def __init__(self, hertz: float) -> None:
        tone = alaw(8000 * np.sin(2 * np.pi * hertz * np.arange(8000) / 8000))
        self._frames = [tone[i : i + 160] for i in range(0, 8000, 160)]
        self.to: tuple[str, int] | None = None
        self._sent = self._pressed_at = 0
        self._keys: list[bytes] = []  # a key (RFC 4733) instead of the tone; empty: the tone

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]
        self._next = asyncio.get_running_loop().time() + 0.02
        self._timer = asyncio.get_running_loop().call_at(self._next, self._speak)

    def _speak(self) -> None:
        if self.to is not None:
            if key := self._keys.pop(0) if self._keys else b"":
                kind, at, payload = 101, self._pressed_at, key
            else:
                kind, at, payload = 8, self._sent, self._frames[self._sent % len(self._frames)]
                self._pressed_at = self._sent + 1
            head = (
                bytes([0x80, kind]) + (self._sent & 0xFFFF).to_bytes(2) + (at * 160).to_bytes(4) + b"\0\0\0\7"
            )
            self.transport.sendto(head + payload, self.to)
            self._sent += 1
        self._next += 0.02  # late by some: those are sent at once, as by a network that held them up
        self._timer = asyncio.get_running_loop().call_at(self._next, self._speak)

    async def speak(self, seconds: float) -> None:
        """Until so much of the tone has gone out: a machine that stands still says nothing meanwhile."""
        end = self._sent + int(seconds * 50)
        await until(lambda: self._sent >= end)

    @property
    def spoken_s(self) -> float:
        return self._sent / 50

    def press(self, key: str) -> None:
        """For an eighth of a second, and its end three times.

        A tenth after the key before, whose frames may be on their way: of one time stamp Asterisk takes two for one.
        """
        code, lengths = "0123456789*#".index(key), [160 * part for part in range(1, 7)]
        begun = [bytes([code, 10]) + length.to_bytes(2) for length in lengths]
        self._keys += [b""] * 5 + begun + [bytes([code, 10 | 0x80]) + lengths[-1].to_bytes(2)] * 3

    def close(self) -> None:
        self._timer.cancel()
        self.transport.close()


@dataclass
class Dialog:
    phone: "SipPhone"
    call_id: str
    local: str  # From or To of ours, with tag
    remote: str
    target: str  # their Contact
    voice: Voice
    cseq: int = 1
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    notified: list[str] = field(default_factory=list)

    async def request(self, method: str, *extra: str, body: str = "") -> Message:
        self.cseq += 1
        return await self.phone.transact(method, self, extra, body)

    async def hang_up(self) -> None:
        self.over.set()
        await self.request("BYE")

    async def hold(self, *, on: bool = True) -> None:
        sdp = self.phone.sdp(self.voice, "sendonly" if on else "sendrecv")
        assert (await self.request("INVITE", body=sdp)).status == 200

    async def refer(self, number: str, other: "Dialog | None" = None) -> None:
        """Blind to a number; with `other`, the attended transfer to whoever is at its far end."""
        to = f"sip:{number}@{self.phone.pbx[0]}:{self.phone.pbx[1]}"
        if other is not None:
            ours, theirs = (re.search(r"tag=([^;>]+)", text)[1] for text in (other.local, other.remote))
            to += f"?Replaces={other.call_id}%3Bto-tag%3D{theirs}%3Bfrom-tag%3D{ours}"
        answer = await self.request(
            "REFER", f"Refer-To: <{to}>", f"Referred-By: <sip:{self.phone.user}@{self.phone.host}>"
        )
        assert answer.status == 202, answer.start

    async def let_go(self) -> None:
        """Hang up as a phone does, when it is told that the transfer went well."""
        await until(lambda: any(" 200 " in line for line in self.notified))
        await self.hang_up()


class SipPhone(asyncio.DatagramProtocol):
    def __init__(
        self,
        user: str,
        secret: str,
        at: tuple[str, int],
        pbx: tuple[str, int],
        hertz: float,
        wire: Wire | None = None,
    ) -> None:
        """`wire`: to the address that Asterisk knows; without one, that is `at`, or the phone registers."""
        self.user, self.secret, (self.host, self.port), self.pbx, self.hertz = user, secret, at, pbx, hertz
        self.wire = wire
        self.dialogs: dict[str, Dialog] = {}
        self.calls: asyncio.Queue[Dialog] = asyncio.Queue()
        self.ring = 0.3
        self.may_answer = asyncio.Event()  # cleared, it rings until it is set
        self.may_answer.set()
        self.has_keys = False  # says that it can press some
        self.refuses = ""  # a status such as '486 Busy Here'; '302 103' forwards
        self._taken: dict[str, Dialog] = {}  # Asterisk has not yet said that it knows
        self._waiting: dict[str, asyncio.Future[Message]] = {}
        self._said: dict[
            tuple[str, str], bytes
        ] = {}  # what was last answered to a request, by its branch and method

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(self.host, self.port))
        self.port = self._udp.get_extra_info("sockname")[1]
        if self.wire is not None:
            self.wire.plug(self.port)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        for dialog in self.dialogs.values():
            dialog.voice.close()
        self._udp.close()

    def datagram_received(self, data: bytes, _addr) -> None:
        message = Message.parse(data)
        if message.status:
            self._answered(message)
        elif (said := self._said.get(transaction_of(message))) is not None:
            if said:  # Asterisk has not heard us yet, and repeats itself
                self._udp.sendto(said, self.pbx)
        elif message.method == "INVITE" and message["Call-ID"] not in self.dialogs:
            self._said[transaction_of(message)] = b""  # nothing yet
            self._task = asyncio.ensure_future(self._take(message))
        elif message.method == "ACK":
            self._heard(message)
        else:
            self._in_dialog(message)

    async def rung(self) -> Dialog:
        """The next call that this phone has taken, as Asterisk knows too."""
        async with asyncio.timeout(30):
            return await self.calls.get()

    async def dial(self, number: str) -> Dialog:
        """Up to the answer."""
        voice = await self._voice()
        uri = f"sip:{number}@{self.pbx[0]}:{self.pbx[1]}"
        local = f"<sip:{self.user}@{self.host}:{self.port}>;tag={secrets.token_hex(4)}"
        dialog = Dialog(self, secrets.token_hex(8), local, f"<{uri}>", uri, voice)
        self.dialogs[dialog.call_id] = dialog
        answer = await self.transact("INVITE", dialog, (), self.sdp(voice))
        assert answer.status == 200, answer.start
        dialog.remote, dialog.target = answer["To"], _uri(answer["Contact"])
        self._ack(dialog)
        voice.to = _media(answer.body)
        return dialog

    async def register(self, expires: int = 60) -> Message:
        uri = f"sip:{self.pbx[0]}:{self.pbx[1]}"
        who = f"<sip:{self.user}@{self.pbx[0]}>"
        self._registration = getattr(self, "_registration", None) or Dialog(
            self, secrets.token_hex(8), f"{who};tag={secrets.token_hex(4)}", who, uri, None
        )
        self._registration.cseq += 1
        return await self.transact("REGISTER", self._registration, (f"Expires: {expires}",), "")

    async def transact(self, method: str, dialog: Dialog, extra: tuple[str, ...], body: str) -> Message:
        answer = await self._send(method, dialog, extra, body)
        if answer.status == 401:
            if method == "INVITE":
                self._ack(dialog)
            dialog.cseq += 1
            answer = await self._send(
                method, dialog, (*extra, self._digest(method, dialog.target, answer)), body
            )
        if method == "INVITE" and answer.status == 200 and dialog.answered.is_set():
            self._ack(dialog)
        dialog.answered.set()
        return answer

    async def _send(self, method: str, dialog: Dialog, extra: tuple[str, ...], body: str) -> Message:
        key = f"{dialog.call_id} {dialog.cseq} {method}"
        future = self._waiting[key] = asyncio.get_running_loop().create_future()
        self._write(method, dialog, extra, body)
        async with asyncio.timeout(30):
            return await future

    def _write(self, method: str, dialog: Dialog, extra: tuple[str, ...] = (), body: str = "") -> None:
        lines = [
            f"{method} {dialog.target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK{secrets.token_hex(6)}",
            f"From: {dialog.local}", f"To: {dialog.remote}", f"Call-ID: {dialog.call_id}",
            f"CSeq: {dialog.cseq} {method}", f"Contact: <sip:{self.user}@{self.host}:{self.port}>", "Max-Forwards: 70",
            *extra, *(("Content-Type: application/sdp",) if body else ()), f"Content-Length: {len(body)}", "", body,
        ]  # fmt: skip
        self._udp.sendto("\r\n".join(lines).encode(), self.pbx)

    def _ack(self, dialog: Dialog) -> None:
        self._write("ACK", dialog)

    def _digest(self, method: str, uri: str, challenge: Message) -> str:
        asked = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge["WWW-Authenticate"]))
        cnonce = secrets.token_hex(4)
        ha1 = _md5(f"{self.user}:{asked['realm']}:{self.secret}")
        ha2 = _md5(f"{method}:{uri}")
        response = _md5(f"{ha1}:{asked['nonce']}:00000001:{cnonce}:auth:{ha2}")
        return (
            f'Authorization: Digest username="{self.user}", realm="{asked["realm"]}", nonce="{asked["nonce"]}", '
            f'uri="{uri}", response="{response}", qop=auth, nc=00000001, cnonce="{cnonce}", algorithm=MD5, '
            f'opaque="{asked.get("opaque", "")}"'
        )

    def _answered(self, message: Message) -> None:
        future = self._waiting.get(f"{message['Call-ID']} {message['CSeq']}")
        if future is not None and message.status >= 200 and not future.done():
            future.set_result(message)

    async def _take(self, invite: Message) -> None:
        local = f"{invite['To']};tag={secrets.token_hex(4)}"
        if self.refuses.startswith("302"):
            there = f"Contact: <sip:{self.refuses.split()[1]}@{self.pbx[0]}:{self.pbx[1]}>"
            self._reply(invite, "302 Moved Temporarily", to=local, contact=there)
            return
        if self.refuses:
            self._reply(invite, self.refuses, to=local)
            return
        voice = await self._voice()
        dialog = Dialog(self, invite["Call-ID"], local, invite["From"], _uri(invite["Contact"]), voice)
        dialog.answered.set()
        self.dialogs[dialog.call_id] = dialog
        self._reply(invite, "180 Ringing", to=local)
        await asyncio.sleep(self.ring)
        await self.may_answer.wait()
        if dialog.over.is_set():
            return
        self._reply(invite, "200 OK", to=local, body=self.sdp(voice))
        voice.to = _media(invite.body)
        self._taken[dialog.call_id] = dialog

    def _heard(self, ack: Message) -> None:
        if dialog := self._taken.pop(ack["Call-ID"], None):
            self.calls.put_nowait(dialog)

    def _in_dialog(self, message: Message) -> None:
        dialog = self.dialogs.get(message["Call-ID"])
        if dialog is None:
            self._reply(message, "200 OK" if message.method == "OPTIONS" else "481 Unknown")
            return
        if message.method in ("BYE", "CANCEL"):
            dialog.over.set()
        if message.method == "NOTIFY":
            dialog.notified.append(message.body.strip())
        if message.method == "INVITE":
            dialog.voice.to = _media(message.body) or dialog.voice.to
            self._reply(message, "200 OK", body=self.sdp(dialog.voice))
        else:
            self._reply(message, "200 OK")

    def _reply(
        self, request: Message, status: str, *, to: str = "", body: str = "", contact: str = ""
    ) -> None:
        lines = [f"SIP/2.0 {status}", *(f"Via: {via}" for via in request.all("Via")), f"From: {request['From']}",
                 f"To: {to or request['To']}", f"Call-ID: {request['Call-ID']}", f"CSeq: {request['CSeq']}",
                 contact or f"Contact: <sip:{self.user}@{self.host}:{self.port}>",
                 *(("Content-Type: application/sdp",) if body else ()), f"Content-Length: {len(body)}", "", body]  # fmt: skip
        data = self._said[transaction_of(request)] = "\r\n".join(lines).encode()
        self._udp.sendto(data, self.pbx)

    async def _voice(self) -> Voice:
        loop = asyncio.get_running_loop()
        _, voice = await loop.create_datagram_endpoint(lambda: Voice(self.hertz), local_addr=(self.host, 0))
        return voice

    def sdp(self, voice: Voice, direction: str = "sendrecv") -> str:
        kinds, keys = ("8 101", "a=rtpmap:101 telephone-event/8000\r\n") if self.has_keys else ("8", "")
        return (
            f"v=0\r\no=- 1 {secrets.randbelow(10**9)} IN IP4 {self.host}\r\ns=-\r\nc=IN IP4 {self.host}\r\nt=0 0\r\n"
            f"m=audio {voice.port} RTP/AVP {kinds}\r\na=rtpmap:8 PCMA/8000\r\n{keys}a={direction}\r\n"
        )


def transaction_of(request: Message) -> tuple[str, str]:
    """A request and its repetitions; the ACK of one that was refused has its branch, and is another matter."""
    return request["Via"], request.method


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _uri(contact: str) -> str:
    match = re.search(r"<([^>]+)>", contact)
    return match[1] if match else contact


def _media(sdp: str) -> tuple[str, int] | None:
    host, port = re.search(r"c=IN IP4 (\S+)", sdp), re.search(r"m=audio (\d+)", sdp)
    return (host[1], int(port[1])) if host and port else None
