# SPDX-License-Identifier: Apache-2.0
"""A forgotten password: the same answer for everybody, and a letter for whoever has an address."""

from dataclasses import replace

from crm_core.domain.mail import MailServer
from crm_core.domain.outbox import OutKind, OutState


async def ask(site, login):
    return await site.stranger().post("/password/forgot", {"login": login})


async def letters(site):
    async with site.store.read() as tx:
        return await tx.outbox.page(OutState.WAITING, OutKind.MAIL, None, 20)


async def test_the_answer_never_says_who_works_here(make_site):
    site = await make_site(public_url="http://127.0.0.1")
    anna = site.history.users["anna"]
    async with site.store.begin() as tx:
        await tx.mail.save_server(MailServer(host="mail.example.com", from_address="crm@example.com"))
        await tx.people.save_user(replace(anna, email="anna@example.com"))
    known, unknown, no_address = [await (await ask(site, each)).text() for each in ("anna", "x", "boris")]
    assert "a letter with a link is on its way" in known
    assert known == unknown == no_address
    [letter] = await letters(site)
    assert letter.address == "anna@example.com"
    assert letter.payload["values"]["link"].startswith("http://127.0.0.1/invitation/")
    path = letter.payload["values"]["link"].removeprefix("http://127.0.0.1")
    assert "Choose a new password" in await site.stranger().text(path)


async def test_no_letter_without_an_address_of_ours_or_a_mail_server(site):
    assert "Ask an administrator" in await (await ask(site, "anna")).text()
    assert not await letters(site)


async def test_asking_is_slowed_down_alike(site):
    for login in ("anna", "nobody"):
        answers = [(await ask(site, login)).status for _ in range(8)]
        assert (answers[0], answers[-1]) == (200, 429)
