# SPDX-License-Identifier: Apache-2.0
"""`rolodial token`: what programs may do."""

from datetime import timedelta
from uuid import UUID

import click

from config.command_line import database_option, with_store
from crm_core.domain.audit import Actor
from crm_core.domain.people import User
from crm_core.domain.session import SCOPES, ApiToken
from crm_core.ports.clock import utc_now
from crm_core.ports.store import Store

_ACTOR = Actor("rolodial token")


@click.group()
def command() -> None:
    """Give programs tokens, show them, take them back. See docs/api.md."""


@command.command()
@click.argument("login")
@click.option("--label", required=True, help="What it is for, as others see it: 'web shop'.")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="What it may do."
)
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=365,
    show_default=True,
    help="How long it lasts; 365 days if not said.",
)
@database_option
def add(login: str, label: str, scopes: tuple[str, ...], days: int, url: str) -> None:
    """Make a token that acts as LOGIN. It is shown once; only its hash is kept."""
    from crm_core.usecases.issue_token import issue_token
    from web.secret_ids import hashed, new_token

    secret, now = new_token(), utc_now()

    async def work(store: Store) -> ApiToken:
        return await issue_token(
            store,
            login,
            token_hash=hashed(secret),
            label=label,
            scopes=frozenset(scopes),
            expires_at=now + timedelta(days=days),
            actor=_ACTOR,
            now=now,
        )

    token = with_store(url, work)
    # Alone on standard output, so that it can go straight into a file.
    click.echo(secret)
    click.echo(
        f"Keep it now: it is not shown again. It is over in {days} days; its id is {token.id}.", err=True
    )


@command.command(name="list")
@database_option
def list_(url: str) -> None:
    """Show the tokens there are, never what they say."""

    async def work(store: Store) -> list[tuple[User, ApiToken]]:
        async with store.read() as tx:
            users = await tx.people.users(archived=True)
            return [(user, token) for user in users for token in await tx.sessions.tokens(user.id)]

    for user, token in with_store(url, work):
        click.echo(
            f"{token.id}  {user.login:<20} {' '.join(sorted(token.scopes)):<18} {_life(token)}  {token.label}"
        )


@command.command()
@click.argument("token_id", metavar="ID", type=click.UUID)
@database_option
def revoke(token_id: UUID, url: str) -> None:
    """Take a token back; ID as `rolodial token list` shows it."""
    from crm_core.usecases.issue_token import revoke_token

    async def work(store: Store) -> ApiToken:
        return await revoke_token(store, token_id, _ACTOR, utc_now())

    click.echo(f"The token {with_store(url, work).label!r} lets nobody in any more.")


def _life(token: ApiToken) -> str:
    used = f"used {token.last_used_at:%Y-%m-%d}" if token.last_used_at else "never used"
    if token.expires_at is None:
        return f"{used}, no end"
    return f"{used}, {'over' if token.expires_at <= utc_now() else 'until'} {token.expires_at:%Y-%m-%d}"
