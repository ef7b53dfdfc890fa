# SPDX-License-Identifier: Apache-2.0
"""Nothing a caller chose reaches an application unfiltered, every jump lands, no call ends because the CRM is away."""

from pathlib import Path

import pytest

from config.asterisk.plan import PbxPlan, Phone, QueuePlan, pbx_files
from config.asterisk.program import AsteriskProgram
from tests.support.dialplan import mistakes, parse, references

HERE = Path("/nowhere")
PROGRAM = AsteriskProgram(argv=("asterisk",), modules=HERE, data=HERE, sounds=HERE, version="22")
PLAN = PbxPlan(
    phones=(Phone(extension="101", name="Anna"),), queues=(QueuePlan(name="default", extension="600"),)
)


@pytest.fixture(scope="module")
def dialplan():
    files = pbx_files(PLAN, PROGRAM, HERE, HERE)
    return "\n".join(
        text for name, text in sorted(files.items()) if name.startswith(("extensions", "rolodial"))
    )


def test_our_dialplan_has_no_mistake(dialplan):
    contexts = parse(dialplan)
    assert {"rolodial-inbound", "rolodial-walk", "rolodial-outbound", "rolodial-transfer"} <= set(contexts)
    assert sum(len(context.priorities) for context in contexts.values()) > 150
    assert mistakes(contexts) == []


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ("exten => s,1,Dial(PJSIP/${EXTEN})", "${EXTEN} is not filtered"),
        ("exten => s,1,Dial(PJSIP/${EXTEN:1}@trunk)", "${EXTEN:1} is not filtered"),
        ("exten => s,1,Set(x=${CALLERID(num)})", "${CALLERID(num)} is not filtered"),
        ("exten => s,1,NoOp(${CALLERID(name)})", "${CALLERID(name)} is not filtered"),
        ("exten => s,1,Set(x=${DB(a/${CALLERID(num)})})", "${CALLERID(num)} is not filtered"),
        ('exten => s,1,GotoIf($["${CALLERID(num)}" = ""]?s,1)', "${CALLERID(num)} is not filtered"),
        ("exten => s,1,Set(x=${FILTER(0-9,${LEN(${EXTEN})})})", "${EXTEN} is not filtered"),
        ("exten => s,1,Set(x=${FILTER(0-9$ ,${EXTEN})})", "FILTER lets through more"),
        ("exten => s,1,Set(x=${DB(rolodial/live)})", "${DB(rolodial/live)} is not filtered"),
        ("exten => s,1,Dial(${ROLODIAL_S1})", "${ROLODIAL_S1} is not filtered"),
        ("exten => s,1,Dial(${ROLODIAL_S${i}})", "${ROLODIAL_S${i}} is not filtered"),
        ("exten => s,1,Set(x=1)\n same => n,Playback(${ROLODIAL_NAME})", "${ROLODIAL_NAME} is not filtered"),
        ("exten => s,1,ExecIf(1?Set(CALLERID(name)=x))", "ExecIf runs text as an application"),
        ("exten => s,1,System(touch x)", "System runs text"),
        ("exten => s,1,Goto(missing)", "label missing"),
        ("exten => s,1,GotoIf($[1 = 1]?rolodial-nothing,s,1)", "[rolodial-nothing], which is nowhere"),
        ("exten => s,1,Gosub(rolodial-walk,x,1)", "x in [rolodial-walk], which is not there"),
        ("include => rolodial-lost", "includes rolodial-lost"),
        ("exten => s,1,Set(TIMEOUT(absolute)=0.3)", "has no T"),
        ("exten => _.,1,NoOp()", "also catches h, i and T"),
        ("exten => s,1,NoOp()\n[rolodial-walk]\nexten => s,1,NoOp()", "[rolodial-walk] s begins twice"),
    ],
)
def test_a_planted_mistake_is_found(dialplan, planted, said):
    found = mistakes(parse(f"{dialplan}\n[planted]\n{planted}\n"))
    assert found
    assert said in " ".join(found)


@pytest.mark.parametrize("context", ["rolodial-ask", "rolodial-fallback"])
def test_a_hangup_on_the_way_round_a_dead_crm_is_found(dialplan, context):
    found = mistakes(parse(f"{dialplan}\n[{context}]\nexten => x,1,Hangup()\n"))
    assert ["must not end because the CRM is away" in text for text in found] == [True]


def test_comments_labels_and_nesting_are_read():
    contexts = parse("[a] ; one\nexten => s,1,NoOp(x) ; ${EXTEN}\n same => n(two),Set(y=${A(${B},\\;)})\n")
    first, second = contexts["a"].priorities
    assert (first.app, first.args) == ("NoOp", "x")
    assert (second.exten, second.label, second.args) == ("s", "two", "y=${A(${B},\\;)}")
    assert [inside for _, inside in references(second.args)] == ["A(${B},\\;)", "B"]


def test_a_value_cannot_end_its_line():
    plan = PbxPlan(phones=(Phone(extension="101", name="Anna\nexten => x,1,System(id)"),))
    with pytest.raises(ValueError, match="not allowed in an Asterisk configuration"):
        pbx_files(plan, PROGRAM, HERE, HERE)
