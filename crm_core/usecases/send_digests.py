# SPDX-License-Identifier: Apache-2.0
"""Once a day, at an hour of the house's zone: a letter of missed calls to those who asked, if there were any."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from crm_core.domain.call import Direction, Disposition
from crm_core.domain.call_history import CallFilter, CallRow
from crm_core.domain.mail import Mail, MailTemplate
from crm_core.domain.people import Role, User
from crm_core.domain.push import NotifyChoice
from crm_core.ports.store import Store, Tx
from crm_core.usecases.put_mail import put_mail

_SHOWN = 50
_COUNTED = 500
_LATE = timedelta(hours=12)  # after an outage; later than that the next letter is nearer


class DigestSender:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._done: datetime | None = None

    async def send_due(self, now: datetime) -> int:
        """How many letters were put into the outbox. Nobody gets two of one day, whoever asks how often."""
        async with self._store.read() as tx:
            house, server = await tx.settings.house(), await tx.mail.server()
            since, until = day_until(now, server.digest_at, house.tzinfo)
            if until == self._done or now - until > _LATE or not server.host:
                return 0
            mails = [await _mail(tx, choice, since, until) for choice in await tx.push.digest_choices()]
        sent = 0
        for choice, mail in ((choice, mail) for choice, mail in mails if mail):
            async with self._store.begin() as tx:
                key = f"digest:{choice.user_id}:{until.isoformat()}"
                sent += await put_mail(tx, mail, key=key, now=now)
        self._done = until
        return sent


def day_until(now: datetime, at: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The day that ended last at that hour of the clock on the wall; it has 23 or 25 hours twice a year."""
    local = now.astimezone(zone)
    day = local.date() if local.time() >= at else local.date() - timedelta(days=1)
    end = datetime.combine(day, at, zone)
    begin = datetime.combine(day - timedelta(days=1), at, zone)
    return begin, end


async def _mail(
    tx: Tx, choice: NotifyChoice, since: datetime, until: datetime
) -> tuple[NotifyChoice, Mail | None]:
    user = await tx.people.user(choice.user_id)
    if user is None or not choice.digest_address:
        return choice, None
    calls = await tx.calls.page(_which(user, since, until), None, _COUNTED)
    if not calls:
        return choice, None
    values = {"calls": [await _told(tx, call) for call in calls[:_SHOWN]], "total": len(calls)}
    template, to = MailTemplate.MISSED_DIGEST, choice.digest_address
    return choice, Mail(to=to, template=template, values=values, locale=user.locale, zone=user.zone)


def _which(user: User, since: datetime, until: datetime) -> CallFilter:
    """An operator's own and their clients'; everybody's for those who watch over all."""
    only = frozenset({user.id}) if user.role is Role.OPERATOR else None
    return CallFilter(since=since, until=until, missed=True, only_users=only)


async def _told(tx: Tx, call: CallRow) -> dict[str, Any]:
    back = await _called_back(tx, call)
    return {
        "id": str(call.id),
        "name": call.contact or call.company or "",
        "number": call.client_e164 or call.caller,
        "at": call.started_at.isoformat(),
        "called_back": back.isoformat() if back else None,
    }


async def _called_back(tx: Tx, call: CallRow) -> datetime | None:
    """When somebody of ours first reached the number after that."""
    if not call.client_e164:
        return None
    digits = call.client_e164.removeprefix("+")
    which = CallFilter(
        since=call.started_at,
        direction=Direction.OUTBOUND,
        disposition=Disposition.ANSWERED,
        tail=digits,
    )
    later = await tx.calls.page(which, None, 20)
    return min((one.started_at for one in later), default=None)
