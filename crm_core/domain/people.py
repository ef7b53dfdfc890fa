# SPDX-License-Identifier: Apache-2.0
"""The people who work here: users, their teams, and the extensions and devices they had at a time."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class DeviceKind(StrEnum):
    DESK = "desk"
    BROWSER = "browser"
    MOBILE = "mobile"


class OwnNumberKind(StrEnum):
    DID = "did"
    MOBILE = "mobile"
    TEST = "test"  # of our own tests: a call from it is no client's
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may log in. The password's hash is not here, so that it cannot leak through a repr."""

    id: UUID
    login: str
    name: str
    role: Role
    created_at: datetime
    locale: str | None = None
    zone: str | None = None
    theme: str | None = None
    email: str | None = None
    archived_at: datetime | None = None
    schedule_id: UUID | None = None  # their working hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    id: UUID
    name: str
    members: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """Whose extension it was, from `valid_from` until just before `valid_to`."""

    id: UUID
    user_id: UUID
    pbx: str
    extension: str
    valid_from: datetime
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Whose device ('PJSIP/101') it was, from `valid_from` until just before `valid_to`."""

    id: UUID
    user_id: UUID
    pbx: str
    device: str
    kind: DeviceKind
    valid_from: datetime
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNumber:
    """A number of ours, never matched to a client."""

    id: UUID
    e164: str
    label: str
    kind: OwnNumberKind = OwnNumberKind.DID
    pbx: str | None = None  # through which it comes
    line: str | None = None  # the trunk's name there
    source: str | None = None  # where it is advertised
    team_id: UUID | None = None
    language: str | None = None  # its callers are greeted in
    schedule_id: UUID | None = None
    note: str | None = None  # of the greeting
    user_id: UUID | None = None  # whose mobile: of whoever works here
