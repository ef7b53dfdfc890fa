# SPDX-License-Identifier: Apache-2.0
"""Nothing reaches AMI but what was meant."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import call_id
from pbx_bridge.ami_actions import check, encode, originate, set_available, variables

CALL = UUID("0198c7a0-0000-7000-8000-000000000001")


def test_click_to_call_rings_the_operator_and_names_the_call():
    action = originate(call_id=CALL, device="PJSIP/101", extension="101", number="+79161000001")
    assert action["Channel"] == "PJSIP/101"
    assert (action["Context"], action["Exten"], action["Priority"]) == ("rolodial-click", "+79161000001", "1")
    assert call_id("main", "boot", str(action["ChannelId"])) == CALL
    assert not {"Application", "Data", "Codecs", "EarlyMedia"} & set(action)
    check(action)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "1" * 21,
        "500&PJSIP/trunk/900",
        "1@x",
        "a",
        "1\n",
        "1 2",
        "1\0",
        "${SHELL(id)}",
        "PJSIP/1",
        "१२३",
        "1,2",
        "7",
        "12*3",
        "+7*1",
        "*",
        "*123456789",
    ],
)
def test_only_what_a_phone_can_dial_is_dialled(number):
    with pytest.raises(InvalidInputError):
        originate(call_id=CALL, device="PJSIP/101", extension="101", number=number)


@pytest.mark.parametrize("number", ["101", "112", "+79161000001", "89161000001", "*97", "#1", "*21*5#"])
def test_extensions_numbers_and_service_codes_are_dialled_and_shown_to_the_operator(number):
    action = originate(call_id=CALL, device="PJSIP/101", extension="101", number=number)
    assert (action["Exten"], action["CallerID"]) == (number, f"<{number}>")
    assert "ROLODIAL_EXT=101" in action["Variable"]


@pytest.mark.parametrize(
    "device",
    ["", "101", "Local/101@internal", "PJSIP/101&PJSIP/trunk", "PJSIP/1/sip:x", "PJSIP/1\n", "PJSIP/a b"],
)
def test_only_a_device_is_rung(device):
    with pytest.raises(InvalidInputError):
        originate(call_id=CALL, device=device, extension="101", number="112")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CALLERID(num)", "1"),
        ("SHELL(id)", "x"),
        ("DB(a/b)", "1"),
        ("ROLODIAL_CALL", "a,B=2"),
        ("ROLODIAL_EXT", ""),
    ],
)
def test_only_our_variables_are_set_and_only_to_their_shape(name, value):
    with pytest.raises(InvalidInputError):
        variables({name: value})


def test_availability_is_a_custom_device_state():
    assert set_available("101", available=False) == {
        "Action": "Setvar",
        "Variable": "DEVICE_STATE(Custom:rolodial-101)",
        "Value": "BUSY",
    }
    assert set_available("101", available=True)["Value"] == "NOT_INUSE"
    with pytest.raises(InvalidInputError):
        set_available("101)", available=True)


def test_an_action_is_written_action_first_with_repeated_headers():
    wire = encode({"Exten": "1", "Action": "Originate", "Variable": ["A=1", "B=2"]})
    assert wire == b"Action: Originate\r\nExten: 1\r\nVariable: A=1\r\nVariable: B=2\r\n\r\n"


def test_a_value_may_have_1024_bytes_and_no_more():
    check({"Action": "x" * 1024})
    with pytest.raises(InvalidInputError, match="Secret is longer"):
        check({"Action": "Login", "Secret": "я" * 513})


def test_an_error_never_tells_the_value():
    with pytest.raises(InvalidInputError) as caught:
        check({"Action": "Login", "Secret": "hunter2\n"})
    assert "hunter2" not in str(caught.value) + str(caught.value.details)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.lists(st.text(max_size=8), max_size=3)))
def test_whatever_is_written_reads_back_as_what_was_asked(headers):
    headers = {"Action": "Ping", **headers}
    try:
        wire = encode(headers)
    except InvalidInputError:
        return
    asked = [(k, one) for k, v in headers.items() for one in (v if isinstance(v, list) else [v])]
    lines = wire.decode().removesuffix("\r\n\r\n").replace("\r\n", "\n").split("\n")
    assert sorted(tuple(line.split(": ", 1)) for line in lines) == sorted(asked)
