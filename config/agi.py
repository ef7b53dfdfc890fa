# SPDX-License-Identifier: Apache-2.0
"""The verbs of our FastAGI, and who answers each: the one place where a new one is entered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from crm_core.domain.outbound import OutboundSettings
from crm_core.domain.survey import SurveyAnswer
from crm_core.ports.clock import Clock
from crm_core.ports.pbx import Pbx
from crm_core.ports.store import Store
from crm_core.usecases.claimed_elsewhere import claimed_elsewhere
from crm_core.usecases.decide_route import RouteDesk
from pbx_bridge.agi_lines import AgiRequest
from pbx_bridge.agi_verb import Verb
from pbx_bridge.ask_http import AskServer
from pbx_bridge.astdb_sync import AstDbSync
from pbx_bridge.caller_agi import CALLBACK, VOICEMAIL, CallbackAgi, VoicemailAgi
from pbx_bridge.fastagi import FastAgiServer, Handler, Script
from pbx_bridge.identify_agi import IDENTIFY, IdentifyAgi
from pbx_bridge.outbound_agi import OUTBOUND, OutboundAgi
from pbx_bridge.prompt_agi import PROMPT, PromptAgi
from pbx_bridge.route_agi import PING, ROUTE, RouteAgi, ping
from pbx_bridge.survey_agi import SURVEY, SurveyAgi

SYNC = Verb(name="sync", arguments=("pbx",))  # its answers are DATABASE GET, PUT, DEL and DELTREE
VERBS = (ROUTE, IDENTIFY, OUTBOUND, SURVEY, CALLBACK, VOICEMAIL, PROMPT, SYNC, PING)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgiParts:
    """What the handlers answer from."""

    desk: RouteDesk
    store: Store
    pbxs: Mapping[str, Pbx]
    outbound: OutboundSettings
    put_survey: Callable[[SurveyAnswer], bool]
    accept_prompt: Callable[[str, UUID], bool]
    clock: Clock
    ready: Callable[[], bool]  # the directory is loaded
    syncs: Mapping[str, AstDbSync]  # by PBX


def agi_handlers(parts: AgiParts) -> dict[str, Handler]:
    desk, clock, ready = parts.desk, parts.clock, parts.ready
    handlers: dict[Verb, Handler] = {
        ROUTE: RouteAgi(desk, clock, ready),
        IDENTIFY: IdentifyAgi(desk, clock, ready),
        OUTBOUND: OutboundAgi(
            desk, parts.outbound, clock, ready, claimed=partial(claimed_elsewhere, parts.store)
        ),
        SURVEY: SurveyAgi(desk, parts.put_survey, clock),
        CALLBACK: CallbackAgi(parts.store, desk.directory, parts.pbxs, clock),
        VOICEMAIL: VoicemailAgi(clock),
        PROMPT: PromptAgi(desk, parts.accept_prompt, clock),
        SYNC: lambda request: _sync(parts.syncs, request),
        PING: ping,
    }
    return {verb.name: handler for verb, handler in handlers.items()}


def over_http(fastagi: FastAgiServer) -> AskServer:
    """The same verbs over HTTP; AstDB is written over AGI alone, for nobody waits for it."""
    verbs = {name: handler for name, handler in fastagi.handlers.items() if name != SYNC.name}
    return AskServer(fastagi.settings, verbs, fastagi.stats)


def _sync(syncs: Mapping[str, AstDbSync], request: AgiRequest) -> Script | None:
    """The PBX that asks says its name."""
    sync = syncs.get(request.args[0]) if request.args else None
    return sync(request) if sync else None
