# SPDX-License-Identifier: Apache-2.0
"""Who may dial what and when; help is never refused."""

from dataclasses import replace
from datetime import UTC, datetime, time
from uuid import UUID

import pytest

from crm_core.domain.outbound import OutboundSettings, Quiet, Reason, permission, quiet_hours
from crm_core.domain.phone_zone import is_emergency, zones
from crm_core.usecases.allow_outbound import OutboundRequest, allow_outbound
from tests.support.routing import CLARA, DID, NOW, OLGA, PHONES, a_desk, a_house, an_operator

NIGHT = OutboundSettings(quiet_from=time(21), quiet_until=time(8), quiet_refuses=True)
MOSCOW, JAKARTA, NEW_YORK = "+74951112233", "+62213840000", "+12125551212"


def may(number, settings=NIGHT, *, at="2026-11-22T12:00", role="operator"):
    moment = datetime.fromisoformat(f"{at}+00:00")
    return permission(number, role, moment, settings, zones(number), "Europe/Moscow")


@pytest.mark.parametrize(
    ("number", "at", "allowed", "quiet", "zone"),
    [
        (MOSCOW, "2026-11-22T12:00", True, Quiet.NO, "Europe/Moscow"),
        (MOSCOW, "2026-11-22T18:00", False, Quiet.YES, "Europe/Moscow"),  # 21:00: the first minute
        (MOSCOW, "2026-11-22T04:59", False, Quiet.YES, "Europe/Moscow"),
        (MOSCOW, "2026-11-22T05:00", True, Quiet.NO, "Europe/Moscow"),
        (JAKARTA, "2026-11-22T12:00", True, Quiet.NO, "Asia/Jakarta"),
        (JAKARTA, "2026-11-22T14:30", False, Quiet.YES, "Asia/Jakarta"),
        (NEW_YORK, "2026-11-22T12:00", False, Quiet.YES, "America/New_York"),
    ],
)
def test_it_is_late_where_the_number_is(number, at, allowed, quiet, zone):
    found = may(number, at=at)
    assert (found.allowed, found.quiet, found.zone) == (allowed, quiet, zone)
    assert found.reason is (Reason.ALLOWED if allowed else Reason.QUIET_HOURS)


def test_of_many_zones_that_of_the_house_counts_else_it_must_be_late_in_all():
    mobile, at = "+79161000001", datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
    assert len(zones(mobile)) > 5
    assert quiet_hours(at, NIGHT, zones(mobile), "Europe/Moscow") == (Quiet.YES, "Europe/Moscow")
    assert quiet_hours(at, NIGHT, zones(mobile), "Europe/Paris") == (Quiet.UNKNOWN, None)
    all_late = ("Europe/Moscow", "Europe/Samara")
    assert quiet_hours(at, NIGHT, all_late, "Europe/Paris") == (Quiet.YES, None)
    assert quiet_hours(at, NIGHT, (), "Europe/Paris") == (Quiet.UNKNOWN, None)


def test_quiet_hours_may_only_be_told_or_not_be_kept_at_all():
    told = may(MOSCOW, replace(NIGHT, quiet_refuses=False), at="2026-11-22T20:00")
    assert (told.allowed, told.quiet) == (True, Quiet.YES)
    assert may(MOSCOW, OutboundSettings(), at="2026-11-22T20:00").quiet is Quiet.NO
    afternoon = replace(NIGHT, quiet_from=time(13), quiet_until=time(15))
    assert may(MOSCOW, afternoon, at="2026-11-22T11:00").quiet is Quiet.YES
    assert may(MOSCOW, afternoon, at="2026-11-22T13:00").quiet is Quiet.NO


def test_class_of_service_by_beginnings_and_role():
    classes = OutboundSettings(allowed=("+7",), refused=("+7900",), by_role={"supervisor": ("+62",)})
    assert may(MOSCOW, classes).allowed
    assert may("+79001234567", classes, role="supervisor").reason is Reason.REFUSED
    assert may(JAKARTA, classes).reason is Reason.CLASS_OF_SERVICE
    assert may(JAKARTA, classes, role="supervisor").allowed


def test_the_longest_beginning_says_which_number_is_shown():
    shown = OutboundSettings(show={"+": "+78000000000", "+7": "+74951112233", "+7812": "+78121112233"})
    assert may(MOSCOW, shown).show == "+74951112233"
    assert may("+78125550101", shown).show == "+78121112233"
    assert may(JAKARTA, shown).show == "+78000000000"
    assert may(JAKARTA, OutboundSettings()).show is None


def dialled(number, settings, *, device="PJSIP/103", extension="103", at=NOW, desk=None):
    ask = OutboundRequest(
        pbx="main", linkedid="1.1", number=number, extension=extension, device=device, at=at
    )
    return allow_outbound(ask, desk or a_desk(), settings)


@pytest.mark.parametrize("number", ["112", "101", "102", "103"])
def test_help_is_always_allowed(number):
    closed = OutboundSettings(allowed=(), quiet_from=time(0), quiet_until=time(23, 59), quiet_refuses=True)
    found = dialled(number, closed).permission
    assert (found.allowed, found.reason) == (True, Reason.EMERGENCY)


def test_what_is_no_emergency_number():
    assert not is_emergency("105", "RU")
    assert not is_emergency("1120", "RU")
    assert not is_emergency("", "RU")
    assert is_emergency("112", "ZZ")


def test_who_dials_is_told_by_the_device_not_by_what_the_phone_says():
    settings = OutboundSettings(allowed=(), by_role={"supervisor": ("+7",)})
    house = a_house()
    house.set_people([replace(an_operator(CLARA), role="supervisor"), an_operator(UUID(int=101))], [])
    desk = a_desk(house)
    assert dialled("+79161000001", settings, desk=desk).permission.allowed
    forged = dialled("+79161000001", settings, device="PJSIP/101", extension="103", desk=desk)
    assert forged.permission.reason is Reason.CLASS_OF_SERVICE
    nobody = dialled("+79161000001", settings, device="PJSIP/999", extension="999", desk=desk)
    assert nobody.permission.reason is Reason.CLASS_OF_SERVICE


def test_whom_we_call_and_the_id_of_the_call():
    found = dialled(PHONES[OLGA], OutboundSettings())
    assert found.client == OLGA
    clicked = OutboundRequest(
        pbx="main", linkedid=f"rolodial-{OLGA}", number="8 916 100-00-01", extension="", device="", at=NOW
    )
    assert allow_outbound(clicked, a_desk(), OutboundSettings()).call == OLGA
    assert dialled("600", OutboundSettings()).permission.reason is Reason.NO_NUMBER
    assert dialled(DID, OutboundSettings()).client is None
