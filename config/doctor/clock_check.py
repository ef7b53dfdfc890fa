# SPDX-License-Identifier: Apache-2.0
"""Do the PBX's clock and ours agree: Ping's answer carries the PBX's time."""

from datetime import datetime

from config.doctor.ami_session import AmiSession
from config.doctor.finding import Finding, ok, warning
from crm_core.ports.clock import Clock

_TOLERATED_S = 1.0


async def check_clock(session: AmiSession, clock: Clock) -> Finding:
    """The quickest of three answers is the surest."""
    tries = []
    for _ in range(3):
        sent = clock()
        said = (await session.ask({"Action": "Ping"})).get("Timestamp", "")
        tries.append((sent, clock(), said))
    return judge_clock(*min(tries, key=lambda one: one[1] - one[0]))


def judge_clock(sent: datetime, received: datetime, said: str) -> Finding:
    """`said`: seconds since 1970, when the PBX answered, somewhere between the two."""
    try:
        ahead_s = float(said) - (sent.timestamp() + received.timestamp()) / 2
    except ValueError:
        return warning(
            "clock", "the PBX does not say its time", "Update Asterisk: Ping answers with the time."
        )
    doubt_s = (received - sent).total_seconds() / 2
    if abs(ahead_s) - doubt_s <= _TOLERATED_S:
        return ok("clock", f"the PBX's clock and ours agree within {abs(ahead_s) + doubt_s:.3f} s")
    order = "ahead of" if ahead_s > 0 else "behind"
    return warning(
        "clock",
        f"the PBX's clock is {abs(ahead_s):.1f} s {order} ours",
        "Let both hosts follow NTP (timedatectl set-ntp true): else CEL and replayed calls have wrong times.",
    )
