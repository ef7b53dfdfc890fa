# SPDX-License-Identifier: Apache-2.0
"""Secrets that must be used again (a mail server's password, a TOTP seed) are kept sealed, never in the open."""

from typing import Protocol

from crm_core.domain.errors import CrmError


class SealBrokenError(CrmError):
    """A kept secret cannot be read: it was sealed with another key than the one in secret.key."""


class SecretBox(Protocol):
    def seal(self, secret: bytes) -> str:
        """Text fit for a column; another one each time."""
        ...

    def open(self, sealed: str) -> bytes:
        """SealBrokenError when it was sealed with another key, or changed since."""
        ...
