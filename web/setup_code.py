# SPDX-License-Identifier: Apache-2.0
"""What shows that somebody may read the server's log: new at every start."""

import hmac
import secrets
from dataclasses import dataclass, field

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike


def _code() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


@dataclass(frozen=True, slots=True)
class SetupCode:
    """`text` is for the log alone."""

    text: str = field(default_factory=_code, repr=False)

    def fits(self, given: str) -> bool:
        return hmac.compare_digest(given.strip().lower().encode(), self.text.encode())
