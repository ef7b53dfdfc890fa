# SPDX-License-Identifier: Apache-2.0
"""The phones of a PBX beside our books."""

from datetime import UTC, datetime
from uuid import UUID

from crm_core.domain.people import Device, DeviceKind, Extension
from crm_core.domain.phone_list import Drift, phone_lines

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ANNA, BORIS = UUID(int=1), UUID(int=2)


def extension(user, number, pbx="main"):
    return Extension(id=UUID(int=9), user_id=user, pbx=pbx, extension=number, valid_from=NOW)


def device(user, name, pbx="main"):
    return Device(id=UUID(int=8), user_id=user, pbx=pbx, device=name, kind=DeviceKind.DESK, valid_from=NOW)


def told(**words):
    lines = phone_lines("main", **{"at_pbx": {}, "extensions": [], "devices": [], **words})
    return [(line.extension, line.device, line.user_id, line.drift) for line in lines]


def test_a_phone_with_its_person():
    books = {"extensions": [extension(ANNA, "101")], "devices": [device(ANNA, "PJSIP/101")]}
    assert told(at_pbx={"PJSIP/101": "NOT_INUSE"}, **books) == [("101", "PJSIP/101", ANNA, Drift.NONE)]
    assert told(**books) == [("101", "PJSIP/101", ANNA, Drift.NOT_AT_PBX)]


def test_a_phone_nobody_has_and_devices_that_are_no_phones():
    at_pbx = dict.fromkeys(["PJSIP/102", "PJSIP/trunk", "Queue:sales", "Custom:rolodial-101", "PJSIP/１"], "")
    assert told(at_pbx=at_pbx) == [("102", "PJSIP/102", None, Drift.NOBODYS)]
    assert told(at_pbx=at_pbx, trunks={"PJSIP/102"}) == []


def test_an_extension_without_a_phone_in_the_order_of_numbers():
    books = {"extensions": [extension(ANNA, "1001"), extension(BORIS, "99")], "devices": []}
    assert told(**books) == [("99", "", BORIS, Drift.NOT_AT_PBX), ("1001", "", ANNA, Drift.NOT_AT_PBX)]


def test_other_pbxs_are_not_meant():
    assert (
        told(extensions=[extension(ANNA, "101", "branch")], devices=[device(ANNA, "PJSIP/101", "branch")])
        == []
    )
