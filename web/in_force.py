# SPDX-License-Identifier: Apache-2.0
"""The settings as every page needs them, in memory: read at the start and after every change of them."""

from dataclasses import dataclass, field

from crm_core.domain.choice import BUILT_IN, Choice, ChoiceKind
from crm_core.domain.client import ClientKind
from crm_core.domain.client_field import ClientField
from crm_core.domain.house import House
from crm_core.domain.modules import Modules
from crm_core.domain.people import Role
from crm_core.domain.security import Security
from crm_core.ports.store import Store
from web.actors import Actors


@dataclass(slots=True, kw_only=True)
class InForce:
    house: House
    modules: Modules = field(default_factory=Modules)
    security: Security = field(default_factory=Security)
    choices: tuple[Choice, ...] = BUILT_IN
    fields: tuple[ClientField, ...] = ()  # of contacts and companies
    actors: Actors = field(default_factory=Actors)
    has_admin: bool = True

    async def read(self, store: Store) -> None:
        async with store.read() as tx:
            house, modules = await tx.settings.house(), await tx.settings.modules()
            security = await tx.settings.security()
            choices = [await tx.choices.all(kind) for kind in ChoiceKind]
            fields = await tx.client_fields.all()
            users = await tx.people.users(archived=True)
        self.house, self.modules, self.actors = house, modules, Actors(users)
        self.has_admin = any(user.role is Role.ADMIN and not user.archived_at for user in users)
        self.security, self.fields = security, tuple(fields)
        self.choices = tuple(each for some in choices for each in some)

    def offered(self, kind: ChoiceKind) -> list[Choice]:
        """What may be chosen now."""
        return [each for each in self.choices if each.kind is kind and each.archived_at is None]

    def fields_of(self, kind: ClientKind) -> list[ClientField]:
        """Those that are offered."""
        return [one for one in self.fields if one.of is kind and one.archived_at is None]

    def choice(self, kind: ChoiceKind, code: str) -> Choice | None:
        return next((each for each in self.choices if (each.kind, each.code) == (kind, code)), None)
