# SPDX-License-Identifier: Apache-2.0
"""Rules of routing: their versions, what they decided, and what they would decide."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from crm_core.domain.errors import NotFoundError
from crm_core.domain.people import Role
from crm_core.domain.routing.codec import trace_to_json
from crm_core.domain.routing.decision import StepKind
from crm_core.domain.routing.live import RouteRequest
from crm_core.ports.routing import StoredRuleSet
from crm_core.usecases.access_call import access_call
from crm_core.usecases.explain_route import explain_route
from crm_core.usecases.rule_versions import decision_spelled
from web import keys
from web.api.ask import Ask
from web.api.operation import operation
from web.api.words import Given, Line, Query, Time, Told

_NONE = {404: "No rules are published, or none of this version."}
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]


class RuleSetHead(Told):
    version: int
    source: str
    published_at: datetime | None


class RuleSetTold(RuleSetHead):
    body: Annotated[dict[str, Any], Field(description="As the rule file says it.")]


class VersionsTold(Told):
    items: list[RuleSetHead]
    next: Annotated[int | None, Field(description="`before` of the next page; null on the last.")]


class VersionQuery(Query):
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    before: Version | None = None


class WhyTold(Told):
    """A reason in a form that programs can read."""

    code: str
    params: dict[str, Any]


class StepTold(Told):
    kind: StepKind
    seconds: int
    target: str
    people: list[UUID]
    why: WhyTold


class DecisionTold(Told):
    rule_set_version: int
    rule: str
    steps: list[StepTold]
    trace: list[WhyTold]


class KeptDecisionTold(DecisionTold):
    call_id: UUID
    decided_at: datetime
    latency_us: int


class RouteGiven(Given):
    caller: Annotated[Line, Field(description="The caller's number; empty: withheld.")]
    did: Annotated[Line, Field(description="Our number that is called.")] = ""
    at: Annotated[Time | None, Field(description="When; now if not said.")] = None
    pbx: Annotated[Line | None, Field(description="The PBX it comes in on; the first if not said.")] = None
    trunk: Annotated[Line, Field(description="The device it comes in by, as PJSIP/trunk.")] = ""
    language: Annotated[Line, Field(description="What the caller has chosen, as uk.")] = ""
    menu: Annotated[Line, Field(description="What they chose in a menu before.")] = ""
    order_number: Annotated[Line, Field(description="The order they keyed in.")] = ""
    client_number: Annotated[Line, Field(description="The client number they keyed in.")] = ""
    version: Annotated[Version | None, Field(description="Of the rules; those in force if not said.")] = None


@operation(
    "GET",
    "/rules",
    scope="rules:read",
    summary="The rules in force",
    role=Role.SUPERVISOR,
    versioned=True,
    refusals=_NONE,
)
async def get_rules(ask: Ask) -> RuleSetTold:
    async with ask.store.read() as tx:
        return _told(await tx.routing.in_force())


@operation(
    "GET", "/rules/versions", scope="rules:read", summary="Versions, newest first", role=Role.SUPERVISOR
)
async def list_rule_versions(ask: Ask, query: VersionQuery) -> VersionsTold:
    async with ask.store.read() as tx:
        found = await tx.routing.versions(query.before, query.limit + 1)
    shown = [RuleSetHead.model_validate(each) for each in found[: query.limit]]
    return VersionsTold(items=shown, next=shown[-1].version if len(found) > query.limit else None)


@operation(
    "GET",
    "/rules/versions/{version}",
    scope="rules:read",
    summary="The rules of a version",
    role=Role.SUPERVISOR,
    versioned=True,
)
async def get_rule_version(ask: Ask, version: Version) -> RuleSetTold:
    async with ask.store.read() as tx:
        return _told(await tx.routing.rule_set(version))


@operation("GET", "/calls/{id}/decision", scope="rules:read", summary="Why a call went where it went")
async def get_decision(ask: Ask, call_id: UUID) -> KeptDecisionTold:
    """For whoever may see the call."""
    async with ask.store.read() as tx:
        kept = await access_call(tx, ask.user, call_id)
        decision = await decision_spelled(tx, await tx.routing.decision(kept.call.id))
    if decision is None:
        raise NotFoundError("nothing was decided for this call")
    return KeptDecisionTold.model_validate(decision)


@operation(
    "POST",
    "/rules/route",
    scope="rules:read",
    summary="Where a call would go",
    role=Role.SUPERVISOR,
    refusals=_NONE,
)
async def try_route(ask: Ask, body: RouteGiven) -> DecisionTold:
    """Nothing rings and nothing is kept. People's states and phones are as they are now."""
    app = ask.request.app
    pbxs = app[keys.PBXS]
    name = body.pbx or (pbxs[0].name if pbxs else "main")
    request = RouteRequest(
        pbx=name,
        linkedid="",
        did=body.did,
        caller=body.caller,
        at=body.at or ask.now,
        trunk=body.trunk,
        language=body.language,
        menu=body.menu,
        order_number=body.order_number,
        client_number=body.client_number,
    )
    decision = await explain_route(ask.store, app[keys.DIRECTORY], pbxs, request, body.version)
    return DecisionTold(
        rule_set_version=decision.rule_set_version,
        rule=decision.rule,
        steps=[StepTold.model_validate(step) for step in decision.steps],
        trace=[WhyTold.model_validate(why) for why in trace_to_json(decision)],
    )


def _told(stored: StoredRuleSet | None) -> RuleSetTold:
    if stored is None:
        raise NotFoundError("there are no such rules")
    return RuleSetTold.model_validate(stored)
