# SPDX-License-Identifier: Apache-2.0
"""What a screen may say to us, and the answer to everything else."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson

from crm_core.domain.errors import InvalidInputError
from crm_core.ports.feed import AckState, Audience, LiveFeed, Watcher

Message = dict[str, Any]


def obey(feed: LiveFeed, watcher: Watcher, text: str) -> None:
    """Do what a message asks; InvalidInputError, with a code for the screen, when it cannot be understood."""
    message = _read(text)
    action = _ACTIONS.get(message["type"])
    if action is None:
        raise InvalidInputError("unknown_type")
    action(feed, watcher, message)


def error_frame(code: str) -> bytes:
    return orjson.dumps({"type": "error", "data": {"code": code}})


def _read(text: str) -> Message:
    try:
        message = orjson.loads(text)
    except ValueError as error:
        raise InvalidInputError("not_json") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise InvalidInputError("no_type")
    return message


def _acknowledge(feed: LiveFeed, watcher: Watcher, message: Message) -> None:
    try:
        state = AckState(str(message.get("state")))
    except ValueError as error:
        raise InvalidInputError("bad_state") from error
    feed.acknowledge(watcher, _id(message, "pop"), state)


def _visible(feed: LiveFeed, watcher: Watcher, message: Message) -> None:
    visible = message.get("visible")
    if not isinstance(visible, bool):
        raise InvalidInputError("bad_visible")
    watcher.set_visible(visible=visible)
    if visible:
        feed.probe(watcher)


def _dismiss(feed: LiveFeed, watcher: Watcher, message: Message) -> None:
    feed.publish("pop.dismissed", {"call_id": _id(message, "call_id")}, Audience.of(watcher.user))


def _ping(feed: LiveFeed, watcher: Watcher, _message: Message) -> None:
    feed.pong(watcher)


def _id(message: Message, name: str) -> UUID:
    value = message.get(name)
    try:
        return UUID(value if isinstance(value, str) else "")
    except ValueError as error:
        raise InvalidInputError(f"bad_{name}") from error


_ACTIONS: dict[str, Callable[[LiveFeed, Watcher, Message], None]] = {
    "ack": _acknowledge,
    "visible": _visible,
    "dismiss": _dismiss,
    "ping": _ping,
}
