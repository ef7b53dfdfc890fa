# SPDX-License-Identifier: Apache-2.0
"""Webhooks: who is told of which events, and what each try of telling came to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from crm_core.domain.errors import InvalidInputError

EVENTS: Final = (
    "call.started",
    "call.answered",
    "call.ended",
    "call.missed",
    "recording.ready",
    "contact.created",
    "contact.updated",
    "contact.archived",
    "company.created",
    "company.updated",
    "company.archived",
    "lead.created",
    "lead.updated",
    "order.created",
    "order.updated",
)
TEST_EVENT: Final = "webhook.test"
CHOICES: Final = (*EVENTS[:5], "contact.*", "company.*", "lead.*", "order.*")
MOST_WEBHOOKS: Final = 20
OVERLAP: Final = timedelta(hours=24)  # both secrets sign for so long after a change
_LONGEST_URL = 1000


class BadWebhookUrlError(InvalidInputError):
    """A webhook's address begins with https:// or http:// and holds no user name or password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """`seq`: up to there of `change` its events were put into the outbox. Secrets are sealed."""

    id: UUID
    url: str
    events: frozenset[str]
    secret: str
    created_at: datetime
    updated_at: datetime
    seq: int = 0
    old_secret: str | None = None
    old_until: datetime | None = None
    enabled: bool = True

    def __post_init__(self) -> None:
        check_url(self.url)
        if not self.events or not self.events <= set(CHOICES):
            raise InvalidInputError("choose at least one event")

    def wants(self, event: str) -> bool:
        return event in self.events or f"{event.partition('.')[0]}.*" in self.events

    @property
    def target(self) -> str:
        return f"webhook {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One try. `status` is None when nothing was answered; then `error` says why."""

    id: UUID
    webhook_id: UUID
    item_id: UUID
    event: str
    at: datetime
    headers: Mapping[str, str]
    body: str
    status: int | None
    answer: str
    ms: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`about` makes its key: one thing happens to one record once, or once in a change."""

    type: str
    about: str
    at: datetime
    data: Mapping[str, Any]

    def payload(self) -> dict[str, Any]:
        return {"type": self.type, "timestamp": self.at.isoformat(), "data": dict(self.data)}


def check_url(text: str) -> str:
    """Return it, if a request may be sent there at all; whether its host is private is asked when it is resolved."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise BadWebhookUrlError from error
    plain = text.isascii() and text.isprintable() and " " not in text and len(text) <= _LONGEST_URL
    if not plain or parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise BadWebhookUrlError
    if "@" in parts.netloc or "\\" in text:
        raise BadWebhookUrlError
    return text


def chosen(names: Collection[str]) -> frozenset[str]:
    """Of what a form sent, the events there are."""
    return frozenset(names) & frozenset(CHOICES)
