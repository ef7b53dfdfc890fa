# SPDX-License-Identifier: Apache-2.0
"""The first administrator of an empty Rolodial; there is exactly one first."""

from crm_core.domain import clean
from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.ids import new_id
from crm_core.domain.people import Role, User
from crm_core.domain.person_sheet import LOGIN
from crm_core.ports.store import Tx
from crm_core.usecases.set_house import SETTINGS
from crm_core.usecases.trail import Trail

STEPS = ("admin", "company", "pbx", "numbers", "users", "import", "rules", "call")


class AdminExistsError(ConflictError):
    """There is an administrator already: log in."""


async def put_first_admin(tx: Tx, login: str, name: str, password_hash: str, trail: Trail) -> User:
    await tx.people.serialise()
    if any(user.role is Role.ADMIN for user in await tx.people.users()):
        raise AdminExistsError
    if not LOGIN.match(login):
        raise InvalidInputError(
            "A login is of a-z, 0-9 and . _ @ -, and 64 characters at most.", field="login"
        )
    shown = clean.line(name)
    if shown is None:
        raise InvalidInputError("A name is needed.", field="name")
    if await tx.people.user_by_login(login):
        raise ConflictError("The login is taken.", field="login")
    user = User(id=new_id(trail.now), login=login, name=shown, role=Role.ADMIN, created_at=trail.now)
    await tx.people.add_user(user, password_hash)
    trail.note("user", None, user)
    await put_step_done(tx, "admin", trail)
    return user


async def put_step_done(tx: Tx, step: str, trail: Trail) -> None:
    before = await tx.settings.setup_done()
    if step in STEPS and step not in before:
        await tx.settings.save_setup_done(before | {step})
        trail.changed("setup", SETTINGS)
