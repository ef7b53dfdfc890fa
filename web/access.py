# SPDX-License-Identifier: Apache-2.0
"""Every handler says who may call it; a route without such a rule stops the start."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web

from crm_core.domain.people import Role

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
H = TypeVar("H", bound=Handler)


@dataclass(frozen=True, slots=True)
class Access:
    """`role`: the least a person needs. `scope`: what a program's token must name; such a route takes no cookie.

    `first_of_all`: open also to somebody who has yet to set up the second step that the house demands.
    """

    role: Role | None = None
    scope: str | None = None
    first_of_all: bool = False

    @property
    def is_public(self) -> bool:
        return self.role is None and self.scope is None


def public(handler: H) -> H:
    """Anybody, logged in or not."""
    return _ruled(handler, Access())


def requires(role: Role, *, first_of_all: bool = False) -> Callable[[H], H]:
    """People with at least this role."""
    return lambda handler: _ruled(handler, Access(role=role, first_of_all=first_of_all))


def requires_token(scope: str) -> Callable[[H], H]:
    """Programs whose bearer token names this scope."""
    return lambda handler: _ruled(handler, Access(scope=scope))


def access_of(request: web.Request) -> Access:
    """The rule of the route that was found; none was found: public, so that 404 and 405 can be answered."""
    return getattr(request.match_info.handler, "access", Access())


def check_routes(app: web.Application) -> None:
    """Refuse to start with a route that nobody thought about."""
    for route in app.router.routes():
        if not isinstance(getattr(route.handler, "access", None), Access):
            raise TypeError(f"{route.method} {route.resource}: say who may call it (web.access)")


def _ruled(handler: H, access: Access) -> H:
    handler.access = access  # type: ignore[attr-defined]
    return handler
