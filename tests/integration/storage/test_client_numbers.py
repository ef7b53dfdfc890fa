# SPDX-License-Identifier: Apache-2.0
"""Clients are told by the number they have elsewhere, at the start and after a change; a shared one tells nobody."""

import pytest

from crm_core.domain.client import ClientKind
from crm_core.domain.directory import Directory
from crm_core.storage.directory_source import DirectorySource
from crm_core.usecases.archive_client import archive_client
from crm_core.usecases.save_contact import edit_contact
from tests.support.builders import ANNA, NOW, a_company, a_contact

NOBODY = "+79990000000"


class House:
    def __init__(self, store) -> None:
        self.store = store
        self.directory = Directory()
        self.source = DirectorySource(store, self.directory, lambda: NOW)

    async def save(self, *contacts):
        async with self.store.begin() as tx:
            await tx.clients.save_contacts(contacts)

    async def edit(self, contact, external_id):
        await edit_contact(self.store, contact.id, {"external_id": external_id}, ANNA, NOW)

    async def who(self, keyed):
        """What the follower says, held against a fresh load."""
        await self.source.catch_up()
        fresh = House(self.store)
        await fresh.source.load()
        told, by = self.directory.clients.who(NOBODY, keyed)
        assert (told and told.id, by) == _ids(fresh.directory.clients.who(NOBODY, keyed))
        return told.name if told else None


def _ids(found):
    told, by = found
    return told and told.id, by


@pytest.fixture
async def house(store):
    house = House(store)
    house.olga, house.ivan = (
        a_contact("Olga", external_id="000417"),
        a_contact("Ivan", external_id="1C-55"),
    )
    await house.save(house.olga, house.ivan)
    async with store.begin() as tx:
        await tx.clients.save_companies([a_company("North", external_id="77")])
    await house.source.load()
    return house


async def test_digits_tell_a_client_and_zeros_before_them_do_not_matter(house):
    assert await house.who("417") == "Olga"
    assert await house.who("0417") == "Olga"
    assert await house.who("77") == "North"
    for nobody in ("418", "", "55", "1C-55", "4" * 40):
        assert await house.who(nobody) is None


async def test_a_change_is_followed(house):
    await house.edit(house.olga, "900")
    await house.edit(house.ivan, "417")
    assert await house.who("900") == "Olga"
    assert await house.who("417") == "Ivan"
    await house.edit(house.ivan, None)
    assert await house.who("417") is None


async def test_who_is_archived_is_not_told(house):
    await archive_client(house.store, ClientKind.CONTACT, house.olga.id, ANNA, NOW)
    assert await house.who("417") is None


async def test_a_number_of_two_is_nobodys(house):
    await house.edit(house.ivan, "00077")
    assert await house.who("77") is None


async def test_a_number_that_stops_being_shared_is_the_others_at_once(house):
    """It stayed nobody's until the next start."""
    await house.edit(house.ivan, "00417")
    assert await house.who("417") is None
    await house.edit(house.olga, "900")
    assert await house.who("417") == "Ivan"
    await house.edit(house.olga, "417")
    again = House(house.store)
    await again.source.load()  # shared from the start on
    await again.edit(house.ivan, None)
    assert await again.who("417") == "Olga"


async def test_who_is_archived_shares_nothing(house):
    await house.edit(house.ivan, "417")
    await archive_client(house.store, ClientKind.CONTACT, house.ivan.id, ANNA, NOW)
    assert await house.who("417") == "Olga"
