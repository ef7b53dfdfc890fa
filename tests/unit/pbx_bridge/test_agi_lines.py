# SPDX-License-Identifier: Apache-2.0
"""AGI as bytes, both ways."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx_bridge.agi_lines import (
    AgiValueError,
    Answer,
    database,
    mset,
    parse_reply,
    parse_request,
    quoted,
    set_variable,
)
from tests.support.agi_channel import mset_said


def test_a_request_as_asterisk_sends_it():
    request = parse_request(
        b"agi_network: yes\nagi_network_script: route\nagi_request: agi://127.0.0.1:4573/route\n"
        b"agi_callerid: +79161000001\nagi_calleridname: Olga: Petrova\nagi_arg_1: main\nagi_arg_2: 1.1"
    )
    assert (request.script, request.args, request.malformed) == ("route", ("main", "1.1"), False)
    assert request.env["agi_calleridname"] == "Olga: Petrova"


def test_the_verb_from_the_address_where_the_script_is_not_said():
    assert parse_request(b"agi_request: agi://127.0.0.1:4573/ping?x=1").script == "ping"


def test_an_empty_argument_keeps_its_place():
    assert parse_request(b"agi_arg_1: \nagi_arg_2: x").args == ("", "x")


@pytest.mark.parametrize(
    "header",
    [
        b"agi_callerid: 1\nagi_callerid: 2",
        b"agi_arg_1: main\nagi_arg_1: evil",
        b"agi_callerid: x\nevil",
        b"agi_callerid: x\nX-Evil: y",
    ],
)
def test_lines_that_a_caller_slipped_in_are_noticed(header):
    assert parse_request(header).malformed


@given(st.binary(max_size=2000))
def test_no_bytes_break_the_reader(header):
    parse_request(header)
    parse_reply(header)


def test_replies():
    reply = parse_reply(b"200 result=1 (v3-19a)")
    assert (reply.code, reply.result, reply.value) == (200, 1, "v3-19a")
    assert parse_reply(b"510 Invalid or unknown command").code == 510
    assert parse_reply(b"520-Invalid command syntax.  Proper usage follows:") is None
    assert parse_reply(b"HANGUP") is None
    assert parse_reply(b"Usage: DATABASE PUT") is None


@pytest.mark.parametrize(
    "value",
    ["a ", " b", "a  b", "a\tb", "a,b", 'a"b', "a\nb", "${x}", "a;b", "a\\b", "a'b", "a=b", "a(b", "a[b"],
)
def test_mset_refuses_what_it_would_eat(value):
    with pytest.raises(AgiValueError):
        list(mset({"ROLODIAL_S1": value}))


def test_mset_refuses_a_name_that_is_none():
    with pytest.raises(AgiValueError):
        list(mset({"A=B": "x"}))


@given(
    st.dictionaries(
        st.from_regex(r"[A-Z][A-Z0-9_]{0,9}", fullmatch=True),
        st.from_regex(r"[A-Za-z0-9_^|&@/:.+\-]{0,400}", fullmatch=True),
        max_size=30,
    )
)
def test_mset_says_everything_once_in_lines_that_fit(values):
    said = {}
    for line in mset(values):
        assert len(line) < 2100
        said |= mset_said(line.decode())
    assert said == values


@pytest.mark.parametrize("name", ["Olga Petrova", "Олена Іванівна Ко-валь", "Müller Dr. Jr", "李"])
def test_a_plain_name_goes_with_the_rest_in_one_journey(name):
    [line] = Answer({"ROLODIAL_CALL": "1", "ROLODIAL_ANSWER": "route"}, {"ROLODIAL_NAME": name}).lines()
    assert line.count(b'"') == (2 if " " in name else 0)
    assert list(mset_said(line.decode()).items()) == [
        ("ROLODIAL_NAME", name),
        ("ROLODIAL_CALL", "1"),
        ("ROLODIAL_ANSWER", "route"),
    ]


@pytest.mark.parametrize("name", ["O'Hara", "Smith, John", "", "a  b", "A (B)", 'x" y', "R&D"])
def test_a_name_that_an_mset_would_not_keep_goes_alone(name):
    first, second = Answer({"ROLODIAL_ANSWER": "route"}, {"ROLODIAL_NAME": name}).lines()
    assert first == f"SET VARIABLE ROLODIAL_NAME {quoted(name)}\n".encode()
    assert second == b"EXEC MSet ROLODIAL_ANSWER=route\n"


@given(st.text().filter(lambda text: not set(text) & set("\r\n\0")))
def test_any_text_comes_back_from_its_quotes(text):
    line = quoted(text)
    assert "\n" not in line
    assert re.sub(r"\\(.)", r"\1", line[1:-1], flags=re.DOTALL) == text
    assert not re.search(r'(?<!\\)(\\\\)*"', line[1:-1])


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\0b", 'x"\nEXEC System rm'])
def test_a_line_feed_in_an_argument_is_refused(text):
    with pytest.raises(AgiValueError):
        set_variable("ROLODIAL_NAME", text)
    with pytest.raises(AgiValueError):
        database("PUT", "rolodial", "x", text)


def test_a_word_for_the_database_is_never_empty():
    with pytest.raises(AgiValueError):
        database("DELTREE", "")
