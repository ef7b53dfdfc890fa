# SPDX-License-Identifier: Apache-2.0
"""Errors of the domain: one root; the docstring is the message a person reads."""

from typing import Any


class CrmError(Exception):
    """Something went wrong."""

    def __init__(self, message: str = "", **details: Any) -> None:
        self.details = details
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class NotFoundError(CrmError):
    """There is no such record."""


class ForbiddenError(CrmError):
    """You may not see or do this."""


class InvalidInputError(CrmError):
    """The data given is not valid."""


class ConflictError(CrmError):
    """Somebody else changed this in the meantime."""
