# SPDX-License-Identifier: Apache-2.0
"""`rolodial serve` that writes down when a pop was sent and when it was acknowledged as painted.

`python -m config.bench._watched_serve SETTINGS FILE`: a line of JSON for each pop painted, times in seconds since 1970.
"""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import orjson
import uvloop

from config.commands.serve import until_stopped
from config.garbage import settle_garbage
from config.logging import set_up_logging
from config.settings import load_settings
from config.wiring import running
from crm_core.feed.in_process import InProcessFeed
from crm_core.ports.feed import AckState, Audience, Watcher


def watch(feed: InProcessFeed, out: IO[bytes]) -> None:
    sent: dict[UUID, tuple[str, float]] = {}
    publish, acknowledge = feed.publish, feed.acknowledge

    def published(kind: str, data: Mapping[str, Any], to: Audience) -> int:
        if kind == "pop" and data["stage"] == "first":
            sent[UUID(str(data["pop"]))] = data["client"]["number"], time.time()
        return publish(kind, data, to)

    def acknowledged(watcher: Watcher, pop: UUID, state: AckState) -> None:
        now = time.time()
        if state is AckState.PAINTED and pop in sent:
            number, at = sent.pop(pop)
            out.write(orjson.dumps({"number": number, "sent": at, "painted": now}) + b"\n")
        acknowledge(watcher, pop, state)

    feed.publish, feed.acknowledge = published, acknowledged  # type: ignore[method-assign] # to look on, not to change


async def main(settings: Path, file: Path) -> None:
    with file.open("ab", buffering=0) as out:
        async with running(load_settings(settings)) as parts:
            watch(parts.feed, out)
            settle_garbage()
            await until_stopped()


if __name__ == "__main__":
    set_up_logging()
    uvloop.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
