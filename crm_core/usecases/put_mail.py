# SPDX-License-Identifier: Apache-2.0
"""A letter is put into the outbox, in the transaction of what it tells about.

    mail = invitation(to="anna@example.com", name="Anna", link="https://crm/invitation/...", locale="ru")
    await put_mail(tx, mail, key=f"invitation:{invitation.id}", now=now)

It goes out within a second of the commit; while no mail server is set (`can_mail`) it waits, for three days at most.
Until it is sent the link stands in the outbox as it is; then it is forgotten. No page shows it.
"""

from datetime import datetime

from crm_core.domain.mail import Mail, MailTemplate
from crm_core.domain.outbox import OutKind
from crm_core.domain.shallow import shallow
from crm_core.ports.store import Tx

MAIL_SERVER = "mail server"  # the one target of all mail


def invitation(
    *, to: str, name: str, link: str, login: str, invited_by: str = "", locale: str | None = None
) -> Mail:
    """To a new colleague: open the link, choose a password."""
    values = {"name": name, "link": link, "login": login, "invited_by": invited_by}
    return Mail(to=to, template=MailTemplate.INVITATION, values=values, locale=locale)


def password_reset(*, to: str, name: str, link: str, minutes: int, locale: str | None = None) -> Mail:
    """To somebody who forgot their password: the link is good for so many minutes."""
    values = {"name": name, "link": link, "minutes": minutes}
    return Mail(to=to, template=MailTemplate.PASSWORD_RESET, values=values, locale=locale)


async def can_mail(tx: Tx) -> bool:
    """Whether a mail server is set."""
    return bool((await tx.mail.server()).host)


async def put_mail(tx: Tx, mail: Mail, *, key: str, now: datetime) -> bool:
    """Once for a key: False when it was put in before."""
    payload = {name: value for name, value in shallow(mail).items() if name != "to"}
    return await tx.outbox.add(OutKind.MAIL, mail.to, payload, key=f"mail:{key}", target=MAIL_SERVER, now=now)
