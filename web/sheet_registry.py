# SPDX-License-Identifier: Apache-2.0
"""The forms of what rules name and carry: opening hours, lists, skills and tests; each a sheet of fields and rows."""
# longer: one table, as web.rule_registry.

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from crm_core.domain.routing.hours import DAYS
from web.assign_registry import ASSIGN_CONDITIONS
from web.rule_registry import CALLERS, LEAD_STATUSES, STATES, TASKS_DUE, Entry, Field, Kind
from web.words import N_, STAGES, WINDOWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Lines of a sheet that all have the same fields, as the people of a test."""

    label: str
    add: str
    entry: Entry
    hint: str = ""
    rare: bool = False  # shown once asked for
    once: bool = True  # what its first field says stands in one row only


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """`table`: where it stands in the rules. `named`: under a name of its own, which rules say."""

    table: str
    named: bool = True
    new: str
    one: str  # with %(name)s
    lead: str
    fields: Entry
    rows: Mapping[str, Rows] = field(default_factory=dict)


def _entry(*fields: Field) -> Entry:
    return Entry(label="", said="", fields=fields)


def _text(key: str, label: str, **more: object) -> Field:
    return Field(key=key, label=label, kind=Kind.TEXT, needed=False, **more)  # type: ignore[arg-type]


_CALLERS: Final = {key: text for key, text in CALLERS.items() if key != "known"}
_DUE: Final = {key: text for key, text in TASKS_DUE.items() if key != "none"}
_STATES: Final = {key: text for key, text in STATES.items() if key not in {"none", "assigned"}}
HOURS: Final = Sheet(
    table="hours",
    new=N_("New opening hours"),
    one=N_("Opening hours %(name)s"),
    lead=N_(
        "A rule says “it is working time” by them. As 09:00-18:00, or with a break: 09:00-13:00, 14:00-18:00. "
        "Empty is closed; an end before its start is on the next day."
    ),
    fields=_entry(
        Field(key="zone", label=N_("Time zone"), kind=Kind.TEXT, source="zones"),
        *(Field(key=day, kind=Kind.SPANS, needed=False) for day in DAYS),
        Field(key="special", label=N_("Holidays and other exceptions"), kind=Kind.LINES, needed=False),
    ),
)
LISTS: Final = Sheet(
    table="lists",
    new=N_("New list of numbers"),
    one=N_("List %(name)s"),
    lead=N_(
        "A rule asks whether the caller's number is on it: a block list, very important clients, or any other."
    ),
    fields=_entry(
        Field(
            key="numbers",
            label=N_("Telephone numbers"),
            kind=Kind.LINES,
            needed=False,
            hint=N_("One a line, as people write them."),
        ),
        Field(
            key="beginnings",
            label=N_("Beginnings of numbers"),
            kind=Kind.LINES,
            needed=False,
            hint=N_(
                "One a line, with + and the country, as +1900: every number that begins so is on the list."
            ),
        ),
    ),
)
SKILLS: Final = Sheet(
    table="skills",
    new=N_("New skill"),
    one=N_("Skill %(name)s"),
    lead=N_("A step rings those who have it, the best first: a language, a product, the night shift."),
    fields=_entry(),
    rows={
        "people": Rows(
            label=N_("Who has it"),
            add=N_("Add a person"),
            entry=_entry(
                Field(key="login", label=N_("Person"), kind=Kind.ONE, source="logins"),
                Field(key="level", label=N_("Level (1 to 10)"), kind=Kind.WHOLE, start=5),
            ),
        )
    },
)
TEST: Final = Sheet(
    table="test",
    named=False,
    new=N_("New test"),
    one=N_("Test “%(name)s”"),
    lead=N_(
        "A call that is made up: who calls, when, and how our people are. "
        "Who is named and of whom nothing is said is free. Nobody is rung."
    ),
    fields=_entry(
        Field(key="name", label=N_("What is tested"), kind=Kind.TEXT),
        Field(key="at", label=N_("When they call"), kind=Kind.MOMENT),
        Field(key="caller", label=N_("The caller is"), kind=Kind.ONE, choices=_CALLERS, start="contact"),
        _text("number", N_("Their number")),
        _text("did", N_("They call our number"), source="dids"),
        _text("manager", N_("Assigned manager"), source="people"),
        _text("band", N_("Turnover band"), source="bands"),
        Field(
            key="tags", label=N_("Tags"), kind=Kind.SOME, source="tags", free=True, needed=False, rare=True
        ),
        Field(key="debt", label=N_("The client owes"), kind=Kind.MONEY, needed=False, rare=True),
        Field(
            key="tasks",
            label=N_("The client has a task"),
            kind=Kind.SOME,
            choices=_DUE,
            needed=False,
            rare=True,
        ),
        _text("deputy", N_("Who stands in for the manager"), source="people", rare=True),
        _text("last_operator", N_("Who talked with them last"), source="people", rare=True),
        Field(key="last_talk_at", label=N_("When that was"), kind=Kind.MOMENT, needed=False, rare=True),
        Field(key="missed_at", label=N_("Missed earlier, at"), kind=Kind.MOMENT, needed=False, rare=True),
        Field(
            key="lead_status",
            label=N_("The lead is"),
            kind=Kind.ONE,
            choices=LEAD_STATUSES,
            needed=False,
            rare=True,
        ),
        _text("language", N_("Language"), source="languages", rare=True),
        _text("trunk", N_("The call comes in by"), source="trunks", rare=True),
        _text("menu", N_("They chose in the menu"), rare=True),
        _text("order_number", N_("Order number they keyed in"), rare=True),
        _text("client_number", N_("Client number they keyed in"), rare=True),
        Field(
            key="source",
            label=N_("They come"),
            kind=Kind.ONE,
            choices=ASSIGN_CONDITIONS["source"].fields[0].choices,
            needed=False,
            rare=True,
        ),
        Field(
            key="wanted_rule",
            label=N_("The rule that is to decide"),
            kind=Kind.ONE,
            source="rules",
            needed=False,
        ),
        Field(
            key="wanted_steps",
            label=N_("The steps that are expected"),
            kind=Kind.LINES,
            needed=False,
            hint=N_(
                "One a line, as many as matter: “Anna + Boris” for those rung together, "
                "“queue default”, “number +74951234567”, “voicemail default”."
            ),
        ),
        Field(
            key="wanted_assign",
            label=N_("The rule by which they get a manager"),
            kind=Kind.ONE,
            source="assigns",
            needed=False,
            rare=True,
        ),
    ),
    rows={
        "turnover": Rows(
            label=N_("Turnover"),
            add=N_("Add a turnover"),
            entry=_entry(
                Field(key="window", label=N_("Period"), kind=Kind.ONE, choices=WINDOWS, start="30d"),
                Field(key="amount", label=N_("Amount"), kind=Kind.MONEY),
            ),
        ),
        "people": Rows(
            label=N_("Our people then"),
            add=N_("Add a person"),
            entry=_entry(
                Field(key="name", label=N_("Name"), kind=Kind.TEXT, source="people"),
                Field(
                    key="state", label=N_("State"), kind=Kind.ONE, choices=_STATES, start="free", usual="free"
                ),
                Field(
                    key="turn",
                    label=N_("Turn"),
                    kind=Kind.WHOLE,
                    needed=False,
                    rare=True,
                    hint=N_("The smallest is rung first."),
                ),
                Field(key="talks_today", label=N_("Calls today"), kind=Kind.WHOLE, needed=False, rare=True),
                Field(key="last_talk_at", label=N_("Talked last"), kind=Kind.MOMENT, needed=False, rare=True),
                Field(key="phone", label=N_("Has a telephone"), kind=Kind.FLAG, usual=True, rare=True),
            ),
        ),
        "teams": Rows(
            label=N_("Teams"),
            add=N_("Add a team"),
            entry=_entry(
                Field(key="team", label=N_("Team"), kind=Kind.TEXT, source="teams"),
                Field(key="members", label=N_("Who is in it"), kind=Kind.SOME, free=True, needed=False),
            ),
            hint=N_("A team that is not named here has nobody."),
        ),
        "deals": Rows(
            label=N_("Open deals"),
            add=N_("Add a deal"),
            entry=_entry(
                Field(key="stage", label=N_("Stage"), kind=Kind.ONE, choices=STAGES, source="stages"),
                Field(key="amount", label=N_("Amount"), kind=Kind.MONEY, needed=False),
                _text(
                    "currency",
                    N_("Currency"),
                    hint=N_("Three letters, as EUR. Empty: that of the company."),
                    rare=True,
                ),
            ),
            rare=True,
            once=False,
        ),
        "fields": Rows(
            label=N_("Fields of the client"),
            add=N_("Add a field"),
            entry=_entry(
                Field(key="field", label=N_("Field"), kind=Kind.ONE, source="fields"),
                Field(key="value", label=N_("Value"), kind=Kind.TEXT),
            ),
            hint=N_("A field that is not named here is empty."),
            rare=True,
        ),
        "open": Rows(
            label=N_("Opening hours of the settings"),
            add=N_("Add opening hours"),
            entry=_entry(
                Field(
                    key="hours", label=N_("Opening hours"), kind=Kind.ONE, source="kept_hours", start="did"
                ),
                Field(key="is_open", label=N_("Open then"), kind=Kind.FLAG, start=False),
            ),
            hint=N_("Those of the rules are looked at by themselves."),
            rare=True,
        ),
        "logins": Rows(
            label=N_("Logins"),
            add=N_("Add a login"),
            entry=_entry(
                Field(key="login", label=N_("Login"), kind=Kind.TEXT, source="logins"),
                Field(key="name", label=N_("Name"), kind=Kind.TEXT, source="people"),
            ),
            hint=N_("Skills name logins: whose they are. Else people of a test are called by their logins."),
            rare=True,
        ),
    },
)
SHEETS: Final = {sheet.table: sheet for sheet in (HOURS, LISTS, SKILLS, TEST)}
