# SPDX-License-Identifier: Apache-2.0
"""The tables `band_state`, `band_change` and `manager_pin`, and the settings of bands."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.band_history import BandChange, KnownBand, Look, Pin, Unrated
from crm_core.domain.bands import Bands, default_bands
from crm_core.domain.client import ClientKind
from crm_core.domain.house import House
from crm_core.domain.money import from_minor
from crm_core.storage import band_codec
from crm_core.storage.groups import heads_of, members_of
from crm_core.storage.schema import company, contact, order, setting, turnover_day
from crm_core.storage.schema_bands import band_change, band_state, manager_pin
from crm_core.storage.settings import SqlSettings
from crm_core.storage.sql import chunks, named, upsert

_BANDS, _LOOK = "bands", "bands_look"
_CLIENTS = {ClientKind.CONTACT: contact, ClientKind.COMPANY: company}


class SqlBands:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def settings(self) -> Bands:
        saved = await self._setting(_BANDS)
        if saved is None:
            return default_bands(await SqlSettings(self._connection).house())
        return band_codec.bands_from_json(saved)

    async def save_settings(self, bands: Bands) -> None:
        await self._keep(_BANDS, band_codec.bands_to_json(bands))

    async def rename(self, names: Mapping[str, str]) -> None:
        state, told = band_state.c, band_change.c
        waits = told.hand_over_on.is_not(None)
        for was, name in names.items():
            for change in (
                update(band_state).where(state.band == was).values(band=name),
                update(band_state).where(state.next_band == was).values(next_band=name),
                update(band_change).where(waits, told.after == was).values(after=name),
            ):
                await self._connection.execute(change)

    async def look(self) -> Look | None:
        saved = await self._setting(_LOOK)
        return None if saved is None else band_codec.look_from_json(saved)

    async def save_look(self, look: Look) -> None:
        await self._keep(_LOOK, band_codec.look_to_json(look))

    async def last_order_at(self) -> datetime | None:
        found: datetime | None = await self._connection.scalar(select(func.max(order.c.updated_at)))
        return found

    async def accounts(self, since: date | None, *, groups: bool = False) -> list[tuple[ClientKind, UUID]]:
        day = turnover_day.c
        recent = day.day >= (since.toordinal() if since else 0)
        joined = turnover_day.join(contact, contact.c.id == day.contact_id)
        through = func.coalesce(day.company_id, contact.c.company_id)
        own = select(day.company_id).where(recent, day.company_id.is_not(None))
        rolled = select(through).select_from(joined).where(recent, through.is_not(None))
        alone = select(day.contact_id).select_from(joined).where(recent, contact.c.company_id.is_(None))
        kept = select(band_state.c.client_id)
        people = kept.join(contact, contact.c.id == band_state.c.client_id)
        people = people.where(contact.c.company_id.is_(None))
        companies = kept.where(band_state.c.kind == ClientKind.COMPANY.value)
        firms = await self._ids(own.union(rolled, companies))
        heads = await heads_of(self._connection, firms) if groups else {}
        found = [(ClientKind.COMPANY, one) for one in dict.fromkeys(heads.get(one, one) for one in firms)]
        return found + [(ClientKind.CONTACT, one) for one in await self._ids(alone.union(people))]

    async def accounts_of(self, contacts: Collection[UUID]) -> dict[UUID, tuple[ClientKind, UUID]]:
        found = {}
        for some in chunks(contacts):
            query = select(contact.c.id, contact.c.company_id).where(contact.c.id.in_(some))
            for row in await self._connection.execute(query):
                at = row.company_id
                found[row.id] = (ClientKind.COMPANY, at) if at else (ClientKind.CONTACT, row.id)
        return found

    async def sums(
        self, kind: ClientKind, ids: Collection[UUID], since: date | None, *, groups: bool = False
    ) -> dict[UUID, list[tuple[date, str, Decimal]]]:
        day = turnover_day.c
        found: dict[UUID, list[tuple[date, str, Decimal]]] = {}
        heads = await members_of(self._connection, ids) if groups and kind is ClientKind.COMPANY else {}
        for some in chunks([*ids, *heads]):
            if kind is ClientKind.CONTACT:
                queries = [_days(day.contact_id, since).where(day.contact_id.in_(some))]
            else:
                at = contact.c.company_id
                rolled = _days(at, since).join(contact, contact.c.id == day.contact_id)
                # Said so, because SQLite would look 'company_id IS NULL' up in its index.
                names_none = func.coalesce(day.company_id, day.contact_id) == day.contact_id
                queries = [
                    _days(day.company_id, since).where(day.company_id.in_(some)),
                    rolled.where(at.in_(some), names_none),
                ]
            for query in queries:
                for row in await self._connection.execute(query):
                    amount = from_minor(int(row.total), row.currency)
                    entry = date.fromordinal(row.day), row.currency, amount
                    found.setdefault(heads.get(row.owner, row.owner), []).append(entry)
        return found

    async def known(self, ids: Collection[UUID]) -> dict[UUID, KnownBand]:
        found = {}
        for some in chunks(ids):
            query = select(band_state).where(band_state.c.client_id.in_(some))
            for row in await self._connection.execute(query):
                found[row.client_id] = band_codec.known_of(row)
        return found

    async def save(self, some: Sequence[KnownBand]) -> None:
        await upsert(self._connection, band_state, [band_codec.known_row(one) for one in some])

    async def crossings(self, limit: int) -> list[tuple[KnownBand, str]]:
        query = select(band_state).where(band_state.c.next_on.is_not(None))
        query = query.order_by(band_state.c.next_on, band_state.c.client_id).limit(limit)
        known = [band_codec.known_of(row) for row in await self._connection.execute(query)]
        names = await self._names({(one.kind, one.client_id) for one in known})
        return [(one, names.get(one.client_id, "")) for one in known]

    async def counts(self) -> dict[str, int]:
        query = select(band_state.c.band, func.count().label("clients")).group_by(band_state.c.band)
        return {row.band: row.clients for row in await self._connection.execute(query)}

    async def unrated(self, bands: Bands, house: House) -> list[Unrated]:
        day = turnover_day.c
        first: dict[str, date] = {}
        for rate in bands.rates:
            first[rate.currency] = min(rate.since, first.get(rate.currency, rate.since))
        early = [(day.currency == of) & (day.day < since.toordinal()) for of, since in first.items()]
        without = or_(day.currency.not_in([*first, house.currency]), *early) & (
            day.currency != house.currency
        )
        counted = func.count(func.distinct(day.order_id)).label("orders")
        query = select(day.currency, counted, func.sum(day.amount).label("total")).where(without)
        rows = await self._connection.execute(query.group_by(day.currency).order_by(day.currency))
        return [
            Unrated(currency=row.currency, orders=row.orders, amount=from_minor(int(row.total), row.currency))
            for row in rows
        ]

    async def forget_members(self, of: UUID | None = None) -> list[UUID]:
        which = company.c.head_id.is_not(None) if of is None else company.c.head_id == of
        mine = band_state.c.client_id.in_(select(company.c.id).where(which))
        gone = delete(band_state).where(mine).returning(band_state.c.client_id)
        return list(await self._connection.scalars(gone))

    async def add_changes(self, changes: Sequence[BandChange]) -> None:
        await upsert(self._connection, band_change, [band_codec.change_row(one) for one in changes])

    async def settle(self, change: BandChange) -> None:
        values = band_codec.change_row(change)
        kept = {name: values[name] for name in ("hand_over_on", "outcome", "from_manager", "to_manager")}
        await self._connection.execute(
            update(band_change).where(band_change.c.id == change.id).values(**kept)
        )

    async def changes_of(self, client_id: UUID, limit: int = 20) -> list[BandChange]:
        query = select(band_change).where(band_change.c.client_id == client_id)
        query = query.order_by(band_change.c.day.desc(), band_change.c.id.desc()).limit(limit)
        return [band_codec.change_of(row) for row in await self._connection.execute(query)]

    async def latest(self, limit: int) -> list[tuple[BandChange, str]]:
        query = select(band_change).order_by(band_change.c.day.desc(), band_change.c.id.desc()).limit(limit)
        changes = [band_codec.change_of(row) for row in await self._connection.execute(query)]
        names = await self._names({(one.kind, one.client_id) for one in changes})
        return [(one, names.get(one.client_id, "")) for one in changes]

    async def waiting(self, day: date, limit: int = 100) -> list[BandChange]:
        query = select(band_change).where(band_change.c.hand_over_on <= day.toordinal())
        query = query.order_by(band_change.c.hand_over_on, band_change.c.id).limit(limit)
        return [band_codec.change_of(row) for row in await self._connection.execute(query)]

    async def pins(self, ids: Collection[UUID]) -> dict[UUID, Pin]:
        found = {}
        for some in chunks(ids):
            query = select(manager_pin).where(manager_pin.c.client_id.in_(some))
            for row in await self._connection.execute(query):
                found[row.client_id] = Pin(**{**named(row), "kind": ClientKind(row.kind)})
        return found

    async def pin(self, pin: Pin) -> None:
        row = {"client_id": pin.client_id, "kind": pin.kind.value, "at": pin.at, "by": pin.by}
        await upsert(self._connection, manager_pin, [row])

    async def unpin(self, client_id: UUID) -> None:
        await self._connection.execute(delete(manager_pin).where(manager_pin.c.client_id == client_id))

    async def _ids(self, query: Any) -> list[UUID]:
        return list(await self._connection.scalars(query))

    async def _names(self, clients: Collection[tuple[ClientKind, UUID]]) -> dict[UUID, str]:
        found: dict[UUID, str] = {}
        for kind, table in _CLIENTS.items():
            for some in chunks([client_id for of, client_id in clients if of is kind]):
                query = select(table.c.id, table.c.name).where(table.c.id.in_(some))
                found |= {row.id: row.name for row in await self._connection.execute(query)}
        return found

    async def _setting(self, name: str) -> Any:
        return await self._connection.scalar(select(setting.c.value).where(setting.c.name == name))

    async def _keep(self, name: str, value: Mapping[str, Any]) -> None:
        await upsert(self._connection, setting, [{"name": name, "value": value}])


def _days(owner: ColumnElement[UUID], since: date | None) -> Select[Any]:
    day = turnover_day.c
    total = func.sum(day.amount).label("total")
    query = select(owner.label("owner"), day.day, day.currency, total).select_from(turnover_day)
    query = query.where(day.day >= literal(since.toordinal() if since else 0))
    return query.group_by(owner, day.day, day.currency)
