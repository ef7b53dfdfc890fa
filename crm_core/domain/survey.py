# SPDX-License-Identifier: Apache-2.0
"""What a client answered on the keypad after a call."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

_QUESTION = re.compile(r"[A-Za-z0-9_-]{1,40}\Z", re.ASCII)
_KEYS = re.compile(r"[0-9*#]{1,20}\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswer:
    """`question` is the dialplan's own name for what was asked. Asked again in a call, the last answer counts."""

    call_id: UUID
    question: str
    keys: str
    at: datetime


def is_answer(question: str, keys: str) -> bool:
    return bool(_QUESTION.match(question) and _KEYS.match(keys))
