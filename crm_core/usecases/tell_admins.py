# SPDX-License-Identifier: Apache-2.0
"""Something that an administrator should know is written to all of them, once for a key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm_core.domain.mail import Mail, MailTemplate
from crm_core.domain.people import Role
from crm_core.ports.store import Tx
from crm_core.usecases.put_mail import can_mail, put_mail


async def tell_admins(
    tx: Tx, template: MailTemplate, values: Mapping[str, Any], key: str, now: datetime
) -> int:
    """How many letters were put into the outbox: those who have no address are told by the health page only."""
    if not await can_mail(tx):
        return 0
    told = 0
    for user in await tx.people.users():
        if user.role is Role.ADMIN and user.email:
            mail = Mail(to=user.email, template=template, values=values, locale=user.locale, zone=user.zone)
            told += await put_mail(tx, mail, key=f"{key}:{user.id}", now=now)
    return told
