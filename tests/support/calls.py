# SPDX-License-Identifier: Apache-2.0
"""Builders: operators with phones, clients with numbers, calls as the tracker tells them."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from crm_core.domain.call import (
    Call,
    Direction,
    Disposition,
    Leg,
    LegKind,
    TalkSegment,
)
from crm_core.domain.client import Company, Contact, PhoneNumber
from crm_core.domain.directory import Directory, Line, Operator
from crm_core.domain.ids import call_id, new_id
from crm_core.domain.people import Device, DeviceKind, Extension, Role, User

T0 = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LONG_AGO = T0 - timedelta(days=400)
OLGA = "+79161000001"
PBX = "main"


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


@dataclass
class Frames:
    """A feed that remembers what was published, and to whom."""

    sent: list = field(default_factory=list)

    def publish(self, kind, data, to):
        self.sent.append((kind, data, to))
        return len(self.sent)

    def has_visible_tab(self, users):
        return False

    async def painted(self, pop, within_s):
        return False

    def kinds(self, user=None):
        return [kind for kind, _, to in self.sent if user is None or user.id in to.users]

    def data(self, kind, user=None):
        return [data for one, data, to in self.sent if one == kind and (user is None or user.id in to.users)]


async def add_user(tx, login, extension=None, role=Role.OPERATOR):
    user = User(id=new_id(T0), login=login, name=login.title(), role=role, created_at=LONG_AGO)
    await tx.people.add_user(user, "hash")
    if extension:
        who = {"user_id": user.id, "pbx": PBX, "valid_from": LONG_AGO}
        await tx.people.add_extension(Extension(id=new_id(T0), extension=extension, **who))
        device = f"PJSIP/{extension}"
        await tx.people.add_device(Device(id=new_id(T0), device=device, kind=DeviceKind.DESK, **who))
    return user


@dataclass
class World:
    store: object
    feed: Frames
    directory: Directory
    anna: User
    boris: User
    sofia: User


async def a_world(store) -> World:
    async with store.begin() as tx:
        anna = await add_user(tx, "anna", "101")
        boris = await add_user(tx, "boris", "102")
        sofia = await add_user(tx, "sofia", role=Role.SUPERVISOR)
    directory = Directory()
    directory.set_people(
        [
            Operator(id=user.id, name=user.name, lines=(Line(pbx=PBX, extension=ext, device=f"PJSIP/{ext}"),))
            for user, ext in ((anna, "101"), (boris, "102"))
        ],
        [],
    )
    return World(store, Frames(), directory, anna, boris, sofia)


async def add_contact(store, name="Olga Petrova", e164=OLGA, *, company=None, manager=None) -> Contact:
    contact = Contact(
        id=new_id(T0),
        name=name,
        created_at=T0,
        updated_at=T0,
        company_id=company.id if company else None,
        manager_id=manager.id if manager else None,
    )
    number = PhoneNumber(id=new_id(T0), e164=e164, raw=e164, created_at=T0, contact_id=contact.id)
    async with store.begin() as tx:
        await tx.clients.save_contacts([contact])
        await tx.clients.add_phone_numbers([number])
    return contact


async def add_company(store, name="Northern Lights LLC", manager=None) -> Company:
    company = Company(
        id=new_id(T0), name=name, created_at=T0, updated_at=T0, manager_id=manager.id if manager else None
    )
    async with store.begin() as tx:
        await tx.clients.save_companies([company])
    return company


def a_leg(extension="101", *, rang=2.0, answered=None, ended=None, talk=0.0, reason=None) -> Leg:
    return Leg(
        uniqueid=f"u{extension}",
        device=f"PJSIP/{extension}",
        party=extension,
        kind=LegKind.OPERATOR,
        rang_at=at(rang),
        answered_at=None if answered is None else at(answered),
        ended_at=None if ended is None else at(ended),
        talk_s=talk,
        end_reason=reason,
    )


def a_call(linkedid="1795165200.1", *, caller=OLGA, direction=Direction.INBOUND, **fields) -> Call:
    told = {
        "dialled": "+74951112233",
        "caller_name": None,
        "started_at": T0,
        "legs": (a_leg(),),
        **fields,
    }
    return Call(
        id=call_id(PBX, "boot", linkedid),
        pbx=PBX,
        boot="boot",
        linkedids=(linkedid,),
        direction=direction,
        caller=caller,
        **told,
    )


def talking(call: Call, extension="101", since=5.0) -> Call:
    return replace(
        call,
        answered_at=at(since),
        answered_by=extension,
        legs=tuple(
            replace(leg, answered_at=at(since)) if leg.party == extension else leg for leg in call.legs
        ),
    )


def ended(call: Call, after=65.0, talk=60.0, extension="101") -> Call:
    """Ended by the client after a talk (or without one, when nobody answered)."""
    talked = call.answered_at is not None
    return replace(
        call,
        ended_at=at(after),
        disposition=Disposition.ANSWERED if talked else Disposition.CANCELLED,
        missed=not talked and call.direction is Direction.INBOUND,
        talk_s=talk if talked else 0.0,
        wait_s=5.0,
        legs=tuple(
            replace(
                leg,
                ended_at=at(after),
                talk_s=talk if leg.party == extension and talked else 0.0,
                end_reason="x",
            )
            for leg in call.legs
        ),
        talks=(TalkSegment(started_at=call.answered_at, ended_at=at(after), party=extension),)
        if talked
        else (),
    )


def ids(rows) -> set[UUID]:
    return {row.id for row in rows}
