# SPDX-License-Identifier: Apache-2.0
"""What recording a call reads and writes, as two scripts: each crosses to the database's thread once."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, case, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.domain.call import Call, Leg, LegKind
from crm_core.domain.call_history import KeptCall, Recalled, started
from crm_core.domain.communication import Communication, CommunicationKind, Owner, Trigger
from crm_core.domain.lead import SET_ASIDE, Lead, LeadStatus
from crm_core.storage.call_rows import call_row, leg_rows
from crm_core.storage.schema import (
    call,
    call_leg,
    call_linkedid,
    communication,
    company,
    contact,
    lead,
    operator_device,
    operator_extension,
    own_number,
    phone_number,
)
from crm_core.storage.statements import Statement, Step, run
from crm_core.storage.types import UtcDateTime

FACTS = ("user_id", "e164", "place", "started_at", "duration_s", "updated_at")  # told by the call


def _owned(table: Table, what: str) -> Statement:
    """Whose it was at a time."""
    at = bindparam("at", type_=UtcDateTime())
    mine = (table.c.pbx == bindparam("pbx")) & (table.c[what] == bindparam("what"))
    then = (table.c.valid_from <= at) & or_(table.c.valid_to.is_(None), table.c.valid_to > at)
    query = select(table.c.user_id).where(mine, then).order_by(table.c.valid_from.desc()).limit(1)
    return Statement(lambda _insert: query)


def _by_id(table: Table, *columns: Any) -> Statement:
    return Statement(
        lambda _insert: select(*columns).where(table.c.id == bindparam("id", type_=table.c.id.type))
    )


def _upsert(table: Table, keys: Sequence[str], changed: Sequence[str], values: Sequence[str]) -> Statement:
    def build(insert: Any) -> Any:
        statement = insert(table).values({name: bindparam(name, type_=table.c[name].type) for name in values})
        excluded = {name: statement.excluded[name] for name in changed}
        return statement.on_conflict_do_update(index_elements=keys, set_=excluded)

    return Statement(build)


_STATE = _by_id(call, call.c.merged_into, call.c.ended_at)
_COMMUNICATION = _by_id(communication, *communication.c)
_DEVICE = _owned(operator_device, "device")
_EXTENSION = _owned(operator_extension, "extension")
_OWNERS = Statement(
    lambda _insert: (
        select(phone_number.c.contact_id, phone_number.c.company_id, contact.c.company_id.label("works_at"))
        .select_from(
            phone_number.outerjoin(contact, contact.c.id == phone_number.c.contact_id).outerjoin(
                company, company.c.id == phone_number.c.company_id
            )
        )
        .where(
            phone_number.c.e164 == bindparam("e164"),
            contact.c.archived_at.is_(None),
            company.c.archived_at.is_(None),
            ~exists().where(own_number.c.e164 == phone_number.c.e164),
        )
        .order_by(phone_number.c.created_at, phone_number.c.id)
    )
)
_LIVING = or_(*(lead.c.status == status.value for status in (LeadStatus.OPEN, *sorted(SET_ASIDE))))
_LEAD = Statement(
    lambda _insert: (
        select(*lead.c)
        .where(lead.c.e164 == bindparam("e164"), _LIVING)
        .order_by(case((lead.c.status == LeadStatus.OPEN.value, 0), else_=1), lead.c.updated_at.desc())
        .limit(1)
    )
)
_CALL_COLUMNS = [column.name for column in call.c if column.name != "merged_into"]
_PUT_CALL = _upsert(call, ["id"], [name for name in _CALL_COLUMNS if name != "id"], _CALL_COLUMNS)
_LINKEDID = ("pbx", "boot", "linkedid")
_PUT_LINKEDID = _upsert(call_linkedid, _LINKEDID, ["call_id"], [*_LINKEDID, "call_id"])
_DROP_LEGS = Statement(
    lambda _insert: delete(call_leg).where(
        call_leg.c.call_id == bindparam("id", type_=call_leg.c.call_id.type)
    )
)
_LEG = ("call_id", "position")
_LEG_COLUMNS = [column.name for column in call_leg.c]
_PUT_LEG = _upsert(call_leg, _LEG, [name for name in _LEG_COLUMNS if name not in _LEG], _LEG_COLUMNS)
_COLUMNS = [column.name for column in communication.c]  # named as the fields are; asdict would copy deeply
_PUT_COMMUNICATION = _upsert(communication, ["id"], FACTS, _COLUMNS)


async def recall(connection: AsyncConnection, told: Call, e164: str | None) -> Recalled:
    """What is known of the call already, of its client, and of whose legs these are."""
    number = [{"e164": e164}] if e164 else []
    script: list[Step] = [
        (_STATE, [{"id": told.id}]),
        (_COMMUNICATION, [{"id": told.id}]),
        (_OWNERS, number),
        (_LEAD, number),
    ]
    script += [step for leg in told.legs for step in _whose(told, leg)]
    states, communications, owners, leads, *people = await run(connection, script)
    users = [by_device or by_party for by_device, by_party in zip(people[::2], people[1::2], strict=True)]
    return Recalled(
        merged_into=states[0]["merged_into"] if states else None,
        ended_at=states[0]["ended_at"] if states else None,
        communication=communication_of(communications[0]) if communications else None,
        contacts=tuple(Owner(row["contact_id"], row["works_at"]) for row in owners if row["contact_id"]),
        companies=tuple(row["company_id"] for row in owners if row["company_id"]),
        lead=Lead(**leads[0] | {"status": LeadStatus(leads[0]["status"])}) if leads else None,
        users=tuple(found[0]["user_id"] if found else None for found in users),
    )


async def keep(connection: AsyncConnection, kept: KeptCall, told: Communication | None) -> None:
    one = {"pbx": kept.call.pbx, "boot": kept.call.boot, "call_id": kept.call.id}
    await run(
        connection,
        [
            (_PUT_CALL, [call_row(kept)]),
            (_PUT_LINKEDID, [one | {"linkedid": linkedid} for linkedid in kept.call.linkedids]),
            (_DROP_LEGS, [{"id": kept.call.id}]),
            (_PUT_LEG, leg_rows(kept)),
            (_PUT_COMMUNICATION, [{name: getattr(told, name) for name in _COLUMNS}] if told else []),
        ],
    )


def communication_of(values: Mapping[str, Any]) -> Communication:
    kinds = {"kind": CommunicationKind(values["kind"]), "trigger": Trigger(values["trigger"])}
    return Communication(**{**values, **kinds})


def _whose(told: Call, leg: Leg) -> tuple[Step, Step]:
    """By the device, else by the extension; of outsiders nothing is asked."""
    at = leg.rang_at or leg.answered_at or started(told)
    ours = leg.kind is LegKind.OPERATOR

    def asked(what: str | None) -> list[dict[str, Any]]:
        return [{"pbx": told.pbx, "what": what, "at": at}] if ours and what else []

    return (_DEVICE, asked(leg.device)), (_EXTENSION, asked(leg.party))
