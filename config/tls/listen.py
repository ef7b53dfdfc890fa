# SPDX-License-Identifier: Apache-2.0
"""Where the pages listen: with TLS or without, and beside TLS a plain port that explains it."""

from contextlib import AsyncExitStack

from aiohttp import web

from config.tls.keeper import TlsKeeper
from web.settings import WebSettings


async def listen(
    runner: web.AppRunner, settings: WebSettings, tls: TlsKeeper | None, stack: AsyncExitStack
) -> None:
    context = tls.context if tls else None
    await web.TCPSite(runner, settings.host, settings.port, ssl_context=context).start()
    if tls:
        await stack.enter_async_context(tls.kept())
    if tls and settings.plain_port:
        await web.TCPSite(runner, settings.host, settings.plain_port).start()
