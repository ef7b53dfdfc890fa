# SPDX-License-Identifier: Apache-2.0
"""An operator's browser as the product sees it: logged in by the form, pages, and the live websocket."""

import asyncio
import io
import re
import time
from collections.abc import Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiohttp
import numpy as np
import soundfile

from config.demo.data import PASSWORD
from crm_core.domain.routing.live import ENGAGED
from tests.live.lab import TONES
from tests.live.product.product import Product
from web.words import PHONE_STATES

_PHONE = re.compile(
    r'<span class="num strong">(\d+)</span>.*?<td class="narrow-hide">([^<]+)</td>', re.DOTALL
)
_ENGAGED = {PHONE_STATES[code] for code in ENGAGED}


@dataclass
class Browser:
    product: Product
    http: aiohttp.ClientSession
    _csrf: str = ""

    async def get(self, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        async with self.http.get(self.product.url + path, headers=headers) as answer:
            return answer.status, await answer.read(), dict(answer.headers)

    async def post(self, path: str, **words: str) -> tuple[int, dict]:
        if not self._csrf:
            _, body, _ = await self.get("/")
            self._csrf = re.search(r'X-CSRF-Token": "([^"]+)"', body.decode())[1]
        headers = {"X-CSRF-Token": self._csrf, "Accept": "application/json", "Origin": self.product.url}
        async with self.http.post(self.product.url + path, data=words, headers=headers) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else {}

    async def heard(self, recording) -> tuple[np.ndarray, int]:
        """What the player plays: samples of both channels, and their rate; in two ranges, as players ask for them."""
        path = f"/recordings/{recording.id}/audio"
        status, first, headers = await self.get(path, Range="bytes=0-999")
        assert status == 206
        whole = int(headers["Content-Range"].rsplit("/", 1)[1])
        assert headers["Content-Range"] == f"bytes 0-999/{whole}"
        status, rest, _ = await self.get(path, Range="bytes=1000-")
        assert status == 206
        assert len(first) + len(rest) == whole
        return soundfile.read(io.BytesIO(first + rest), dtype="float64")

    @asynccontextmanager
    async def screen(self):
        """A visible tab: the first probe is answered, so the product knows that it paints in time."""
        url = self.product.url.replace("http", "ws") + "/live"
        async with self.http.ws_connect(url, origin=self.product.url) as socket:
            screen = Screen(socket)
            listening = asyncio.create_task(screen.listen())
            await socket.send_json({"type": "visible", "visible": True})
            await screen.frame("snapshot")
            await asyncio.wait_for(screen.probed.wait(), 60)
            yield screen
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening


@dataclass
class Screen:
    """Frames as they came; each pop is acknowledged as painted at once, as a quick browser does."""

    socket: aiohttp.ClientWebSocketResponse
    frames: list[tuple[float, dict]] = field(default_factory=list)
    acknowledged: dict[str, float] = field(default_factory=dict)  # by call: painted at, seconds of the day
    probed: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        async for message in self.socket:
            frame = message.json()
            self.frames.append((seconds_of_day(), frame))
            if frame["type"] == "probe":
                await self._painted(frame["data"]["id"])
                self.probed.set()
            elif frame["type"] == "pop":
                # Before it is sent: what a busy machine does between the two is not the product's.
                self.acknowledged.setdefault(frame["data"]["call_id"], seconds_of_day())
                await self._painted(frame["data"]["pop"])

    async def _painted(self, pop: str) -> None:
        await self.socket.send_json({"type": "ack", "pop": pop, "state": "painted"})

    def of(self, kind: str, **words: str) -> list[tuple[float, dict]]:
        return [
            (at, frame["data"]) for at, frame in self.frames
            if frame["type"] == kind and all(frame["data"].get(key) == value for key, value in words.items())
        ]  # fmt: skip

    async def frame(self, kind: str, within: float = 60, **words: str) -> tuple[float, dict]:
        """The first of a kind, waited for: when it came, and its data."""
        deadline = time.monotonic() + within
        while not (found := self.of(kind, **words)):
            assert time.monotonic() < deadline, (
                f"no {kind} {words} among {[f['type'] for _, f in self.frames]}"
            )
            await asyncio.sleep(0.02)
        return found[0]


def seconds_of_day() -> float:
    """As SIPp's clock: local time."""
    now = time.time()
    local = time.localtime(now)
    return local.tm_hour * 3600 + local.tm_min * 60 + local.tm_sec + now % 1


@asynccontextmanager
async def logged_in(product: Product, login: str):
    """Through the login form once; later by the cookie that it gave."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        if login not in product.cookies:
            form = {"login": login, "password": PASSWORD}
            async with http.post(f"{product.url}/login", data=form, allow_redirects=False) as answer:
                assert answer.status == 303, await answer.text()
            (cookie,) = jar
            product.cookies[login] = f"{cookie.key}={cookie.value}"
        jar.clear()
        http.headers["Cookie"] = product.cookies[login]
        yield Browser(product, http)


async def phones_are_free(product: Product, extensions: Iterable[str] = tuple(TONES)) -> bool:
    """As the product has heard it: a device's state follows some time after its call's end."""
    async with logged_in(product, "sofia") as browser:
        _, body, _ = await browser.get("/settings/phones")
    states = dict(_PHONE.findall(body.decode()))
    return all(states[extension] not in _ENGAGED for extension in extensions)
