# SPDX-License-Identifier: Apache-2.0
"""What reads from a PBX is tested on both event loops: pausing and closing differ between them."""

import asyncio

import uvloop


def pytest_asyncio_loop_factories(config, item):
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
