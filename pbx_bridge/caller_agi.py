# SPDX-License-Identifier: Apache-2.0
"""What a call in the dialplan tells us: that its caller wants to be called back (/callback), or speaks (/voicemail)."""

from collections.abc import Awaitable, Mapping

import structlog

from crm_core.domain.audit import Actor
from crm_core.domain.callback import CallbackRequest, CallbackSource, arrived
from crm_core.domain.directory import Directory
from crm_core.domain.errors import CrmError
from crm_core.domain.ids import call_id
from crm_core.domain.routing.live import caller_number, printable
from crm_core.ports.clock import Clock
from crm_core.ports.pbx import Pbx
from crm_core.ports.store import Store
from crm_core.usecases.request_callback import request_callback
from pbx_bridge.agi_lines import AgiRequest, Answer
from pbx_bridge.agi_verb import Verb

log = structlog.get_logger()
CALLBACK = Verb(
    name="callback", arguments=("pbx", "linkedid", "did", "queue", "since"), sets=("ROLODIAL_TOLD",)
)
VOICEMAIL = Verb(name="voicemail", sets=("VMSTATUS", "ROLODIAL_MESSAGE"))


class CallbackAgi:
    """Handler of /callback. ROLODIAL_TOLD is `yes` once the request is kept: only then may the caller be let go."""

    def __init__(self, store: Store, directory: Directory, pbxs: Mapping[str, Pbx], clock: Clock) -> None:
        self._store = store
        self._directory = directory
        self._pbxs = pbxs
        self._clock = clock

    def __call__(self, request: AgiRequest) -> Awaitable[Answer] | None:
        return None if request.malformed else self._keep(request)

    async def _keep(self, request: AgiRequest) -> Answer:
        wanted = self._read(request)
        if wanted is None:
            return answer(kept=False)
        try:
            await request_callback(self._store, self._directory, wanted, Actor("PBX"), self._clock())
        except CrmError as error:
            log.warning("a callback was not noted", call_id=str(wanted.id), why=str(error))
            return answer(kept=False)
        return answer(kept=True)

    def _read(self, request: AgiRequest) -> CallbackRequest | None:
        """None: nobody who can be called back."""
        said, env, now = CALLBACK.said(request), request.env, self._clock()
        pbx, queue = said["pbx"], said["queue"]
        region = self._directory.region_of(pbx)
        number = caller_number(
            env.get("agi_callerid", ""), env.get("agi_callingpres", "0"), self._directory, region
        )
        if number is None:
            return None
        known = self._pbxs.get(pbx)
        return CallbackRequest(
            id=call_id(pbx, known.boot if known else "", said["linkedid"] or env.get("agi_uniqueid", "")),
            e164=number,
            source=CallbackSource.QUEUE if queue else CallbackSource.STEP,
            arrived_at=arrived(said["since"], now),
            made_at=now,
            did=self._directory.normalise(said["did"], region) or None,
            queue=printable(queue) or None,
        )


def answer(*, kept: bool) -> Answer:
    return Answer({"ROLODIAL_TOLD": "yes" if kept else "no"})


class VoicemailAgi:
    """Handler of /voicemail, for a plan of one's own: what the caller says from now on is a message."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self, _request: AgiRequest) -> Answer:
        return Answer({"VMSTATUS": "", "ROLODIAL_MESSAGE": f"{self._clock().timestamp():.3f}"})
