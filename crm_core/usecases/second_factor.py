# SPDX-License-Identifier: Apache-2.0
"""The second step of logging in: begun, confirmed by a first code, asked for, and taken away."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from crm_core.domain.credentials import RECOVERY_CODES, SecondFactor
from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.people import User
from crm_core.domain.security import Security
from crm_core.domain.totp import matching_step, new_recovery_code, new_secret, plain_recovery_code
from crm_core.ports.secret_box import SecretBox
from crm_core.ports.store import Tx
from crm_core.usecases.trail import Trail

Work = Callable[[Tx, User, Trail], Awaitable[list[str]]]


class WrongCodeError(InvalidInputError):
    """The code is wrong, or it was used already. Wait for the next one."""


async def is_on(tx: Tx, user: User) -> bool:
    factor = await tx.credentials.second_factor(user.id)
    return factor is not None and factor.confirmed_at is not None


async def is_missing(tx: Tx, user: User, security: Security) -> bool:
    """Whether they must set one up before they may do anything else."""
    return security.two_steps and not await is_on(tx, user)


async def begin(tx: Tx, user: User, box: SecretBox, now: datetime) -> SecondFactor:
    """A new seed to be scanned; nothing is asked for until a first code has proven that it was."""
    known = await tx.credentials.second_factor(user.id)
    if known and known.confirmed_at:
        raise ConflictError("The second step is on already.")
    factor = SecondFactor(user_id=user.id, sealed_secret=box.seal(new_secret().encode()), created_at=now)
    await tx.credentials.save_second_factor(factor)
    return factor


async def confirm(tx: Tx, user: User, code: str, box: SecretBox, trail: Trail) -> list[str]:
    """On from now on; returns the recovery codes, which are not kept in a form that could be shown again."""
    factor = await tx.credentials.second_factor(user.id)
    if factor is None or factor.confirmed_at:
        raise ConflictError("Begin again: there is nothing to confirm.")
    step = matching_step(secret_of(factor, box), code, trail.now)
    if step is None:
        raise WrongCodeError(field="code")
    await tx.credentials.save_second_factor(replace(factor, confirmed_at=trail.now, last_step=step))
    trail.note("user", user, user, "second_factor_on")
    return await new_codes(tx, user, trail)


async def new_codes(tx: Tx, user: User, trail: Trail) -> list[str]:
    """The ones from before are worth nothing now."""
    codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
    await tx.credentials.put_recovery_codes(user.id, [_hashed(user, code) for code in codes])
    trail.note("user", user, user, "recovery_codes")
    return codes


async def proves(tx: Tx, user: User, typed: str, box: SecretBox, now: datetime) -> bool:
    """A code of the app, or a recovery code; each is good once."""
    factor = await tx.credentials.second_factor(user.id)
    if factor is None or factor.confirmed_at is None:
        return False
    step = matching_step(secret_of(factor, box), typed, now)
    if step is not None:
        return await tx.credentials.take_step(user.id, step)
    return await tx.credentials.take_recovery_code(user.id, _hashed(user, typed))


async def take_away(tx: Tx, user: User, trail: Trail) -> None:
    """By themselves with a code, or by an administrator for somebody who lost the phone."""
    await tx.credentials.drop_second_factor(user.id)
    trail.note("user", user, user, "second_factor_off")


def secret_of(factor: SecondFactor, box: SecretBox) -> str:
    return box.open(factor.sealed_secret).decode()


def _hashed(user: User, code: str) -> str:
    """Seventy random bits need no slow hash."""
    return hashlib.sha256(user.id.bytes + plain_recovery_code(code).encode()).hexdigest()
