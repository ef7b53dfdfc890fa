# SPDX-License-Identifier: Apache-2.0
"""Parts of the product that a house may do without, each on or off for a role."""

from dataclasses import dataclass, field
from enum import StrEnum

from crm_core.domain.people import Role

_ALL = frozenset(Role)


class Module(StrEnum):
    LEADS = "leads"
    ORDERS = "orders"
    CLICK_TO_CALL = "click_to_call"
    RECORDINGS = "recordings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Modules:
    """Who has which. One that is not named is on for all."""

    roles: dict[Module, frozenset[Role]] = field(default_factory=dict)

    def has(self, role: Role, module: Module) -> bool:
        return role in self.roles.get(module, _ALL)
