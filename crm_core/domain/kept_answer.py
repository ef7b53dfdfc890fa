# SPDX-License-Identifier: Apache-2.0
"""What a program was answered to a write that it may send again, not sure whether it was heard."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """`answer` is None while the first request is at work, and for good when the server was stopped within it."""

    token_id: UUID
    key: str
    digest: str  # of the request
    created_at: datetime
    answer: Answer | None = None
