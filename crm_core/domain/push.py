# SPDX-License-Identifier: Apache-2.0
"""Web push: browsers that want to be told, and what each person wants to be told of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from crm_core.domain.errors import InvalidInputError

MOST_DEVICES: Final = 10  # of one person; one more and the oldest is forgotten
_LONGEST = 2000


class BadSubscriptionError(InvalidInputError):
    """This is not what a browser says of its push service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushSubscription:
    """As PushManager.subscribe() gave it; `p256dh` and `auth` encrypt what is sent."""

    id: UUID
    user_id: UUID
    endpoint: str
    p256dh: str
    auth: str
    device: str
    created_at: datetime

    @property
    def origin(self) -> str:
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyChoice:
    """The missed calls of oneself and of one's clients: at once on a device, once a day by mail."""

    user_id: UUID
    missed_push: bool = True
    missed_digest: bool = False
    digest_address: str = ""


def check_endpoint(text: str) -> str:
    """Return it, if a message may be sent there at all."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise BadSubscriptionError from error
    plain = text.isascii() and text.isprintable() and " " not in text and len(text) <= _LONGEST
    if not plain or parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise BadSubscriptionError
    if "@" in parts.netloc or "\\" in text:
        raise BadSubscriptionError
    return text
