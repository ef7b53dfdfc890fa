# SPDX-License-Identifier: Apache-2.0
"""The daily letter of missed calls: at its hour, once, to those who asked, only when there is something."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm_core.domain.call import Disposition
from crm_core.domain.mail import MailServer
from crm_core.domain.outbox import OutKind, OutState
from crm_core.domain.push import NotifyChoice
from crm_core.usecases.send_digests import DigestSender, day_until
from outgoing.mail_sender import _mail

MOSCOW = ZoneInfo("Europe/Moscow")


async def ask(history, *logins, at=time(18)):
    async with history.store.begin() as tx:
        server = MailServer(host="smtp.example.com", from_address="crm@example.com", digest_at=at)
        await tx.mail.save_server(server)
        for login in logins:
            address, user = f"{login}@example.com", history.users[login]
            await tx.push.save_choice(
                NotifyChoice(user_id=user.id, missed_digest=True, digest_address=address)
            )


async def letters_of(history):
    async with history.store.read() as tx:
        return await tx.outbox.page(OutState.WAITING, OutKind.MAIL, None, 50)


def hour_after(at):
    """The next full hour of the house, as its clock says, and the moment."""
    end = at.astimezone(MOSCOW).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return end.time(), end.astimezone(UTC)


async def test_once_a_day_to_those_who_asked(history, letters):
    missed = [call for call in history.calls.values() if call.missed]
    at, due = hour_after(max(call.started_at for call in missed))
    await ask(history, "sofia", "clara", at=at)
    sender = DigestSender(history.store)
    assert await sender.send_due(due) == len(await letters_of(history)) >= 1
    assert await sender.send_due(due + timedelta(minutes=5)) == 0
    assert await DigestSender(history.store).send_due(due + timedelta(minutes=6)) == 0  # after a restart
    (item,) = [one for one in await letters_of(history) if one.address == "sofia@example.com"]
    since, until = day_until(due, at, MOSCOW)
    expected = [call for call in missed if since <= call.started_at < until]
    assert item.payload["values"]["total"] == len(expected)
    letter = letters.write(_mail(item))
    assert str(len(expected)) in letter.subject
    assert all(f"https://crm.example.com/calls/{call.id}" in letter.text for call in expected)


async def test_an_operator_is_told_of_their_own_only(history):
    missed = [call for call in history.calls.values() if call.missed]
    at, due = hour_after(max(call.started_at for call in missed))
    await ask(history, "sofia", *("anna", "boris", "clara"), at=at)
    await DigestSender(history.store).send_due(due)
    totals = {
        item.address.split("@")[0]: item.payload["values"]["total"] for item in await letters_of(history)
    }
    assert all(totals[name] <= totals["sofia"] for name in totals)
    assert totals.get("clara", 0) < totals["sofia"]


async def test_nothing_missed_and_no_server_mean_no_letter(history):
    long_ago = datetime(2020, 1, 1, 15, 30, tzinfo=UTC)
    await ask(history, "sofia")
    assert await DigestSender(history.store).send_due(long_ago) == 0
    async with history.store.begin() as tx:
        await tx.mail.save_server(MailServer())
    assert await DigestSender(history.store).send_due(datetime.now(UTC)) == 0
    assert not await letters_of(history)


async def test_it_says_who_was_called_back(history, letters):
    call = await history.call(
        "missed then called", number="+79165557788", minutes_ago=50, disposition=Disposition.ABANDONED
    )
    at, due = hour_after(datetime.now(UTC))
    await ask(history, "sofia", at=at)
    async with history.store.begin() as tx:
        kept = await tx.calls.get(call.id)
        back = replace(
            kept.call,
            id=type(call.id)(int=call.id.int + 1),
            direction="outbound",
            missed=False,
            disposition="answered",
            linkedids=("back-1.1",),
            legs=(),
            started_at=call.started_at + timedelta(minutes=5),
            ended_at=call.started_at + timedelta(minutes=6),
        )
        from crm_core.domain.call import Direction

        back = replace(back, direction=Direction.OUTBOUND, disposition=Disposition.ANSWERED)
        await tx.calls.keep(replace(kept, call=back, legs=()), None)
    await DigestSender(history.store).send_due(due)
    (item,) = await letters_of(history)
    (told,) = [one for one in item.payload["values"]["calls"] if one["id"] == str(call.id)]
    assert told["called_back"] == back.started_at.isoformat()
    assert "called back" in letters.write(_mail(item)).text


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 28), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)]
)
def test_a_day_is_as_long_as_the_clock_on_the_wall_says(day, hours):
    zone = ZoneInfo("Europe/Berlin")
    now = datetime.combine(day, time(19), zone).astimezone(UTC)
    since, until = day_until(now, time(18), zone)
    assert until.astimezone(UTC) - since.astimezone(UTC) == timedelta(hours=hours)
    assert until.astimezone(zone).time() == time(18)


def test_before_its_hour_it_is_yesterdays_day():
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert day_until(now, time(18), MOSCOW)[1].date() == date(2026, 3, 1)
