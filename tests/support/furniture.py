# SPDX-License-Identifier: Apache-2.0
"""What a house that works for a while has in its settings: phones, teams, numbers, hours, webhooks, post that waits."""

from datetime import timedelta

from crm_core.domain.absence import Absence
from crm_core.domain.ids import new_id
from crm_core.domain.outbox import OutKind
from crm_core.domain.people import Device, DeviceKind, Extension, OwnNumber, Team
from crm_core.domain.schedule import Schedule
from crm_core.domain.webhook import Delivery, Webhook
from tests.support.history import EXTENSIONS


async def furnish(history) -> Webhook:
    """The webhook, whose page needs its id."""
    async with history.store.begin() as tx:
        await _phones(tx, history)
        team = Team(
            id=new_id(history.now),
            name="retail",
            members=frozenset(history.users[login].id for login in ("anna", "boris")),
        )
        await tx.people.add_team(team)
        hours = _hours(history.now)
        await tx.schedules.save(hours)
        for number, label, source in (
            ("+74951112233", "Main number", "Site"),
            ("+78005557755", "Support", "Boxes"),
        ):
            await tx.people.add_own_number(
                OwnNumber(
                    id=new_id(history.now),
                    e164=number,
                    label=label,
                    source=source,
                    team_id=team.id,
                    schedule_id=hours.id,
                    pbx="main",
                    line="trunk",
                )
            )
        away = Absence(
            id=new_id(history.now),
            user_id=history.users["clara"].id,
            starts_at=history.now - timedelta(days=1),
            ends_at=history.now + timedelta(days=6),
            created_at=history.now,
            deputy_id=history.users["boris"].id,
            reason="Holiday",
        )
        await tx.absences.add(away)
        return await _outgoing(tx, history)


async def _phones(tx, history) -> None:
    since = history.now - timedelta(days=90)
    for login, extension in EXTENSIONS.items():
        if extension:
            of = {
                "id": new_id(since),
                "user_id": history.users[login].id,
                "pbx": "main",
                "valid_from": since,
            }
            await tx.people.add_extension(Extension(**of, extension=extension))
            await tx.people.add_device(Device(**of, device=f"PJSIP/{extension}", kind=DeviceKind.DESK))


def _hours(now) -> Schedule:
    morning, evening = (9 * 60, 13 * 60), (14 * 60, 18 * 60)
    week = ((morning, evening),) * 5 + ((morning,), ())
    return Schedule(
        id=new_id(now), name="Office", zone="Europe/Moscow", days=week, holidays=frozenset({"01-01"})
    )


async def _outgoing(tx, history) -> Webhook:
    now = history.now
    hook = Webhook(
        id=new_id(now),
        url="https://shop.example.com/hooks/rolodial",
        events=frozenset({"call.missed", "order.*"}),
        secret="-",
        created_at=now,
        updated_at=now,
    )
    await tx.webhooks.add(hook)
    for i, (status, answer, error) in enumerate(
        ((204, "", ""), (503, "Service Unavailable", ""), (0, "", "timed out after 10 s"))
    ):
        await tx.webhooks.log(
            Delivery(
                id=new_id(now - timedelta(minutes=i)),
                webhook_id=hook.id,
                item_id=hook.id,
                event="call.missed",
                at=now - timedelta(minutes=i),
                ms=87 + i,
                headers={"webhook-id": f"msg_{i}"},
                status=status,
                answer=answer,
                error=error,
                body='{"type": "call.missed"}',
            )
        )
    for address in ("olga@example.com", "boris@example.com"):
        await tx.outbox.add(OutKind.MAIL, address, {"values": {}}, key=address, now=now)
    (item, *_) = await tx.outbox.claim(OutKind.MAIL, now, now + timedelta(hours=1), 1)
    await tx.outbox.failed(item.id, "450 the mailbox is busy", now + timedelta(minutes=5), now)
    return hook
