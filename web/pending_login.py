# SPDX-License-Identifier: Apache-2.0
"""Between the two steps of a login: the browser carries, sealed, whose password was right and when."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson

from crm_core.domain.people import User
from crm_core.ports.secret_box import SealBrokenError, SecretBox

_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class PendingLogin:
    login: str
    password: str  # a mark of the kept hash: a password changed meanwhile makes this worthless

    def is_of(self, kept_hash: str) -> bool:
        return self.password == _mark(kept_hash)


def sealed(box: SecretBox, user: User, kept_hash: str, now: datetime) -> str:
    return box.seal(orjson.dumps([user.login, _mark(kept_hash), now.timestamp()]))


def opened(box: SecretBox, text: str, now: datetime) -> PendingLogin | None:
    """None: not ours, or too long ago."""
    try:
        login, mark, at = orjson.loads(box.open(text))
    except SealBrokenError:
        return None
    return PendingLogin(login, mark) if now - datetime.fromtimestamp(at, UTC) < _WITHIN else None


def _mark(kept_hash: str) -> str:
    return hashlib.sha256(kept_hash.encode()).hexdigest()[:16]
