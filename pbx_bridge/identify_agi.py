# SPDX-License-Identifier: Apache-2.0
"""/identify: who is calling, for a dialplan that routes by itself."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from crm_core.domain.routing.live import printable
from crm_core.ports.clock import Clock
from crm_core.usecases.decide_route import RouteDesk
from crm_core.usecases.identify_caller import Identified, identify_caller
from pbx_bridge.agi_lines import AgiRequest, Answer
from pbx_bridge.agi_verb import Verb, route_request

IDENTIFY = Verb(
    name="identify",
    arguments=("pbx", "linkedid", "did", "language", "number", "client_number"),
    sets=(
        "ROLODIAL_NAME", "ROLODIAL_MANAGER_NAME", "ROLODIAL_BAND", "ROLODIAL_CALL", "ROLODIAL_KIND", "ROLODIAL_KNOWN",
        "ROLODIAL_NUMBER", "ROLODIAL_CLIENT_ID", "ROLODIAL_COMPANY_ID", "ROLODIAL_SPEAKS", "ROLODIAL_MANAGER",
        "ROLODIAL_MANAGER_STATE", "ROLODIAL_DEPUTY", "ROLODIAL_ANSWER",
    ),
)  # fmt: skip
_EXTENSION = re.compile(r"[0-9]{1,20}\Z", re.ASCII)


class IdentifyAgi:
    """Nothing is answered before the directory is loaded: who is not there yet is not unknown."""

    def __init__(self, desk: RouteDesk, clock: Clock, ready: Callable[[], bool] = lambda: True) -> None:
        self._desk = desk
        self._clock = clock
        self._ready = ready

    def __call__(self, request: AgiRequest) -> Answer | None:
        if not self._ready() or request.malformed:
            return None
        said = IDENTIFY.said(request)
        ask = route_request(request, said, self._clock)
        if said["number"]:  # another than the caller's, keyed in perhaps: it is withheld by nobody
            ask = replace(ask, caller=said["number"], presentation="0")
        return answer(identify_caller(ask, self._desk))


def answer(found: Identified) -> Answer:
    """All are set, to nothing as well."""
    texts = {
        "ROLODIAL_NAME": found.name,
        "ROLODIAL_MANAGER_NAME": found.manager_name,
        "ROLODIAL_BAND": found.band,
    }
    written = {name: printable(text or "") for name, text in texts.items()}
    return Answer(dict(_machine_made(found)), written)


def _machine_made(found: Identified) -> Iterator[tuple[str, str]]:
    yield "ROLODIAL_CALL", str(found.call)
    yield "ROLODIAL_KIND", found.kind
    yield "ROLODIAL_KNOWN", "yes" if found.known else "no"
    yield "ROLODIAL_NUMBER", found.number or ""
    yield "ROLODIAL_CLIENT_ID", str(found.party or "")
    yield "ROLODIAL_COMPANY_ID", str(found.company or "")
    yield "ROLODIAL_SPEAKS", found.language or ""
    yield "ROLODIAL_MANAGER", _dialled(found.manager)
    yield "ROLODIAL_MANAGER_STATE", found.manager_state or ""
    yield "ROLODIAL_DEPUTY", _dialled(found.deputy)
    yield "ROLODIAL_ANSWER", "identify"


def _dialled(extension: str | None) -> str:
    """An admin typed it: what is no extension is not given to a dialplan that dials it."""
    return extension if extension and _EXTENSION.match(extension) else ""
