# SPDX-License-Identifier: Apache-2.0
"""Each condition and step of the rules of calls: its fields and sentence; forms and words are made of it."""
# longer: one table, so that a new condition or step is put in one place.

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from crm_core.domain.routing.conditions import DID
from crm_core.domain.routing.rules import AT_MOST, How
from web.words import N_, STAGES, WINDOWS


class Kind(StrEnum):
    SOME = "some"  # one or several
    ONE = "one"
    TEXT = "text"
    WHOLE = "whole"
    MONEY = "money"  # in the currency of the house
    CURRENCY = "currency"
    FLAG = "flag"
    LINES = "lines"  # texts, one a line
    SPANS = "spans"  # of a day: 09:00-13:00, 14:00-18:00
    MOMENT = "moment"  # a day and a time, on the clock of who looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`choices`: of the language; `source`: of this house (web.rule_choices). `free`: others may be typed."""

    key: str = "value"
    label: str = ""
    kind: Kind
    choices: Mapping[str, str] = field(default_factory=dict)  # value -> its word
    source: str = ""
    free: bool = False
    needed: bool = True
    usual: Any = None  # what holds where nothing is said
    start: Any = None  # in a new one
    unit: str = ""
    hint: str = ""
    rare: bool = False  # shown once asked for
    said: str = ""  # of a step: what it adds to the sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`said`: its sentence; of several, by the value, by the fields that are there, or by `how` of a step."""

    label: str
    said: str | Mapping[str, str]
    fields: tuple[Field, ...] = ()
    is_table: bool = False  # of a condition: its value is a table of its fields

    @property
    def mended_at(self) -> str:
        """The field where one mends what is wrong with a condition as a whole: what may be left empty."""
        return next((one.key for one in self.fields if not one.needed), self.fields[0].key)


NOBODY: Final = {"none": N_("nobody")}
CALLERS: Final = {
    "known": N_("known"),
    "contact": N_("a contact"),
    "company": N_("a company"),
    "shared": N_("one of several who have the number"),
    "lead": N_("a lead"),
    "unknown": N_("unknown"),
    "withheld": N_("withheld"),
    "own": N_("one of us"),
}
STATES: Final = {
    "free": N_("free"),
    "on_call": N_("on a call"),
    "paused": N_("paused"),
    "no_answer": N_("not answering"),
    "offline": N_("offline"),
    "away": N_("away"),
    "none": N_("nobody"),
    "assigned": N_("somebody"),
}
LEAD_STATUSES: Final = {
    "open": N_("not looked at yet"),
    "completed": N_("a contact by now"),
    "merged": N_("joined to a contact"),
    "not_client": N_("not a client"),
    "wrong_number": N_("a wrong number"),
    "spam": N_("spam"),
}
NUMBER_KINDS: Final = {
    "mobile": N_("a mobile number"),
    "fixed": N_("a fixed-line number"),
    "either": N_("a mobile or a fixed-line number"),
    "free": N_("toll-free"),
    "premium": N_("premium-rate"),
    "other": N_("of another kind"),
}
KEYED: Final = {
    "order": N_("an order number"),
    "client_number": N_("a client number"),
    "nothing": N_("no number"),
}
HAS_DEAL: Final = {"open": N_("an open deal"), "none": N_("no open deal")}
FILLED: Final = {"filled": N_("filled"), "empty": N_("empty")}
TASKS_DUE: Final = {
    "overdue": N_("an overdue task"),
    "today": N_("a task for today"),
    "later": N_("a task for later"),
    "none": N_("no open task"),
}
HOW: Final = {
    How.RING_ALL.value: N_("all at once"),
    How.ROUND_ROBIN.value: N_("one by one, in turn"),
    How.LEAST_RECENT.value: N_("one by one, who talked longest ago first"),
    How.FEWEST_CALLS.value: N_("one by one, who has had the fewest calls today first"),
}
PREFER: Final = {"nobody": N_("Nobody"), "last_operator": N_("Who talked with them last")}


def _some(choices: Mapping[str, str], **more: Any) -> tuple[Field, ...]:
    return (Field(kind=Kind.SOME, choices=choices, **more),)


def _hours(*, is_open: bool) -> Entry:
    return Entry(
        label=N_("It is working time") if is_open else N_("It is not working time"),
        said={
            DID: N_("the number they called is within its opening hours")
            if is_open
            else N_("the number they called is outside its opening hours"),
            "": N_("within the opening hours %(value)s")
            if is_open
            else N_("outside the opening hours %(value)s"),
        },
        fields=(
            Field(  # called as the condition: else nobody sees whether it is open or closed
                kind=Kind.ONE,
                choices={DID: N_("those of the number they called")},
                source="hours",
                start=DID,
            ),
        ),
    )


CONDITIONS: Final[Mapping[str, Entry]] = {
    "caller": Entry(
        label=N_("The caller is"),
        said=N_("the caller is %(value)s"),
        fields=_some(CALLERS),
    ),
    "manager": Entry(
        label=N_("The assigned manager is"),
        said=N_("the assigned manager is %(value)s"),
        fields=_some(STATES),
    ),
    "deputy": Entry(
        label=N_("Who stands in for the manager is"),
        said=N_("who stands in for the manager is %(value)s"),
        fields=_some(STATES),
    ),
    "turnover": Entry(
        label=N_("Turnover"),
        said={
            "at_least+below": N_("turnover (%(window)s) is %(at_least)s or more and below %(below)s"),
            "at_least": N_("turnover (%(window)s) is %(at_least)s or more"),
            "below": N_("turnover (%(window)s) is below %(below)s"),
            "": N_("turnover (%(window)s)"),
        },
        fields=(
            Field(key="window", label=N_("Period"), kind=Kind.ONE, choices=WINDOWS, start="30d"),
            Field(key="at_least", label=N_("From"), kind=Kind.MONEY, needed=False),
            Field(key="below", label=N_("Below"), kind=Kind.MONEY, needed=False),
        ),
        is_table=True,
    ),
    "band": Entry(
        label=N_("The turnover band is"),
        said=N_("the turnover band is %(value)s"),
        fields=_some(NOBODY | {"none": N_("none: no client")}, source="bands", free=True),
    ),
    "tag": Entry(
        label=N_("The client has the tag"),
        said=N_("the client has the tag %(value)s"),
        fields=_some({}, source="tags", free=True),
    ),
    "field": Entry(
        label=N_("A field of the client is"),
        said={
            "is": N_("the %(name)s is %(is)s"),
            "at_least": N_("the %(name)s is %(at_least)s or more"),
            "at_most": N_("the %(name)s is %(at_most)s or less"),
            "at_least+at_most": N_("the %(name)s is from %(at_least)s to %(at_most)s"),
            "state": N_("the %(name)s is %(state)s"),
        },
        fields=(
            Field(key="name", label=N_("Field"), kind=Kind.ONE, source="fields"),
            Field(
                key="is",
                label=N_("It is"),
                kind=Kind.SOME,
                source="field_values",
                free=True,
                needed=False,
                hint=N_("One or several with commas; yes or no."),
            ),
            Field(
                key="at_least",
                label=N_("Or: from"),
                kind=Kind.TEXT,
                needed=False,
                hint=N_("A number, or a day as 2026-11-30."),
            ),
            Field(key="at_most", label=N_("To"), kind=Kind.TEXT, needed=False),
            Field(
                key="state", label=N_("Or only whether it is"), kind=Kind.ONE, choices=FILLED, needed=False
            ),
        ),
        is_table=True,
    ),
    "debt": Entry(
        label=N_("The client owes"),
        said={
            "at_least+below": N_("the client owes %(at_least)s or more and less than %(below)s"),
            "at_least": N_("the client owes %(at_least)s or more"),
            "below": N_("the client owes less than %(below)s"),
        },
        fields=(
            Field(key="at_least", label=N_("From"), kind=Kind.MONEY, needed=False),
            Field(key="below", label=N_("Below"), kind=Kind.MONEY, needed=False),
        ),
        is_table=True,
    ),
    "deal": Entry(
        label=N_("The client has a deal"),
        said={
            "": N_("the client has an open deal"),
            "has": N_("the client has no open deal"),
            "stage": N_("the client has an open deal at the stage %(stage)s"),
            "at_least": N_("the client has an open deal of %(at_least)s or more"),
            "stage+at_least": N_(
                "the client has an open deal of %(at_least)s or more at the stage %(stage)s"
            ),
        },
        fields=(
            Field(
                key="has", label=N_("They have"), kind=Kind.ONE, choices=HAS_DEAL, needed=False, usual="open"
            ),
            Field(
                key="stage",
                label=N_("At the stage"),
                kind=Kind.SOME,
                choices=STAGES,
                source="stages",
                free=True,
                needed=False,
            ),
            Field(key="at_least", label=N_("From"), kind=Kind.MONEY, needed=False),
            Field(
                key="currency",
                label=N_("Currency"),
                kind=Kind.CURRENCY,
                needed=False,
                rare=True,
                hint=N_("Three letters, as EUR. Empty: that of the company."),
            ),
        ),
        is_table=True,
    ),
    "task": Entry(
        label=N_("The client has a task"),
        said=N_("the client has %(value)s"),
        fields=_some(TASKS_DUE),
    ),
    "open": _hours(is_open=True),
    "closed": _hours(is_open=False),
    "missed_today": Entry(
        label=N_("They called earlier today and nobody has talked with them"),
        said={
            "true": N_("they called earlier today and nobody has talked with them since"),
            "false": N_("no call of theirs was missed today"),
        },
        fields=(Field(kind=Kind.FLAG, start=True),),
    ),
    "last_operator_days": Entry(
        label=N_("One of us talked with them within"),
        said=N_("one of us talked with them within %(value)s days"),
        fields=(Field(kind=Kind.WHOLE, unit=N_("days"), start=30),),
    ),
    "did": Entry(
        label=N_("They called our number"),
        said=N_("they called %(value)s"),
        fields=_some({}, source="dids", free=True),
    ),
    "trunk": Entry(
        label=N_("The call came in by"),
        said=N_("the call came in by %(value)s"),
        fields=_some({}, source="trunks", free=True, hint=N_("A device of the PBX, as PJSIP/trunk.")),
    ),
    "language": Entry(
        label=N_("The caller's language is"),
        said=N_("the caller's language is %(value)s"),
        fields=_some({}, source="languages", free=True, hint=N_("Two letters, as ru.")),
    ),
    "menu": Entry(
        label=N_("They chose in the menu"),
        said=N_("they chose %(value)s in the menu"),
        fields=_some(
            {}, source="menus", free=True, hint=N_("A key, or the name that your dialplan gives the choice.")
        ),
    ),
    "keyed": Entry(
        label=N_("They keyed in"),
        said=N_("they keyed in %(value)s"),
        fields=_some(KEYED),
    ),
    "number_begins": Entry(
        label=N_("The caller's number begins with"),
        said=N_("the number begins with %(value)s"),
        fields=_some({}, free=True, hint=N_("With + and the country, as +7495; several with commas.")),
    ),
    "country": Entry(
        label=N_("The caller's number is of the country"),
        said=N_("the number is of the country %(value)s"),
        fields=_some({}, source="countries", free=True, hint=N_("Two letters, as RU; several with commas.")),
    ),
    "number_kind": Entry(
        label=N_("The caller's number is"),
        said=N_("the number is %(value)s"),
        fields=_some(NUMBER_KINDS),
    ),
    "on_list": Entry(
        label=N_("The caller's number is on the list"),
        said=N_("the number is on the list %(value)s"),
        fields=(Field(kind=Kind.ONE, source="lists", hint=N_("Lists stand in the draft, below its rules.")),),
    ),
    "lead_status": Entry(
        label=N_("The lead is"),
        said=N_("the lead is %(value)s"),
        fields=_some(LEAD_STATUSES),
    ),
}

SECONDS: Final = Field(key="seconds", label=N_("Ring for"), kind=Kind.WHOLE, unit=N_("seconds"), start=20)
WAIT: Final = Field(key="seconds", label=N_("Wait for"), kind=Kind.WHOLE, unit=N_("seconds"), start=60)
ONLY_IF: Final = Field(
    key="if_manager",
    label=N_("Only if the assigned manager is"),
    kind=Kind.SOME,
    choices=STATES,
    needed=False,
    rare=True,
    hint=N_("Nothing chosen: for every call."),
)
GROUP: Final = (
    Field(
        key="how",
        label=N_("How they are rung"),
        kind=Kind.ONE,
        choices=HOW,
        usual=How.RING_ALL.value,
        said="%(value)s",
    ),
    Field(
        key="at_most",
        label=N_("Ring at most this many people, one by one"),
        kind=Kind.WHOLE,
        usual=AT_MOST,
        rare=True,
        said=N_("at most %(value)s people"),
    ),
    Field(
        key="prefer",
        label=N_("Ring first, alone"),
        kind=Kind.ONE,
        choices=PREFER,
        usual="nobody",
        rare=True,
        said=N_("first who talked with them last"),
    ),
)
STEPS: Final[Mapping[str, Entry]] = {
    "assigned_manager": Entry(
        label=N_("Ring the assigned manager"), said=N_("the assigned manager"), fields=(SECONDS, ONLY_IF)
    ),
    "deputy": Entry(
        label=N_("Ring who stands in for the manager"),
        said=N_("who stands in for the manager"),
        fields=(SECONDS, ONLY_IF),
    ),
    "last_operator": Entry(
        label=N_("Ring who talked with them last"),
        said=N_("who talked with them last"),
        fields=(
            SECONDS,
            Field(
                key="within_days",
                label=N_("Only if that was within"),
                kind=Kind.WHOLE,
                unit=N_("days"),
                needed=False,
                said=N_("within %(value)s days"),
            ),
            ONLY_IF,
        ),
    ),
    "team": Entry(
        label=N_("Ring a team"),
        said=N_("the team %(target)s"),
        fields=(
            Field(key="team", label=N_("Team"), kind=Kind.ONE, source="teams"),
            SECONDS,
            *GROUP,
            ONLY_IF,
        ),
    ),
    "skill": Entry(
        label=N_("Ring people with a skill"),
        said=N_("people with the skill %(target)s"),
        fields=(
            Field(
                key="skill",
                label=N_("Skill"),
                kind=Kind.ONE,
                source="skills",
                hint=N_("Skills stand in the draft, below its rules."),
            ),
            Field(
                key="at_least",
                label=N_("From level (1 to 10)"),
                kind=Kind.WHOLE,
                usual=1,
                rare=True,
                said=N_("from level %(value)s"),
            ),
            SECONDS,
            *GROUP,
            ONLY_IF,
        ),
    ),
    "queue": Entry(
        label=N_("Wait in a queue"),
        said=N_("the queue %(target)s"),
        fields=(
            Field(key="queue", label=N_("Queue"), kind=Kind.TEXT, source="queues", start="default"),
            WAIT,
            Field(
                key="priority",
                label=N_("Priority (0 to 100)"),
                kind=Kind.WHOLE,
                usual=0,
                rare=True,
                said=N_("priority %(value)s"),
            ),
            ONLY_IF,
        ),
    ),
    "number": Entry(
        label=N_("Ring a number outside"),
        said=N_("the number %(target)s"),
        fields=(Field(key="number", label=N_("Telephone number"), kind=Kind.TEXT), SECONDS, ONLY_IF),
    ),
    "voicemail": Entry(
        label=N_("Take a voice message"),
        said=N_("voicemail %(target)s"),
        fields=(
            Field(key="mailbox", label=N_("Mailbox"), kind=Kind.TEXT, start="default"),
            WAIT,
            ONLY_IF,
        ),
    ),
    "announce": Entry(
        label=N_("Play an announcement"),
        said=N_("the announcement %(target)s"),
        fields=(
            Field(
                key="prompt",
                label=N_("Sound"),
                kind=Kind.TEXT,
                source="prompts",
                hint=N_(
                    "One of Settings, Sounds, as rolodial/closed, or of the PBX, as custom/closed, without its ending. "
                    "It is played to its end."
                ),
            ),
            ONLY_IF,
        ),
    ),
    "callback": Entry(
        label=N_("Offer to call back"),
        said=N_("the offer to call back %(target)s"),
        fields=(
            Field(
                key="prompt",
                label=N_("Sound of the PBX that offers it"),
                kind=Kind.TEXT,
                hint=N_("As custom/press-1. Who presses 1 is called back; who does not goes on."),
            ),
            Field(
                key="seconds",
                label=N_("After the sound, wait for the key"),
                kind=Kind.WHOLE,
                unit=N_("seconds"),
                start=5,
            ),
            ONLY_IF,
        ),
    ),
}
TARGETS: Final = ("team", "skill", "queue", "number", "mailbox", "prompt", "login")
