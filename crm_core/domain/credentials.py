# SPDX-License-Identifier: Apache-2.0
"""Ways to prove who one is, beside the password: a link that is good once, and a second factor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

RECOVERY_CODES = 10
SHORTEST_PASSWORD = 10


class LinkPurpose(StrEnum):
    INVITATION = "invitation"
    RESET = "reset"


GOOD_FOR = {LinkPurpose.INVITATION: timedelta(days=7), LinkPurpose.RESET: timedelta(hours=24)}
BY_MAIL_GOOD_FOR = timedelta(hours=1)  # asked for by anybody who knows a login


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeLink:
    """Who has it may choose a password for its user, once. Only the hash of its token is kept."""

    user_id: UUID
    token_hash: str
    purpose: LinkPurpose
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """A TOTP seed (RFC 6238), sealed. It counts from `confirmed_at` on."""

    user_id: UUID
    sealed_secret: str
    created_at: datetime
    confirmed_at: datetime | None = None
    last_step: int = -1
