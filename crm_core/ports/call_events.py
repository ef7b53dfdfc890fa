# SPDX-License-Identifier: Apache-2.0
"""What the PBX said of one call, for a bug report: numbers and names masked, so that it can be shown to strangers."""

from typing import Protocol

from crm_core.domain.call import Call
from crm_core.domain.errors import CrmError


class NoEventsError(CrmError):
    """The journal does not tell of this call: it is too old, or its day was forgotten."""


class CallEvents(Protocol):
    async def masked(self, call: Call) -> bytes:
        """An .amij file whose replay gives the same call. NoEventsError when the journal does not tell of it."""
        ...
