# SPDX-License-Identifier: Apache-2.0
"""The journals of all PBXs on the health page: how much lies there, since when, and what is wrong with it."""

from collections.abc import Iterable

from pbx_bridge.bridge import Bridge
from pbx_bridge.journal_files import Survey
from web.health import Level, Reading, Section, Space, counted
from web.words import N_


def journal_section(bridges: Iterable[Bridge]) -> Section:
    known = list(bridges)
    surveys = [bridge.journal for bridge in known]
    oldest = min((one.oldest for one in surveys if one.oldest), default=None)
    readings = [
        Reading(name=N_("Size"), value=Space(sum(one.bytes for one in surveys))),
        Reading(name=N_("Segments"), value=sum(one.segments for one in surveys)),
        Reading(name=N_("Kept since"), value=oldest),
        counted(N_("Bytes missing from the journal"), sum(one.lost_bytes for one in known), Level.BAD),
        counted(N_("Damaged segments set aside"), _sum(surveys, "quarantined")),
        counted(N_("Sealed segments without their key"), _sum(surveys, "locked")),
    ]
    return Section(title=N_("Journal"), icon="list", readings=readings)


def _sum(surveys: Iterable[Survey], name: str) -> int:
    return sum(getattr(one, name) for one in surveys)
