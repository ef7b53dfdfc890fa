# SPDX-License-Identifier: Apache-2.0
"""`rolodial user`: who may log in."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import click

from config.command_line import database_option, read_password, run, with_store
from config.doctor.web_check import addresses
from config.settings import load_settings
from crm_core.domain.audit import Actor
from crm_core.domain.credentials import SHORTEST_PASSWORD, OneTimeLink
from crm_core.domain.errors import ConflictError, InvalidInputError
from crm_core.domain.people import Extension, Role, User
from crm_core.domain.person_sheet import PersonSheet
from crm_core.ports.clock import utc_now
from crm_core.ports.store import Store, Tx
from crm_core.usecases.set_password import UserNotFoundError
from crm_core.usecases.trail import Trail

T = TypeVar("T")
_ACTOR = Actor("rolodial user")

_password_file = click.option(
    "--password-file",
    "file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="Read the password from a file, or - for standard input; without it, it is asked for.",
)


@click.group()
def command() -> None:
    """Add people, invite them, let them back in, let them go."""


@command.command()
@click.argument("login")
@click.option("--name", help="As others see it; the login if not given.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.OPERATOR.value)
@_password_file
@database_option
def add(login: str, name: str | None, role: str, file: Path | None, url: str) -> None:
    """Let somebody log in."""
    from crm_core.usecases.create_user import create_user

    hashed = _hashed(file)

    async def work(store: Store) -> User:
        return await create_user(
            store,
            login=login,
            name=name or login,
            role=Role(role),
            password_hash=hashed,
            actor=_ACTOR,
            now=utc_now(),
        )

    click.echo(f"{with_store(url, work).login} may log in as {role}.")


@command.command()
@click.argument("login")
@_password_file
@database_option
def passwd(login: str, file: Path | None, url: str) -> None:
    """Set somebody's password, and end their sessions."""
    from crm_core.usecases.set_password import set_password

    hashed = _hashed(file)

    async def work(store: Store) -> None:
        await set_password(store, login, hashed, _ACTOR, utc_now())

    with_store(url, work)
    click.echo(f"{login} has a new password; every session of theirs is over.")


@command.command()
@click.argument("login")
@click.option("--name", help="As others see it; the login if not given.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.OPERATOR.value)
@click.option("--email", help="For a forgotten password.")
@database_option
def invite(login: str, name: str | None, role: str, email: str | None, url: str) -> None:
    """Add somebody who chooses their own password: the link is printed, once.

    Somebody who was invited and has not come yet gets a new link; the one before is worth nothing then.
    """
    from crm_core.usecases.save_person import put_person

    async def work(tx: Tx, trail: Trail) -> tuple[str, OneTimeLink]:
        user = await tx.people.user_by_login(login)
        if user is None:
            sheet = PersonSheet(login=login, name=name or login, role=Role(role), email=email)
            user = await put_person(tx, None, sheet, trail)
        elif user.archived_at or await tx.people.password_hash(user.id):
            raise ConflictError(
                f"{login} has an account already: `rolodial user reset` makes a link for them"
            )
        return await _link(tx, user, trail)

    _show(login, *_changed(url, work))


@command.command()
@click.argument("login")
@click.option("--second-step", is_flag=True, help="Take the second step away; the password stays.")
@database_option
def reset(login: str, second_step: bool, url: str) -> None:  # noqa: FBT001 - click's flag
    """Print a link by which somebody chooses a new password, once."""
    from crm_core.usecases.second_factor import take_away

    async def work(tx: Tx, trail: Trail) -> tuple[str, OneTimeLink] | None:
        user = await _working_here(tx, login)
        if not second_step:
            return await _link(tx, user, trail)
        await take_away(tx, user, trail)
        return None

    made = _changed(url, work)
    if made:
        _show(login, *made)
    else:
        click.echo(f"{login} logs in with the password only.")


@command.command()
@click.argument("login")
@click.option("--heir", help="Login of the colleague who takes over clients, deals and tasks.")
@click.option("--nobody", is_flag=True, help="Leave clients and deals without a manager, tasks as they are.")
@database_option
def dismiss(login: str, heir: str | None, nobody: bool, url: str) -> None:  # noqa: FBT001 - click's flag
    """Let somebody go: way in, tokens, queues and phones end, their clients go to a colleague."""
    from config.leave_pbxs import tell_pbxs
    from crm_core.usecases.dismiss_person import Leaving, preview
    from crm_core.usecases.dismiss_person import dismiss as let_go

    if heir and nobody:
        raise click.UsageError("--heir or --nobody, not both")

    async def work(tx: Tx, trail: Trail) -> tuple[Leaving, Sequence[Extension]]:
        user = await _working_here(tx, login)
        leaving = await preview(tx, user, trail.now)
        taker = await _working_here(tx, heir) if heir else None
        if leaving.work and taker is None and not nobody:
            raise ConflictError(
                f"{_counted(leaving.work)} are theirs: say who takes them, --heir LOGIN, or --nobody"
            )
        return leaving, await let_go(tx, user.id, taker.id if taker else None, trail)

    leaving, extensions = _changed(url, work)
    run(tell_pbxs(load_settings(), extensions, lambda problem: click.echo(problem, err=True)))
    click.echo(
        f"{login} works here no more: sessions {leaving.sessions}, tokens {len(leaving.tokens)} ended."
    )
    if leaving.lines:
        click.echo(f"Free now: {', '.join(leaving.lines)}")
    if leaving.work:
        click.echo(f"Theirs were {_counted(leaving.work)}; now with {heir or 'nobody (tasks stay)'}.")


@command.command(name="list")
@click.option("--archived", is_flag=True, help="Also those who no longer work here.")
@database_option
def list_(archived: bool, url: str) -> None:  # noqa: FBT001 - click's flag
    """Show who may log in."""

    async def work(store: Store) -> list[User]:
        async with store.read() as tx:
            return await tx.people.users(archived=archived)

    for user in with_store(url, work):
        gone = "  (archived)" if user.archived_at else ""
        click.echo(f"{user.login:<20} {user.role:<11} {user.name}{gone}")


def _counted(work: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in work.items())


def _changed(url: str, work: Callable[[Tx, Trail], Awaitable[T]]) -> T:
    """One transaction with its trail."""

    async def main(store: Store) -> T:
        trail = Trail(_ACTOR, utc_now())
        async with store.begin() as tx:
            done = await work(tx, trail)
            await trail.write(tx)
        return done

    return with_store(url, main)


async def _working_here(tx: Tx, login: str) -> User:
    user = await tx.people.user_by_login(login)
    if user is None or user.archived_at:
        raise UserNotFoundError(f"there is no user {login!r}")
    return user


async def _link(tx: Tx, user: User, trail: Trail) -> tuple[str, OneTimeLink]:
    from crm_core.usecases.one_time_links import put_link
    from web.secret_ids import hashed, new_session_id

    token = new_session_id()
    return token, await put_link(tx, user, hashed(token), trail)


def _show(login: str, token: str, link: OneTimeLink) -> None:
    """The link alone on standard output, so that a script can send it."""
    web = load_settings().web
    base = (web.public_url or addresses(web)[0]).rstrip("/")
    click.echo(
        f"{login} chooses a password here, once, until {link.expires_at:%Y-%m-%d %H:%M} UTC:", err=True
    )
    click.echo(f"{base}/invitation/{token}")


def _hashed(file: Path | None) -> str:
    from web.passwords import hash_password

    password = read_password(file)
    if len(password) < SHORTEST_PASSWORD:
        raise click.ClickException(
            str(InvalidInputError(f"a password has {SHORTEST_PASSWORD} characters or more"))
        )
    return hash_password(password)
