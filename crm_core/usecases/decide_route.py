# SPDX-License-Identifier: Apache-2.0
"""Where a call goes: decided in memory between two packets, its card sent ahead, the decision kept afterwards."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import structlog

from crm_core.domain.directory import Directory
from crm_core.domain.frozen import frozen
from crm_core.domain.ids import call_id, new_id
from crm_core.domain.pop import PopCall, pop_head, whys_shown
from crm_core.domain.routing.decision import Decision, Step, StepKind, Why
from crm_core.domain.routing.evaluate import evaluate
from crm_core.domain.routing.facts import Availability, Facts
from crm_core.domain.routing.live import ENGAGED, RouteRequest, live_facts
from crm_core.domain.routing.rules import RuleSet
from crm_core.domain.routing.trace import explained
from crm_core.ports.feed import Audience, Feed
from crm_core.ports.pbx import Pbx

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSettings:
    hold_ms: int = 80  # the answer waits so long for the card to be painted; 0: never
    default_queue: str = "default"
    default_queue_seconds: int = 120
    default_mailbox: str = "default"


class Keep(Protocol):
    """Takes a decision to be written later; never waits (usecases.keep_decisions)."""

    def __call__(self, call: UUID, decision: Decision, latency_us: int) -> None: ...


@dataclass(slots=True, kw_only=True)
class RouteDesk:
    """What a decision needs, all of it in memory. `rules` is replaced when a version is published."""

    directory: Directory
    feed: Feed
    pbxs: Mapping[str, Pbx]
    keep: Keep
    rules: RuleSet | None = None
    settings: RouteSettings = field(default_factory=RouteSettings)
    decided: int = 0
    fallbacks: int = 0


@frozen
class Decided:
    decision: Decision
    latency_us: int


@frozen
class Routed:
    """`wait_for` is the pop whose painting the answer should wait for, `wait_s` at most."""

    call: UUID
    decision: Decision
    name: str | None  # for the phones' displays
    wait_for: UUID | None = None
    wait_s: float = 0.0


def decide_route(ask: RouteRequest, desk: RouteDesk) -> Routed:
    """Decide, reserve and send the cards. Never raises and never waits: whatever fails, the call has steps."""
    return carry_out(ask, decide(ask, desk), desk)


def decide(ask: RouteRequest, desk: RouteDesk) -> Decided:
    """Nothing has happened yet; never raises."""
    started = time.perf_counter_ns()
    try:
        decision = _decide(ask, desk)
    except Exception as error:  # a call must go somewhere, whatever we got wrong
        log.exception("a call was not routed by the rules", linkedid=ask.linkedid)
        decision = fallback(ask, desk, type(error).__name__)
    return Decided(decision=decision, latency_us=(time.perf_counter_ns() - started) // 1000)


def rests_on_a_call(decided: Decided, pbx: Pbx) -> bool:
    """Somebody's phone was in use by what the PBX told last, and so they may have been passed over."""
    return any(
        pbx.device_state(device) in ENGAGED
        for person in decided.decision.facts.people.values()
        if person.availability is Availability.ON_CALL
        for _, device in person.pairs
    )


def carry_out(ask: RouteRequest, decided: Decided, desk: RouteDesk) -> Routed:
    """Keep the decision, reserve who is rung and send the cards. Never raises."""
    call, decision = call_of(ask, desk), decided.decision
    desk.decided += 1
    desk.fallbacks += decision.fallback is not None
    desk.keep(call, decision, decided.latency_us)
    pop = None
    try:
        _reserve(call, decision, desk)
        pop = _send_cards(call, decision, desk)
    except Exception:
        log.exception("a card was not sent", call_id=str(call))
    hold_s = desk.settings.hold_ms / 1000 if pop else 0.0
    return Routed(
        call=call,
        decision=decision,
        name=display_name(decision.facts),
        wait_for=pop,
        wait_s=hold_s,
    )


def fallback(ask: RouteRequest, desk: RouteDesk, reason: str) -> Decision:
    """The default queue, then voicemail, whatever the rules say."""
    settings = desk.settings
    steps = (
        _plain_step(StepKind.QUEUE, settings.default_queue_seconds, settings.default_queue),
        _plain_step(StepKind.VOICEMAIL, settings.default_queue_seconds, settings.default_mailbox),
    )
    facts = Facts(at=ask.at, pbx=ask.pbx, did=None, number=None, caller_kind="unknown")
    version = desk.rules.version if desk.rules else 0
    return Decision(facts=facts, rule_set_version=version, rule="fallback", steps=steps, fallback=reason)


def refuse_to_read(ask: RouteRequest, desk: RouteDesk) -> Routed:
    """The request's own lines were broken by a caller's text: nothing in it is believed, the call has steps."""
    call, decision = call_of(ask, desk), fallback(ask, desk, "malformed request")
    desk.decided += 1
    desk.fallbacks += 1
    desk.keep(call, decision, 0)
    return Routed(call=call, decision=decision, name=None)


def try_route(ask: RouteRequest, desk: RouteDesk) -> Routed:
    """What decide_route would answer, and nothing else happens: for `rolodial route --agi`."""
    decision = explain(ask, desk)
    return Routed(call=call_of(ask, desk), decision=decision, name=display_name(decision.facts))


def explain(ask: RouteRequest, desk: RouteDesk) -> Decision:
    """Decide without reserving, sending or keeping anything: for `rolodial route`."""
    decision = _decide(ask, desk)
    return explained(decision, desk.rules) if desk.rules else decision


def display_name(facts: Facts) -> str | None:
    if facts.party_name and facts.company_name and facts.company_name != facts.party_name:
        return f"{facts.party_name}, {facts.company_name}"
    return facts.party_name


def call_of(ask: RouteRequest, desk: RouteDesk) -> UUID:
    pbx = desk.pbxs.get(ask.pbx)
    boot = pbx.boot if pbx else ""
    return call_id(ask.pbx, boot, ask.linkedid)


def _decide(ask: RouteRequest, desk: RouteDesk) -> Decision:
    rules = desk.rules
    if rules is None:
        return fallback(ask, desk, "no rules")
    pbx = desk.pbxs.get(ask.pbx)
    states: Callable[[str], str] = pbx.device_state if pbx else _unknown
    if ask.behind:
        states = _long_ago(states)
    return evaluate(live_facts(ask, desk.directory, states, rules.no_answer_s), rules)


def _long_ago(states: Callable[[str], str]) -> Callable[[str], str]:
    """Events come late or not at all: whoever talked by the last of them may be free by now.

    The dialplan looks at each phone again before it rings it, so that at worst a step is passed over at once. Taken for
    engaged, all managers would stay so until the PBX is heard of again, and their clients would wait in the queue.
    """

    def state(device: str) -> str:
        told = states(device)
        return "NOT_INUSE" if told in ENGAGED else told

    return state


def _unknown(_device: str) -> str:
    return "UNKNOWN"


def _plain_step(kind: StepKind, seconds: int, target: str) -> Step:
    return Step(kind=kind, seconds=seconds, target=target, why=Why(code=kind.value, params={"name": target}))


def _reserve(call: UUID, decision: Decision, desk: RouteDesk) -> None:
    first = decision.steps[0] if decision.steps else None
    if first and first.people:
        desk.directory.presence.reserve(first.people, call, decision.facts.at)
        for user_id in first.people:
            desk.directory.presence.take_turn(user_id)


def _send_cards(call: UUID, decision: Decision, desk: RouteDesk) -> UUID | None:
    """Send 'first' to the people rung first, 'next' to those after; give the pop worth waiting for."""
    waiting, kept = None, None
    for position, step in enumerate(decision.steps):
        if not step.people:
            continue
        pop = new_id(decision.facts.at)
        if kept is None:
            head = kept = _head(pop, call, "next" if position else "first", step, decision, desk)
        else:  # the same client: only this differs
            head = {**kept, "pop": str(pop), "stage": "next", "why": whys_shown((step.why, *decision.why))}
        desk.directory.pops.note(call, kept, step.people)
        desk.feed.publish("pop", head, Audience.of(*step.people))
        if position == 0 and desk.settings.hold_ms and desk.feed.has_visible_tab(step.people):
            waiting = pop
    return waiting


def _head(
    pop: UUID, call: UUID, stage: str, step: Step, decision: Decision, desk: RouteDesk
) -> dict[str, Any]:
    facts, directory = decision.facts, desk.directory
    about = PopCall(
        pop=pop,
        call_id=call,
        stage=stage,
        did=facts.did,
        at=facts.at,
        number=facts.number,
        sharers=directory.sharers(facts.number, facts.at),
    )
    return pop_head(
        about,
        directory.clients.who(facts.number, facts.client_number)[0],
        operator=directory.operator,
        turnover=(directory.window, directory.currency),
        why=(step.why, *decision.why),
        rule=decision.rule,
    )


async def painted(routed: Routed, desk: RouteDesk) -> bool:
    """Hold the answer until the first visible tab has painted the card, or the time is over."""
    if routed.wait_for is None:
        return False
    return await desk.feed.painted(routed.wait_for, routed.wait_s)
