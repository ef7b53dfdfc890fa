# SPDX-License-Identifier: Apache-2.0
"""The tables `push_subscription` and `notify_choice`, and two rows of `setting`."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.push import NotifyChoice, PushSubscription
from crm_core.domain.shallow import shallow
from crm_core.storage.schema import notify_choice, push_subscription, setting
from crm_core.storage.schema import user as user_account
from crm_core.storage.sql import named, upsert

_KEY, _TOLD = "push_key", "push_told_until"


class SqlPush:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def subscribe(self, subscription: PushSubscription) -> None:
        known = delete(push_subscription).where(push_subscription.c.endpoint == subscription.endpoint)
        await self._connection.execute(known)
        await self._connection.execute(insert(push_subscription).values(shallow(subscription)))

    async def get(self, subscription_id: UUID) -> PushSubscription | None:
        query = select(push_subscription).where(push_subscription.c.id == subscription_id)
        row = (await self._connection.execute(query)).first()
        return None if row is None else PushSubscription(**named(row))

    async def of_users(self, user_ids: Collection[UUID]) -> Sequence[PushSubscription]:
        table = push_subscription
        query = select(table).where(table.c.user_id.in_(list(user_ids))).order_by(table.c.id)
        return [PushSubscription(**named(row)) for row in await self._connection.execute(query)]

    async def unsubscribe(self, subscription_id: UUID) -> None:
        gone = delete(push_subscription).where(push_subscription.c.id == subscription_id)
        await self._connection.execute(gone)

    async def choice(self, user_id: UUID) -> NotifyChoice:
        return (await self.choices([user_id]))[0]

    async def choices(self, user_ids: Collection[UUID]) -> Sequence[NotifyChoice]:
        query = select(notify_choice).where(notify_choice.c.user_id.in_(list(user_ids)))
        made = {row.user_id: NotifyChoice(**named(row)) for row in await self._connection.execute(query)}
        return [made.get(one) or NotifyChoice(user_id=one) for one in user_ids]

    async def digest_choices(self) -> Sequence[NotifyChoice]:
        query = select(notify_choice).join(user_account, user_account.c.id == notify_choice.c.user_id)
        wanted = query.where(notify_choice.c.missed_digest == true(), user_account.c.archived_at.is_(None))
        rows = await self._connection.execute(wanted.order_by(notify_choice.c.user_id))
        return [NotifyChoice(**named(row)) for row in rows]

    async def save_choice(self, choice: NotifyChoice) -> None:
        await upsert(self._connection, notify_choice, [shallow(choice)])

    async def key(self) -> str:
        return await self._setting(_KEY) or ""

    async def save_key(self, sealed: str) -> None:
        await upsert(self._connection, setting, [{"name": _KEY, "value": sealed}])

    async def told_until(self) -> int | None:
        saved: int | None = await self._setting(_TOLD)
        return saved

    async def save_told_until(self, seq: int) -> None:
        await upsert(self._connection, setting, [{"name": _TOLD, "value": seq}])

    async def _setting(self, name: str) -> Any:
        return await self._connection.scalar(select(setting.c.value).where(setting.c.name == name))
