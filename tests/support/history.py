# SPDX-License-Identifier: Apache-2.0
"""A call center with some weeks behind it: clients, orders, calls of every kind, recordings in every state, leads."""

import io
import math
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import soundfile

from crm_core.domain.call import (
    Call,
    Direction,
    Disposition,
    HangupBy,
    Leg,
    LegKind,
    TalkSegment,
    Transfer,
    TransferKind,
)
from crm_core.domain.call_history import KeptCall, KeptLeg
from crm_core.domain.client import Company, Contact, PhoneKind, PhoneNumber
from crm_core.domain.communication import Communication, CommunicationKind
from crm_core.domain.ids import new_id
from crm_core.domain.lead import Lead, LeadStatus
from crm_core.domain.order import OrderStatus
from crm_core.domain.people import Role, User
from crm_core.domain.received import ReceivedClient, ReceivedOrder
from crm_core.domain.recording import Peaks, Recording, RecordingState
from crm_core.ports.routing import DecisionRecord
from crm_core.usecases.upsert_orders import upsert_orders
from recordings.peaks import loudest, scale
from tests.support.builders import ANNA
from tests.support.memory_recordings import MemoryRecordings
from web.passwords import hash_password

DID = "+74951112233"
PASSWORD = "rolodial-demo"
PEOPLE = {
    "anna": ("Anna Smirnova", "101", Role.OPERATOR),
    "boris": ("Boris Volkov", "102", Role.OPERATOR),
    "clara": ("Clara Weiss", "103", Role.OPERATOR),
    "sofia": ("Sofia Lebedeva", "105", Role.SUPERVISOR),
    "admin": ("Administrator", "", Role.ADMIN),
}
_HASH = hash_password(PASSWORD)  # once: it is slow on purpose
EXTENSIONS = {login: extension for login, (_, extension, _) in PEOPLE.items()}


@dataclass
class History:
    store: object
    now: datetime
    recordings: MemoryRecordings = field(default_factory=MemoryRecordings)
    users: dict[str, User] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    companies: dict[str, Company] = field(default_factory=dict)
    leads: dict[str, Lead] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    recorded: dict[str, Recording] = field(default_factory=dict)
    _n: int = 0

    async def people(self):
        async with self.store.begin() as tx:
            for login, (name, _, role) in PEOPLE.items():
                user = User(id=new_id(self.now), login=login, name=name, role=role, created_at=self.now)
                await tx.people.add_user(user, _HASH)
                self.users[login] = user

    async def company(self, name, manager=None, tax_id=None):
        company = Company(
            id=new_id(self.now),
            name=name,
            tax_id=tax_id,
            manager_id=self.users[manager].id if manager else None,
            created_at=self.now - timedelta(days=300),
            updated_at=self.now,
        )
        async with self.store.begin() as tx:
            await tx.clients.save_companies([company])
        self.companies[name] = company
        return company

    async def contact(self, name, *numbers, company=None, manager=None, **more):
        contact = Contact(
            id=new_id(self.now),
            name=name,
            company_id=self.companies[company].id if company else None,
            manager_id=self.users[manager].id if manager else None,
            created_at=self.now - timedelta(days=200),
            updated_at=self.now,
            **more,
        )
        phones = [
            PhoneNumber(
                id=new_id(self.now),
                e164=e164,
                raw=e164,
                created_at=self.now,
                contact_id=contact.id,
                kind=PhoneKind.MOBILE if e164.startswith("+79") else PhoneKind.WORK,
            )
            for e164 in numbers
        ]
        async with self.store.begin() as tx:
            await tx.clients.save_contacts([contact])
            await tx.clients.add_phone_numbers(phones)
        self.contacts[name] = contact
        return contact

    async def orders(self, phone, *amounts, status=OrderStatus.PAID, step_days=9):
        received = []
        for i, amount in enumerate(amounts):
            self._n += 1
            at = self.now - timedelta(days=2 + i * step_days)
            received.append(
                ReceivedOrder(
                    number=f"2026-{1000 + self._n}",
                    client=ReceivedClient(phones=(phone,)),
                    status=status,
                    amount=Decimal(amount),
                    ordered_at=at,
                    paid_at=at if status is OrderStatus.PAID else None,
                )
            )
        await upsert_orders(self.store, received, ANNA, self.now)

    async def lead(self, e164, days_ago=0.2, status=LeadStatus.OPEN, name=None):
        at = self.now - timedelta(days=days_ago)
        lead = Lead(id=new_id(at), e164=e164, status=LeadStatus.OPEN, created_at=at, updated_at=at, name=name)
        async with self.store.begin() as tx:
            await tx.leads.add(lead)
            await tx.leads.save(replace(lead, status=status))
        self.leads[e164] = lead
        return lead

    async def call(
        self,
        name,
        *,
        number,
        minutes_ago,
        owner=None,
        by="anna",
        talk=0.0,
        disposition=Disposition.ANSWERED,
        direction=Direction.INBOUND,
        recording=None,
        result=None,
        note=None,
        transfer_to=None,
        caller_name=None,
        uncertain=(),
    ):
        """`owner`: a contact or a lead. `recording`: its state, or None."""
        start = self.now - timedelta(minutes=minutes_ago)
        answered = disposition is Disposition.ANSWERED
        wait = 6.4 if answered else 21.0
        end = start + timedelta(seconds=wait + talk)
        inbound = direction is Direction.INBOUND
        legs = [self._leg(by, start, wait, talk if not transfer_to else talk * 0.4, end, answered=answered)]
        if transfer_to:
            legs.append(
                self._leg(
                    transfer_to,
                    start + timedelta(seconds=wait + talk * 0.4),
                    4,
                    talk * 0.6,
                    end,
                    answered=True,
                )
            )
        last = legs[-1].party
        call = Call(
            id=new_id(start),
            pbx="main",
            boot="b1",
            linkedids=(f"{start.timestamp():.0f}.{self._n}",),
            direction=direction,
            caller=number if inbound else EXTENSIONS[by],
            caller_name=caller_name,
            dialled=DID if inbound else number,
            trunk="PJSIP/trunk",
            answered_by=(EXTENSIONS[by] if inbound else number) if answered else None,
            final_party=last if answered else None,
            disposition=disposition,
            missed=inbound and not answered,
            started_at=start,
            answered_at=start + timedelta(seconds=wait) if answered else None,
            ended_at=end,
            wait_s=wait,
            talk_s=talk,
            hangup_by=HangupBy.CALLER,
            transfers=(self._transfer(by, transfer_to, legs[0].ended_at),) if transfer_to else (),
            legs=tuple(legs),
            talks=tuple(
                TalkSegment(started_at=leg.answered_at, ended_at=leg.ended_at, party=leg.party)
                for leg in legs
                if leg.answered_at
            ),
            uncertain=tuple(uncertain),
        )
        self._n += 1
        await self._keep(
            call,
            number=number,
            owner=owner,
            by=by,
            people=[by, transfer_to],
            result=result,
            note=note,
            recording=recording,
        )
        self.calls[name] = call
        return call

    def _leg(self, login, start, wait, talk, end, *, answered):
        return Leg(
            uniqueid=f"u{self._n}.{login}",
            device=f"PJSIP/{EXTENSIONS[login]}",
            party=EXTENSIONS[login],
            kind=LegKind.OPERATOR,
            rang_at=start + timedelta(seconds=1.2),
            answered_at=start + timedelta(seconds=wait) if answered else None,
            ended_at=start + timedelta(seconds=wait + talk) if answered else end,
            talk_s=talk if answered else 0.0,
            end_reason="answered" if answered else "no_answer",
        )

    def _transfer(self, by, to, at):
        return Transfer(
            kind=TransferKind.ATTENDED, by=EXTENSIONS[by], to=EXTENSIONS[to], completed=True, at=at
        )

    async def _keep(self, call, *, number, owner, by, people, result, note, recording):
        answered = call.disposition is Disposition.ANSWERED
        users = [self.users[login].id for login in people if login]
        kept = KeptCall(
            call=call,
            legs=tuple(KeptLeg(leg, user) for leg, user in zip(call.legs, users, strict=True)),
            client_e164=number,
            answered_user_id=users[-1] if answered else None,
        )
        communication = Communication(
            id=call.id,
            kind=CommunicationKind.CALL,
            call_id=call.id,
            started_at=call.started_at,
            updated_at=call.ended_at,
            contact_id=owner.id if isinstance(owner, Contact) else None,
            company_id=owner.company_id if isinstance(owner, Contact) else None,
            lead_id=owner.id if isinstance(owner, Lead) else None,
            user_id=users[-1] if answered else None,
            e164=number,
            place=DID,
            duration_s=call.talk_s,
            result=result,
            note=note,
        )
        async with self.store.begin() as tx:
            await tx.calls.keep(kept, communication)
            await tx.communications.save(communication)
            if call.direction is Direction.INBOUND:
                await tx.routing.save_decisions([self._decision(call, by)])
            if recording:
                kept_recording = self._recording(call, recording)
                await tx.recordings.expect(kept_recording)
                await tx.recordings.save(kept_recording)
                self.recorded[str(call.id)] = kept_recording

    def _decision(self, call, by):
        name = self.users[by].name
        trace = [
            {
                "code": "rule_passed_over",
                "params": {
                    "rule": "manager-of-large-client",
                    "condition": "turnover",
                    "saw": "turnover_below",
                    "window": "30d",
                    "amount": "48300.00",
                    "limit": "200000.00",
                    "currency": "RUB",
                },
            },
            {"code": "rule_matched", "params": {"rule": "manager"}},
            {
                "code": "chosen_assigned_manager",
                "params": {"step": 1, "kind": "dial", "target": "101:PJSIP/101", "name": name},
            },
            {
                "code": "passed_over",
                "params": {
                    "as": "team",
                    "reason": "on_call",
                    "name": "Boris Volkov",
                    "detail": "PJSIP/102 INUSE",
                },
            },
            {
                "code": "chosen_queue",
                "params": {"step": 2, "kind": "queue", "target": "default", "name": "default"},
            },
        ]
        return DecisionRecord(
            call_id=call.id,
            decided_at=call.started_at,
            rule_set_version=3,
            rule="manager",
            facts={},
            steps=[],
            trace=trace,
            latency_us=412,
        )

    def _recording(self, call, state):
        playable = state.playable
        audio, peaks = (
            _speech(call.talk_s, silent=state is RecordingState.SILENT) if playable else (b"", None)
        )
        recording_id = new_id(call.ended_at)
        key = f"{recording_id.hex}.ogg" if playable else None
        if key:
            self.recordings.files[key] = audio
        return Recording(
            id=recording_id,
            call_id=call.id,
            pbx="main",
            linkedid=call.linkedids[0],
            uniqueid=call.linkedids[0],
            state=state,
            source_name=f"{call.linkedids[0]}_{call.linkedids[0]}.raw",
            created_at=call.ended_at,
            storage_key=key,
            media_type="audio/ogg" if playable else None,
            bytes=len(audio) or None,
            duration_s=call.talk_s if playable else None,
            started_at=call.answered_at,
            ended_at=call.ended_at,
            peaks=peaks,
        )


def _speech(seconds, *, silent=False, rate=8000):
    """Two voices that take turns, as noise under a slow envelope: looks and sounds like talk from far away."""
    rng = np.random.default_rng(round(seconds * 10))
    t = np.arange(int(min(seconds, 40) * rate)) / rate
    turn = (np.sin(2 * math.pi * t / 7.3) > 0).astype(float)
    tracks = []
    for who in (turn, 1 - turn):
        words = np.clip(np.sin(2 * math.pi * t * 1.7 + rng.uniform(0, 6)) + rng.uniform(-0.2, 0.5), 0, 1)
        breath = np.interp(t, np.linspace(0, t[-1] if len(t) else 1, 60), rng.uniform(0.15, 1, 60))
        tracks.append(who * words * breath * np.sin(2 * math.pi * (180 + 60 * who) * t) * 15000)
    samples = np.column_stack(tracks).astype("<i2") * (0 if silent else 1)
    out = io.BytesIO()
    soundfile.write(out, samples.astype("int16"), rate, format="OGG", subtype="OPUS")
    client, operator = scale(loudest(samples.astype(np.int16)))
    return out.getvalue(), Peaks(client, operator)


async def fill(store, now=None) -> History:
    """The three clients of the demo and what happened with them."""
    h = History(store, now or datetime.now(UTC))
    await h.people()
    await h.company("Northern Lights LLC", tax_id="7701234567")
    await h.company("Baltic Timber", manager="clara", tax_id="7812345678")
    olga = await h.contact(
        "Olga Petrova",
        "+79161000001",
        "+74957654321",
        manager="anna",
        email="olga.petrova@example.com",
        note="Prefers to be called after 11. Delivery to the back entrance.",
    )
    ivan = await h.contact("Ivan Sokolov", "+79161000002")
    maria = await h.contact(
        "Maria Orlova", "+79161000003", company="Northern Lights LLC", position="Head of purchasing"
    )
    await h.contact("Pavel Orlov", "+79161000013", company="Northern Lights LLC", position="Warehouse")
    await h.orders("+79161000001", "18300", "30000", "21450", "9990.50")
    await h.orders("+79161000001", "12400", status=OrderStatus.NEW)
    await h.orders("+79161000002", "4200")
    await h.orders("+79161000003", "310000", "330000", "280000", "512000", "190000")
    await h.orders("+79161000003", "96000", status=OrderStatus.SHIPPED)
    olga_at, ivan_at, maria_at = (
        {"number": n, "owner": o}
        for n, o in (("+79161000001", olga), ("+79161000002", ivan), ("+79161000003", maria))
    )
    ready = RecordingState.READY
    await h.call(
        "answered",
        minutes_ago=12,
        talk=154,
        recording=ready,
        result="order",
        note="Took two boxes more. Wants the invoice by e-mail.",
        **olga_at,
    )
    await h.call("missed", minutes_ago=95, disposition=Disposition.ABANDONED, **olga_at)
    await h.call(
        "transferred", minutes_ago=60 * 26, talk=312, transfer_to="boris", recording=ready, **olga_at
    )
    await h.call(
        "truncated",
        minutes_ago=60 * 29,
        talk=95,
        recording=RecordingState.TRUNCATED,
        result="question",
        **olga_at,
    )
    await h.call(
        "outbound", minutes_ago=60 * 50, talk=41, direction=Direction.OUTBOUND, recording=ready, **olga_at
    )
    await h.call(
        "lost",
        minutes_ago=60 * 75,
        talk=63,
        recording=RecordingState.MISSING,
        uncertain=("hold", "attempts"),
        **olga_at,
    )
    await h.call("silent", minutes_ago=60 * 98, talk=22, recording=RecordingState.SILENT, **olga_at)
    await h.call(
        "voicemail",
        minutes_ago=60 * 120,
        disposition=Disposition.VOICEMAIL,
        recording=RecordingState.EMPTY,
        **olga_at,
    )
    await h.call("of boris", minutes_ago=33, talk=88, by="boris", recording=ready, **ivan_at)
    await h.call(
        "busy",
        minutes_ago=40,
        by="boris",
        direction=Direction.OUTBOUND,
        disposition=Disposition.BUSY,
        **ivan_at,
    )
    await h.call(
        "of clara",
        minutes_ago=200,
        talk=640,
        by="clara",
        recording=ready,
        note="Asks for a frame contract: 12 months, 2 % off.",
        result="interest",
        **maria_at,
    )
    await h.call("waiting", minutes_ago=3, talk=47, by="clara", recording=RecordingState.WAITING, **maria_at)
    lead = await h.lead("+79263334455")
    await h.call(
        "of lead",
        number="+79263334455",
        owner=lead,
        minutes_ago=290,
        talk=37,
        recording=ready,
        caller_name="MOSCOW RU",
    )
    await h.call(
        "lead missed", number="+79263334455", owner=lead, minutes_ago=250, disposition=Disposition.CANCELLED
    )
    await h.lead("+78005553535", 3, LeadStatus.SPAM)
    await h.lead("+74012223344", 1)
    await h.lead("+4930123456", 5, name="Herr Schmidt")
    return h


async def fill_more(h: History, calls=130) -> None:
    """Enough calls for the second page."""
    rng = random.Random(7)
    names = [
        "Ekaterina Belova",
        "Dmitri Kuznetsov",
        "Nina Fedorova",
        "Alexei Morozov",
        "Yulia Zaitseva",
        "Oleg Tarasov",
        "Vera Nikitina",
        "Roman Egorov",
        "Tamara Lvova",
        "Kirill Makarov",
    ]
    people = [await h.contact(name, f"+7916200{i:04}") for i, name in enumerate(names)]
    kinds = [Disposition.ANSWERED] * 6 + [Disposition.ABANDONED, Disposition.NO_ANSWER, Disposition.CANCELLED]
    for i in range(calls):
        person = rng.choice(range(len(people)))
        disposition = rng.choice(kinds)
        await h.call(
            f"more {i}",
            number=f"+7916200{person:04}",
            owner=people[person],
            by=rng.choice(["anna", "boris", "clara"]),
            minutes_ago=360 + i * 47,
            talk=rng.uniform(15, 900) if disposition is Disposition.ANSWERED else 0.0,
            disposition=disposition,
            direction=Direction.OUTBOUND if rng.random() < 0.3 else Direction.INBOUND,
        )
