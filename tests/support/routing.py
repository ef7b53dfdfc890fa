# SPDX-License-Identifier: Apache-2.0
"""A small house in memory for routing, a PBX that says what it is told, and a feed that keeps what it got."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from config.routing_file import DEFAULT_FILE, read_routing_file
from crm_core.domain.directory import Directory, Line, Operator, OperatorState, PartyKind, Team
from crm_core.domain.lead import LeadStatus
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.live import RouteRequest
from crm_core.domain.routing.parse import parse_rules
from crm_core.domain.routing.trace import explained
from crm_core.domain.turnover import Window
from crm_core.ports.pbx import DeviceState, LinkState, PbxStatus
from crm_core.usecases.decide_route import RouteDesk

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ANNA, BORIS, CLARA, DMITRI = (UUID(int=number) for number in (101, 102, 103, 104))
OLGA, IVAN, MARIA, NORTH, CALLER_X = (UUID(int=number) for number in (1, 2, 3, 4, 5))
PHONES = {OLGA: "+79161000001", IVAN: "+79161000002", MARIA: "+79161000003", CALLER_X: "+79161000009"}
NAMES = {ANNA: "Anna", BORIS: "Boris", CLARA: "Clara", DMITRI: "Dmitri"}
DID = "+74951112233"


def an_operator(user_id, *devices, state=OperatorState.AVAILABLE):
    extension = str(user_id.int)
    names = devices or (f"PJSIP/{extension}",)
    lines = tuple(Line(pbx="main", extension=extension, device=device) for device in names)
    return Operator(id=user_id, name=NAMES.get(user_id, extension), lines=lines, state=state, state_since=NOW)


def a_house():
    directory = Directory()
    directory.set_people(
        [an_operator(user_id) for user_id in NAMES],
        [
            Team(id=UUID(int=201), name="retail", members=(ANNA, BORIS)),
            Team(id=UUID(int=202), name="wholesale", members=(CLARA, DMITRI)),
        ],
    )
    clients = directory.clients
    clients.put_company(NORTH, "Northern Lights LLC", None)
    clients.put_contact(OLGA, "Olga Petrova", ANNA, None)
    clients.put_contact(IVAN, "Ivan Sokolov", None, None)
    clients.put_contact(MARIA, "Maria Orlova", None, NORTH)
    clients.put_lead(CALLER_X, "", LeadStatus.SPAM)
    for contact in (OLGA, IVAN, MARIA):
        clients.put_number(PHONES[contact], PartyKind.CONTACT, contact)
    clients.put_number(PHONES[CALLER_X], PartyKind.LEAD, CALLER_X)
    clients.set_turnover(PartyKind.CONTACT, OLGA, {Window.DAYS_30: 48_300_00})
    clients.set_turnover(PartyKind.COMPANY, NORTH, {Window.DAYS_30: 640_000_00})
    clients.set_own([DID])
    clients.turnover_at = NOW - timedelta(minutes=5)
    return directory


class FakePbx:
    """Implements ports.pbx.Pbx as far as routing asks: states, and the boot."""

    name = "main"

    def __init__(self, states=None, boot="") -> None:
        self.states = dict(states or {})
        self.boot = boot
        self.unheard = set()  # calls whose events have not come

    def status(self):
        return PbxStatus(name=self.name, state=LinkState.CONNECTED, since=NOW, boot=self.boot)

    def device_state(self, device):
        return DeviceState(self.states.get(device, "NOT_INUSE"))

    def is_behind(self, linkedid):
        return linkedid in self.unheard


class SilentFeed:
    """Implements ports.feed.Feed: keeps what was published; `visible` people look at their screens."""

    def __init__(self, visible=(), *, paints=True) -> None:
        self.frames = []
        self.visible = set(visible)
        self.paints = paints
        self.waited = []

    def publish(self, kind, data, to):
        self.frames.append((kind, data, to))
        return len(self.frames)

    def has_visible_tab(self, users):
        return bool(self.visible & set(users))

    async def painted(self, pop, within_s):
        self.waited.append((pop, within_s))
        return self.paints


def seed_rules(version=1):
    body, _ = read_routing_file(DEFAULT_FILE, currency="RUB", region="RU")
    return parse_rules(body, currency="RUB", region="RU", version=version)


def rules_of(*rules, **more):
    return parse_rules({"rule": list(rules), **more}, currency="RUB", region="RU", version=1)


def a_desk(directory=None, *, rules=None, pbx=None, feed=None, kept=None, **more):
    log = kept if kept is not None else []
    return RouteDesk(
        directory=directory or a_house(),
        feed=feed or SilentFeed(),
        pbxs={"main": pbx or FakePbx()},
        keep=lambda call, decision, latency_us: log.append((call, decision, latency_us)),
        rules=rules or seed_rules(),
        **more,
    )


def a_call_from(caller, **more):
    defaults = {"pbx": "main", "linkedid": "1763800000.1", "did": DID, "caller": caller, "at": NOW}
    return RouteRequest(**defaults | more)


def traced(facts, rules):
    return explained(evaluate(facts, rules), rules).trace
