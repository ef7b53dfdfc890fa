# SPDX-License-Identifier: Apache-2.0
"""How what goes out is joined to the rest: whose words it speaks, and what the health page tells of it."""

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from crm_core.domain.outbox import OutKind, OutState
from crm_core.ports.clock import utc_now
from outgoing.service import Outgoing
from web.health import Level, Reading, Section, counted
from web.letters import LetterWriter
from web.words import N_

if TYPE_CHECKING:
    from config.wiring import Parts

_NAMES = {OutKind.MAIL: N_("Mail"), OutKind.WEBHOOK: N_("Webhooks"), OutKind.PUSH: N_("Push messages")}
_LONG_S = 3600.0


def make_outgoing(parts: "Parts", stack: AsyncExitStack) -> Outgoing:
    site = parts.settings.web
    texts = LetterWriter(parts.directory, site.company, site.default_locale, site.public_url, utc_now)
    made = Outgoing(parts.settings.outgoing, parts.store, parts.secret_box, texts, utc_now)
    stack.push_async_callback(made.close)
    return made


async def outbox_probe(parts: "Parts") -> Section:
    """What waits, for how long, and what was given up."""
    async with parts.store.read() as tx:
        counts = {(one.kind, one.state): one for one in await tx.outbox.counts()}
    readings = []
    for kind, name in _NAMES.items():
        waiting = counts.get((kind, OutState.WAITING))
        age = (utc_now() - waiting.oldest).total_seconds() if waiting else 0.0
        readings.append(
            Reading(
                name=name,
                value=waiting.count if waiting else 0,
                level=Level.WARN if age > _LONG_S else Level.GOOD,
                advice=N_("Something has been waiting for over an hour.") if age > _LONG_S else "",
            )
        )
    given_up = sum(one.count for (_, state), one in counts.items() if state is OutState.GIVEN_UP)
    readings.append(counted(N_("Given up"), given_up))
    return Section(title=N_("What waits to go out"), icon="upload", readings=readings)
