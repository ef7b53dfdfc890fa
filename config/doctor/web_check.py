# SPDX-License-Identifier: Apache-2.0
"""Do the pages answer, and does the websocket take our own pages and refuse others'."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp

from config.doctor.finding import Finding, broken, ok, warning
from web.live.screens import SESSION_OVER
from web.settings import WebSettings

_WITHIN = aiohttp.ClientTimeout(total=3)
_FOREIGN = "https://elsewhere.invalid"
_HTTP_FORBIDDEN = 403


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesSeen:
    """`answer`: ours, nobody, silent or foreign. The socket's: 'open', an HTTP status, or what went wrong."""

    base: str
    answer: str
    missing: tuple[str, ...] = ()  # what /readyz lacks
    own: str = ""
    foreign: str = ""


def addresses(settings: WebSettings) -> list[str]:
    """Where it listens, and the address that people use, if that is another."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::", ""} else settings.host  # noqa: S104 - compared
    near = f"{'https' if settings.has_tls else 'http'}://{host}:{settings.port}"
    public = settings.public_url.rstrip("/")
    return [near, public] if public and public != near else [near]


async def look_at_pages(base: str, public_url: str) -> PagesSeen:
    """`public_url`: what a browser's Origin would be, where that is set."""
    # Whether the certificate is right is looked at by itself: here it would hide what answers.
    unchecked = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(timeout=_WITHIN, connector=unchecked) as http:
        answer, missing = await _readiness(http, base)
        if answer != "ours":
            return PagesSeen(base=base, answer=answer)
        own = await _socket(http, base, _origin(public_url or base))
        return PagesSeen(
            base=base, answer=answer, missing=missing, own=own, foreign=await _socket(http, base, _FOREIGN)
        )


def judge_pages(seen: PagesSeen) -> Iterator[Finding]:
    """Nothing for nobody: then Rolodial does not run, which is said elsewhere."""
    if seen.answer == "ours":
        yield from _judge_readiness(seen)
        yield from _judge_socket(seen)
    elif seen.answer != "nobody":
        says = "is silent" if seen.answer == "silent" else "is not Rolodial"
        yield broken(
            "web",
            f"what answers at {seen.base} {says}",
            "Compare web.host, web.port and web.public_url in the settings, the reverse proxy, and who has that port.",
        )


def _judge_readiness(seen: PagesSeen) -> Iterator[Finding]:
    if seen.missing:
        yield broken(
            "web",
            f"Rolodial answers at {seen.base}, but it is without: {', '.join(seen.missing)}",
            "The lines about that say why; if they are well, look at the server's log.",
        )
    else:
        yield ok("web", f"Rolodial answers at {seen.base}, and is ready for calls")


def _judge_socket(seen: PagesSeen) -> Iterator[Finding]:
    at = f"{seen.base.replace('http', 'ws', 1)}/live"
    if seen.own != "open":
        yield broken(
            "live",
            f"the websocket {at} refuses our own pages ({seen.own})",
            "web.public_url must be what people type; a proxy must pass Host (or public_url be set), Upgrade and "
            "Connection. Cards do not pop without it.",
        )
    elif seen.foreign == "open":
        yield broken("live", f"the websocket {at} takes pages of other sites", "Does a proxy rewrite Origin?")
    elif seen.foreign != str(_HTTP_FORBIDDEN):
        yield warning(
            "live", f"the websocket {at} refuses other sites with {seen.foreign}", "Is a proxy between?"
        )
    else:
        yield ok("live", f"the websocket {at} takes our pages and refuses others'")


async def _readiness(http: aiohttp.ClientSession, base: str) -> tuple[str, tuple[str, ...]]:
    try:
        async with http.get(f"{base}/readyz", allow_redirects=False) as response:
            body = await response.json(content_type=None)
            return "ours", tuple(map(str, body["missing"]))
    except TimeoutError:
        return "silent", ()
    except aiohttp.ClientConnectorError:
        return "nobody", ()
    except (aiohttp.ClientError, ValueError, KeyError, TypeError):
        return "foreign", ()


async def _socket(http: aiohttp.ClientSession, base: str, origin: str) -> str:
    """'open' when it takes us (and closes us as somebody without a session, as it should)."""
    try:
        async with (
            asyncio.timeout(_WITHIN.total),
            http.ws_connect(f"{base}/live", headers={"Origin": origin}) as ws,
        ):
            await ws.receive()
            return "open" if ws.close_code == SESSION_OVER else f"closed with {ws.close_code}"
    except aiohttp.WSServerHandshakeError as error:
        return str(error.status)
    except (TimeoutError, aiohttp.ClientError) as error:
        return str(error) or type(error).__name__


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
