# SPDX-License-Identifier: Apache-2.0
"""Mail: the server it goes through, and letters, which are written in the reader's language when they go out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Any

from crm_core.domain.errors import InvalidInputError

_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]{1,64}@[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]{1,255}\Z")
_HOST = re.compile(r"[A-Za-z0-9.:\-]{1,255}\Z")
_PORTS = range(1, 65536)
_LONGEST_NAME = 100


class NotAnAddressError(InvalidInputError):
    """This is not an e-mail address."""


class Security(StrEnum):
    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class MailTemplate(StrEnum):
    TEST = "test"
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a letter's name
    MISSED_DIGEST = "missed_digest"
    BALANCE_OPEN = "balance_open"
    DISK_LOW = "disk_low"
    HANDED_OVER = "handed_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where our mail goes out. `password` is sealed; nothing is sent while `host` is empty."""

    host: str = ""
    port: int = 587
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = ""
    from_address: str = ""
    from_name: str = ""
    digest_at: time = time(18)  # in the house's zone

    def __post_init__(self) -> None:
        if not self.host:
            return
        if not _HOST.match(self.host):
            raise InvalidInputError("this is not the name of a server")
        if self.port not in _PORTS:
            raise InvalidInputError("a port is a number from 1 to 65535")
        if len(self.from_name) > _LONGEST_NAME or not self.from_name.isprintable():
            raise InvalidInputError("a text is too long or has control characters")
        check_address(self.from_address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One letter to one reader. `values` are what its template needs, as JSON has them."""

    to: str
    template: MailTemplate
    values: Mapping[str, Any]
    locale: str | None = None  # None: the house's
    zone: str | None = None

    def __post_init__(self) -> None:
        check_address(self.to)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it is read, in the reader's language."""

    subject: str
    text: str
    html: str


def check_address(text: str) -> str:
    """Return it, if mail can go there and nothing else can come in with it."""
    if not _ADDRESS.match(text) or not text.isprintable():
        raise NotAnAddressError
    return text
