# SPDX-License-Identifier: Apache-2.0
"""A fault: its number and pass line of the list of faults, and the function that injects it, heals it and looks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.chaos.stage import Stage


class CannotRunError(Exception):
    """This machine does not let us do it. That is 'not run', which never counts as held."""


Inject = Callable[["Stage"], Awaitable[str]]  # says what was seen; an AssertionError says what did not hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    number: int
    name: str
    passes: str  # the line that must hold, besides what must hold after every fault
    inject: Inject | None = None
    load: int = 4  # clients that call one after another meanwhile, each of a manager of his own
    exact: bool = (
        False  # nobody could miss anything: nothing may be in doubt, each manager took his own clients
    )
    database: str = "sqlite"
    tests: tuple[str, ...] = ()  # that prove it, or a part of it

    @property
    def title(self) -> str:
        return self.name if self.database == "sqlite" else f"{self.name} (PostgreSQL)"


FAULTS: list[Fault] = []


def fault(number: int, name: str, passes: str, **more) -> Callable[[Inject], Inject]:
    def register(inject: Inject) -> Inject:
        FAULTS.append(Fault(number=number, name=name, passes=passes, inject=inject, **more))
        return inject

    return register


def proved_by(number: int, name: str, passes: str, *tests: str) -> None:
    """By tests that stand elsewhere; they are run."""
    FAULTS.append(Fault(number=number, name=name, passes=passes, tests=tests))
