# SPDX-License-Identifier: Apache-2.0
"""What is kept about bands: where each client stands, each change with its hand-over, and when all were looked at."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from crm_core.domain.bands import BandState, Crossing
from crm_core.domain.client import ClientKind


class Why(StrEnum):
    ORDERS = "orders"
    SETTINGS = "settings"  # the limits changed, or it was the first look: nobody is handed over for that


class HandOver(StrEnum):
    """What became of a hand-over."""

    HANDED = "handed"
    PINNED = "pinned"
    THEIRS = "theirs"  # the manager is of that team already
    NOBODY = "nobody"  # nobody of that team can take them
    CALLED_OFF = "called_off"  # the client was in another band by then


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBand:
    """A contact of no company, or a company."""

    kind: ClientKind
    client_id: UUID
    state: BandState
    currency: str
    next: Crossing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BandChange:
    id: UUID
    kind: ClientKind
    client_id: UUID
    day: date
    at: datetime  # when we noticed
    before: str
    after: str
    turnover: Decimal
    currency: str
    why: Why
    hand_over_on: date | None = None  # waits for this day
    outcome: HandOver | None = None
    from_manager: UUID | None = None
    to_manager: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The last time that all clients were looked at."""

    day: date
    at: datetime
    settings: str  # by which settings: crm_core.domain.version
    stale_since: date | None = None  # no orders came since: bands stay as they were on `day`


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrated:
    """Orders of a currency without a rate: in nobody's band."""

    currency: str
    orders: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """This client keeps their manager, whatever rules say."""

    kind: ClientKind
    client_id: UUID
    at: datetime
    by: str

    @property
    def id(self) -> UUID:
        return self.client_id
