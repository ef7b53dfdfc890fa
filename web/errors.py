# SPDX-License-Identifier: Apache-2.0
"""Errors of the way to a page, and what each error is called in HTTP."""

from crm_core.domain.errors import ConflictError, CrmError, ForbiddenError, InvalidInputError, NotFoundError
from crm_core.ports.pbx import OriginateUnknownError, PbxUnavailableError
from web.throttled import TooManyTriesError


class LoginNeededError(CrmError):
    """Please log in."""


class SecondStepNeededError(ForbiddenError):
    """Set up the second step of your login first: it is required here."""


class TokenNeededError(CrmError):
    """A valid bearer token is needed."""


class ChangedMeanwhileError(CrmError):
    """It is no longer what If-Match says. `current` is what it is now."""


class NotAcceptableError(CrmError):
    """There is no answer of a kind that Accept asks for."""


class TooManyRequestsError(CrmError):
    """Too many requests with this token. Wait for as long as Retry-After says."""


STATUS: dict[type[CrmError], int] = {
    LoginNeededError: 401,
    TokenNeededError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    InvalidInputError: 422,
    NotAcceptableError: 406,
    ChangedMeanwhileError: 412,
    TooManyRequestsError: 429,
    TooManyTriesError: 429,
    PbxUnavailableError: 503,
    OriginateUnknownError: 502,
}


def status_of(error: CrmError) -> int:
    """The nearest known class says it; an error nobody listed is the caller's mistake."""
    return next((STATUS[cls] for cls in type(error).__mro__ if cls in STATUS), 400)
