# SPDX-License-Identifier: Apache-2.0
"""What happens, as it happens."""

from aiohttp import web

from web.api.ask import Ask
from web.api.operation import operation
from web.live.socket import by_token


@operation(
    "GET",
    "/live",
    scope="live",
    summary="Live events, by websocket",
    status=101,
    refusals={400: "This is a websocket: ask for an upgrade."},
)
async def live(ask: Ask) -> web.StreamResponse:
    """What the user's own screen gets; frames and close codes: docs/events.md."""
    return await by_token(ask.request)
