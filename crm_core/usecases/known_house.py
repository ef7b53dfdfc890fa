# SPDX-License-Identifier: Apache-2.0
"""What there is in this house that rules may name: for the checks of a rule set."""

from collections.abc import Collection

from babel.numbers import list_currencies

from crm_core.domain.choice import ChoiceKind
from crm_core.domain.people import OwnNumberKind
from crm_core.domain.routing.check import Known
from crm_core.ports.store import Tx


async def known_house(tx: Tx, queues: Collection[str] | None = None) -> Known:
    """`queues`: as the PBXs tell them; None when no PBX could be asked."""
    users = await tx.people.users()
    numbers = await tx.people.own_numbers()
    working = {user.id: user.login for user in users if user.archived_at is None}
    return Known(
        teams={team.name: len(team.members & working.keys()) for team in await tx.people.teams()},
        logins=frozenset(working.values()),
        hours=frozenset(schedule.name for schedule in await tx.schedules.all()),
        dids=frozenset(number.e164 for number in numbers),
        lines=frozenset(number.e164 for number in numbers if number.kind is OwnNumberKind.DID),
        bands=frozenset((await tx.bands.settings()).names),
        tags=frozenset(await tx.clients.tags()),
        fields={one.name: one for one in await tx.client_fields.all()},
        stages=frozenset(one.code for one in await tx.choices.all(ChoiceKind.STAGE)),
        currencies=frozenset({*list_currencies(), (await tx.settings.house()).currency}),
        sounds=frozenset(one.target for one in await tx.prompts.all()),
        queues=None if queues is None else frozenset(queues),
    )
