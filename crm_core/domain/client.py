# SPDX-License-Identifier: Apache-2.0
"""Contacts and companies, and the phone numbers they are known by."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ClientKind(StrEnum):
    CONTACT = "contact"
    COMPANY = "company"


class PhoneKind(StrEnum):
    MOBILE = "mobile"
    WORK = "work"
    HOME = "home"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    id: UUID
    name: str
    created_at: datetime
    updated_at: datetime
    external_id: str | None = None
    tax_id: str | None = None
    manager_id: UUID | None = None
    tags: tuple[str, ...] = ()  # domain.tags
    parent_id: UUID | None = None  # the company it belongs to: domain.company_group
    head_id: UUID | None = None  # of its group, unless it is that itself; the store finds it out
    fields: tuple[tuple[str, str], ...] = ()  # domain.client_field
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    id: UUID
    name: str
    created_at: datetime
    updated_at: datetime
    external_id: str | None = None
    position: str | None = None
    email: str | None = None
    note: str | None = None
    company_id: UUID | None = None
    manager_id: UUID | None = None
    tags: tuple[str, ...] = ()  # domain.tags
    fields: tuple[tuple[str, str], ...] = ()  # domain.client_field
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber:
    """Belongs to a contact or to a company, never to both."""

    id: UUID
    e164: str  # '+74951234567'; what was typed when it cannot be E.164
    raw: str
    created_at: datetime
    kind: PhoneKind = PhoneKind.OTHER
    extension: str | None = None
    contact_id: UUID | None = None
    company_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One result of a search."""

    kind: ClientKind
    id: UUID
    name: str
    company: str | None = None
    e164: str | None = None
