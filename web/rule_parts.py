# SPDX-License-Identifier: Apache-2.0
"""The form of a rule as the page draws it: its parts, their fields with what was typed, and what is wrong with each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from web.i18n.l10n import L10n
from web.rule_choices import Choices
from web.rule_errors import error_words
from web.rule_form import Errors, conditions_of, steps_of
from web.rule_registry import Entry, Field, Kind
from web.rule_tables import CALLS, RuleTable
from web.rule_values import Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """`more`: what is typed beside the choices; None where nothing may be."""

    name: str
    label: str
    kind: str
    values: tuple[str, ...]
    options: Mapping[str, str]
    more: str | None
    unit: str
    hint: str
    error: str
    rare: bool = False
    is_as_usual: bool = False
    source: str = ""  # of its options, where they are many
    optional: bool = False

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A condition or a step. `error`: of it as a whole."""

    key: str
    title: str
    error: str
    fields: tuple[Shown, ...]

    @property
    def rare(self) -> list[Shown]:
        return [one for one in self.fields if one.rare]

    @property
    def is_open(self) -> bool:
        """Whether what is rare has something to show."""
        return any(one.error or not one.is_as_usual for one in self.rare)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What the fields of a form are drawn with. `labels`: of fields that have them in no catalogue, as days."""

    choices: Choices
    l10n: L10n
    currency: str
    table: RuleTable = CALLS
    labels: Mapping[str, str] = field(default_factory=dict)


def conditions_shown(sent: Sent, errors: Errors, looks: Looks) -> list[Part]:
    look, entries = Look(sent, errors, looks), looks.table.conditions
    return [look.part(key, f"w.{key}", entries[key]) for key in conditions_of(sent, looks.table)]


def steps_shown(sent: Sent, errors: Errors, looks: Looks) -> list[Part]:
    look, entries = Look(sent, errors, looks), looks.table.steps
    numbers = steps_of(sent, looks.table)
    return [look.part(number, f"s.{number}", entries[sent[f"s.{number}.to"]]) for number in numbers]


def fields_shown(start: str, entry: Entry, look: "Look") -> tuple[Shown, ...]:
    """Of a part that is no condition and no step."""
    return look.part(start, start, entry).fields


@dataclass(frozen=True, slots=True)
class Look:
    """The fields of one form, with what was typed and what is wrong."""

    sent: Sent
    errors: Errors
    looks: Looks

    def part(self, key: str, start: str, entry: Entry) -> Part:
        return Part(
            key=key,
            title=self.looks.l10n.gettext(entry.label),
            error=self._error(f"{start}.to"),
            fields=tuple(self._field(f"{start}.{one.key}", one, entry) for one in entry.fields),
        )

    def _field(self, name: str, asked: Field, entry: Entry) -> Shown:
        values = tuple(dict.fromkeys(self.sent.getall(name, [])))
        more = ", ".join(self.sent.getall(f"{name}.more", []))
        options = self._options(asked, name)
        if asked.kind is Kind.SOME and asked.free:
            typed = [one.strip() for one in more.split(",") if one.strip()]
            values += tuple(one for one in typed if one in options)
            more = ", ".join(one for one in typed if one not in options)
        if asked.kind in {Kind.SOME, Kind.ONE}:  # what there is no more can still be seen, and unchosen
            options |= {one: one for one in values if one and one not in options}
        label = self.looks.labels.get(asked.key) or self.looks.l10n.gettext(asked.label or entry.label)
        return Shown(
            name=name,
            label=label,
            kind=asked.kind.value,
            values=values,
            options=options,
            more=more if asked.free else None,
            unit=self.looks.currency if asked.kind is Kind.MONEY else self._said(asked.unit),
            hint=self._said(asked.hint),
            error=self._error(name),
            rare=asked.rare,
            is_as_usual=values in {(), ("",), (_written(asked.usual),)},
            source=asked.source,
            optional=not asked.needed and asked.usual is None,
        )

    def _options(self, asked: Field, name: str) -> dict[str, str]:
        if asked.kind is Kind.FLAG:
            return {"true": self.looks.l10n.gettext("Yes"), "false": self.looks.l10n.gettext("No")}
        own: dict[str, Any] = {code: self.looks.l10n.gettext(text) for code, text in asked.choices.items()}
        source = asked.source
        if source == "field_values":  # of the field that is chosen beside it
            source = f"{source}:{self.sent.get(name.removesuffix(asked.key) + 'name', '')}"
        return own | dict(self.looks.choices.get(source, {}))

    def _said(self, text: str) -> str:
        return self.looks.l10n.gettext(text) if text else ""

    def _error(self, name: str) -> str:
        error = self.errors.get(name)
        return error_words(error, self.looks.l10n) if error else ""


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
