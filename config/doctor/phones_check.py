# SPDX-License-Identifier: Apache-2.0
"""Which operators' phones can be rung: their device states, as the PBX says them now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config.doctor.ami_session import AmiSession
from config.doctor.finding import Finding, broken, ok, warning
from crm_core.ports.clock import Clock
from crm_core.ports.store import Store

_AWAY = frozenset({"UNAVAILABLE", "UNKNOWN"})


@dataclass(frozen=True, slots=True)
class PhoneSeen:
    person: str
    device: str
    state: str


async def look_at_phones(session: AmiSession, store: Store, pbx: str, clock: Clock) -> list[PhoneSeen]:
    async with store.read() as tx:
        devices = [one for one in await tx.people.devices(clock()) if one.pbx == pbx]
        people = {user.id: user for user in await tx.people.users()}
    return [
        PhoneSeen(
            people[one.user_id].login,
            one.device,
            await session.get(f"DEVICE_STATE({one.device})") or "UNKNOWN",
        )
        for one in devices
        if one.user_id in people and all(char.isalnum() or char in "/_-.@+" for char in one.device)
    ]


def judge_phones(phones: Sequence[PhoneSeen]) -> Iterator[Finding]:
    if not phones:
        yield warning(
            "phones", "nobody has a phone on this PBX", "Give people their devices, such as PJSIP/101."
        )
        return
    invalid = [phone for phone in phones if phone.state == "INVALID"]
    away = [phone for phone in phones if phone.state in _AWAY]
    if invalid:
        yield broken(
            "phones",
            f"the PBX knows no device {_list(invalid)}",
            "Correct the device of that person, or add the endpoint (pjsip.conf).",
        )
    if away:
        yield warning(
            "phones",
            f"{len(away)} of {len(phones)} phones are not registered: {_list(away)}",
            "Their calls go to the next step. Is the phone on, and its secret right? 'pjsip show endpoints'.",
        )
    if not invalid and not away:
        yield ok("phones", f"all {len(phones)} phones are there: {_list(phones)}")


def _list(phones: Sequence[PhoneSeen]) -> str:
    return ", ".join(f"{phone.device} of {phone.person} ({phone.state})" for phone in phones)
