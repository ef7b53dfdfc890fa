# SPDX-License-Identifier: Apache-2.0
"""Passwords: argon2id, hashed away from the event loop, a few at a time."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's smallest argon2id: 19 MiB, so that a burst of logins does not push a small machine into swap.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Verified when there is no such user, so that the answer takes as long.
_NOBODY = _HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Slow on purpose: call it in a thread, or from the command line."""
    return _HASHER.hash(password)


class Passwords:
    def __init__(self, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)

    async def matches(self, password: str, password_hash: str | None) -> bool:
        async with self._free:
            return await asyncio.to_thread(_matches, password, password_hash)

    async def hash(self, password: str) -> str:
        async with self._free:
            return await asyncio.to_thread(hash_password, password)

    async def renewed(self, password: str, password_hash: str) -> str | None:
        """A new hash when the kept one was made with other parameters than today's."""
        if not _HASHER.check_needs_rehash(password_hash):
            return None
        return await self.hash(password)


def _matches(password: str, password_hash: str | None) -> bool:
    try:
        _HASHER.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)  # '': no password was chosen yet
