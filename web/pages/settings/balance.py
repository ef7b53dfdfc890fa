# SPDX-License-Identifier: Apache-2.0
"""The balance, day by day: what calls, Asterisk's own record and the files disagree about, and what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from crm_core.domain.balance import Finding, FindingKind, FindingState, Remedy
from crm_core.domain.call_history import CallRow
from crm_core.domain.errors import InvalidInputError
from crm_core.domain.people import Role
from crm_core.ports.store import Tx
from crm_core.usecases.adopt_recording import candidates
from crm_core.usecases.balance_day import balance_day, going_on
from crm_core.usecases.settle_finding import Wish, settle_finding
from web import keys, said
from web.access import requires
from web.balance_words import KINDS, STATES, sentence
from web.forms import form_of, text_field, uuid_of
from web.i18n.l10n import L10n
from web.render import page

DAYS = 14
_SHOWN = 200
_SIGNS: Final = {
    FindingKind.NO_FILE: "file-off",
    FindingKind.NOT_RECORDED: "microphone-off",
    FindingKind.NO_CALL: "file-off",
    FindingKind.UNCOVERED: "clock",
    FindingKind.SILENT: "volume-off",
    FindingKind.ONE_SIDED: "volume-off",
    FindingKind.DAMAGED: "file-off",
    FindingKind.FILE_GONE: "file-off",
    FindingKind.STILL_OPEN: "phone-call",
    FindingKind.UNCERTAIN: "help-circle",
    FindingKind.UNSEEN: "phone-x",
    FindingKind.UNWITNESSED: "user-question",
    FindingKind.CORRECTED: "check",
    FindingKind.DISPUTED: "help-circle",
}
_DONE: Final = {
    Remedy.ADOPT: "file-given",
    Remedy.LOOK: "looked-again",
    Remedy.CLOSE: "call-closed",
    Remedy.CEL: "cel-believed",
    Remedy.EXPLAIN: "explained",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding with its words and the call it is about."""

    finding: Finding
    title: str
    says: str
    sign: str
    call: CallRow | None
    candidates: Mapping[str, str]  # a call's id -> how it is known


@requires(Role.SUPERVISOR)
async def show(request: web.Request) -> web.StreamResponse:
    l10n = request[keys.L10N]
    async with request.app[keys.STORE].read() as tx:
        today = request.app[keys.CLOCK]().astimezone((await tx.settings.house()).tzinfo).date()
        days = await tx.balances.days(DAYS)
        counts = await tx.balances.counts([one.day for one in days])
        newest = days[0].day if days else (today - timedelta(days=1)).isoformat()
        day = _day(request.query.get("day")) or date.fromisoformat(newest)
        findings = await tx.balances.findings(day.isoformat())
        shown = await _shown(tx, findings, l10n)
    return page(
        request,
        "settings/balance.html",
        days={one: l10n.on_day(date.fromisoformat(one.day)) for one in days},
        counts=counts,
        day=day,
        today=today,
        told=next((one for one in days if one.day == day.isoformat()), None),
        found=_groups(shown),
        more=max(0, len(findings) - _SHOWN),
        kinds=_kinds(findings, l10n),
    )


@requires(Role.SUPERVISOR)
async def look(request: web.Request) -> web.StreamResponse:
    """Look through a day, now."""
    app, form = request.app, await form_of(request)
    day = _day(text_field(form, "day", 10))
    if day is None:
        raise InvalidInputError("this is not a day")
    pbxs = app[keys.PBXS]
    await balance_day(app[keys.STORE], app[keys.RECORDINGS], day, app[keys.CLOCK](), going_on(pbxs))
    return said.go(request, f"/settings/balance?day={day}")


@requires(Role.SUPERVISOR)
async def settle(request: web.Request) -> web.StreamResponse:
    app, form = request.app, await form_of(request)
    pbxs = app[keys.PBXS]
    wanted, call = text_field(form, "do", 10), text_field(form, "call", 40)
    if wanted not in set(Remedy):
        raise InvalidInputError
    wish = Wish(
        remedy=Remedy(wanted),
        actor=request[keys.VIEWER].actor,
        now=app[keys.CLOCK](),
        note=text_field(form, "note", 500),
        call_id=uuid_of(call) if call else None,
        going_on=going_on(pbxs),
        directory=app[keys.DIRECTORY],
    )
    done = await settle_finding(app[keys.STORE], uuid_of(request.match_info["id"]), wish)
    return said.go(request, f"/settings/balance?day={done.day}", _DONE[wish.remedy])


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


async def _shown(tx: Tx, findings: Sequence[Finding], l10n: L10n) -> list[Shown]:
    some = findings[:_SHOWN]
    calls = await tx.calls.rows({one.found.call_id for one in some if one.found.call_id})
    return [
        Shown(
            one,
            l10n.gettext(KINDS[one.found.kind]),
            sentence(one.found, l10n),
            _SIGNS[one.found.kind],
            calls.get(one.found.call_id) if one.found.call_id else None,
            await _candidates(tx, one, l10n) if Remedy.ADOPT in one.remedies else {},
        )
        for one in some
    ]


async def _candidates(tx: Tx, finding: Finding, l10n: L10n) -> dict[str, str]:
    """Whose the file may be: '14:05, +7 916 100-00-01, 2:10'."""
    recording = await tx.recordings.get(finding.found.recording_id or UUID(int=0))
    if recording is None:
        return {}
    calls = [kept.call for kept in await candidates(tx, recording)]
    return {
        str(call.id): ", ".join(
            filter(
                None,
                (
                    l10n.precise_time(call.started_at) if call.started_at else "",
                    l10n.phone(call.client_number),
                    l10n.duration(call.talk_s),
                ),
            )
        )
        for call in calls
    }


def _groups(shown: Sequence[Shown]) -> list[tuple[FindingState, str, list[Shown]]]:
    groups = [
        (state, text, [one for one in shown if one.finding.state is state]) for state, text in STATES.items()
    ]
    return [group for group in groups if group[2]]


def _kinds(findings: Sequence[Finding], l10n: L10n) -> list[dict[str, Any]]:
    """How many of each kind, and of these how many are open."""
    found: dict[FindingKind, list[Finding]] = {}
    for one in findings:
        found.setdefault(one.found.kind, []).append(one)
    return [
        {
            "name": l10n.gettext(KINDS[kind]),
            "sign": _SIGNS[kind],
            "count": len(some),
            "open": sum(one.state is FindingState.OPEN for one in some),
        }
        for kind, some in found.items()
    ]
