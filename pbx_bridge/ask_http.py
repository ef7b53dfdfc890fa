# SPDX-License-Identifier: Apache-2.0
"""FastAGI's verbs over HTTP, for a PBX on another host: Asterisk bounds the connect of CURL, and not that of AGI.

`POST /<verb>` with what AGI would say (callerid, channel, arg_1 ...) as a form; the answer is the variables as a form,
and `heard=<verb>` last, so that half an answer is none.
"""

import asyncio
import inspect
from collections.abc import Mapping
from urllib.parse import quote, urlencode

import structlog
from aiohttp import web

from pbx_bridge.agi_lines import AgiRequest, Answer
from pbx_bridge.agi_settings import FastAgiSettings, Peers
from pbx_bridge.fastagi import FastAgiStats, Handler

log = structlog.get_logger()
_WITHHELD = "32"  # Q.931, as agi_callingpres says it; the dialplan knows only words
_LOOK_S = 0.1


class AskServer:
    """`handlers` by verb, those that answer with variables; counted beside FastAGI's own."""

    def __init__(
        self, settings: FastAgiSettings, handlers: Mapping[str, Handler], stats: FastAgiStats
    ) -> None:
        self._settings = settings
        self._handlers = handlers
        self._stats = stats
        self._peers = Peers(settings.allowed)
        self._runner: web.AppRunner | None = None
        self._since: dict[asyncio.Protocol, float] = {}  # connections, eldest first
        self._sweep: asyncio.TimerHandle | None = None

    @property
    def port(self) -> int | None:
        """Where it listens, when it was told to choose (port 0)."""
        return int(self._runner.addresses[0][1]) if self._runner and self._runner.addresses else None

    async def start(self) -> None:
        if self._settings.http_port is None:
            return
        app = web.Application(client_max_size=self._settings.header_bytes)
        app.router.add_post("/{verb}", self._ask)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._settings.host, self._settings.http_port, backlog=512).start()
        self._sweep_later()

    async def stop(self) -> None:
        if self._sweep:
            self._sweep.cancel()
        if self._runner:
            await self._runner.cleanup()

    def _sweep_later(self) -> None:
        self._sweep = asyncio.get_running_loop().call_later(_LOOK_S, self._close_the_late)

    def _close_the_late(self) -> None:
        """Aiohttp lets whoever says nothing wait for ever, and any number of them."""
        server = self._runner.server if self._runner else None
        now, settings = asyncio.get_running_loop().time(), self._settings
        there = server.connections if server else []
        self._since = {one: self._since.get(one, now) for one in there}
        too_many = len(there) - settings.connections
        for position, one in enumerate(there):
            if position < too_many or now - self._since[one] > settings.header_s + settings.reply_s:
                self._stats.refused += 1
                one.force_close()
        self._sweep_later()

    async def _ask(self, request: web.Request) -> web.Response:
        self._stats.accepted += 1
        verb = request.match_info["verb"]
        handler = self._handlers.get(verb)
        if not self._peers.may_ask(request.remote or "") or handler is None:
            self._stats.refused += 1
            log.warning("request over HTTP refused", peer=request.remote, verb=verb)
            raise web.HTTPForbidden
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            answer = handler(request_of(verb, form))
            answer = await answer if inspect.isawaitable(answer) else answer
        except Exception:
            self._stats.failed += 1
            log.exception("request over HTTP failed")
            raise web.HTTPInternalServerError from None
        self._stats.answered += 1
        said = web.Response(text=form_of(verb, answer if isinstance(answer, Answer) else None))
        said.force_close()  # each caller has a thread of Asterisk's, and no second question
        return said


def request_of(verb: str, form: Mapping[str, str]) -> AgiRequest:
    """As Asterisk would say it over AGI."""
    env = {f"agi_{name}": value for name, value in form.items()}
    restricted = env.get("agi_callingpres", "").startswith(("prohib", "unavailable"))
    env["agi_callingpres"] = _WITHHELD if restricted else "0"
    args, number = list[str](), 1
    while (value := form.get(f"arg_{number}")) is not None:
        args.append(value)
        number += 1
    return AgiRequest(script=verb, args=tuple(args), env=env)


def form_of(verb: str, answer: Answer | None) -> str:
    """None: nothing to say, which the dialplan must know from silence."""
    values = {**answer.written, **answer.made} if answer else {}
    return urlencode({**values, "heard": verb}, quote_via=quote)
