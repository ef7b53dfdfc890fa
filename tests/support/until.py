# SPDX-License-Identifier: Apache-2.0
"""Waiting for what must come true. The limit is for a busy machine; what is right is there long before."""

import asyncio
import inspect


async def until(condition, within_s=30.0, *, every_s=0.01):
    """The value of a plain or awaitable condition, once it is true."""
    async with asyncio.timeout(within_s):
        while True:
            value = condition()
            if inspect.isawaitable(value):
                value = await value
            if value:
                return value
            await asyncio.sleep(every_s)
