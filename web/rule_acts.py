# SPDX-License-Identifier: Apache-2.0
"""The buttons of a rule's form: a part more or less, a step up or down. Nothing is saved, and nothing typed is lost."""

from multidict import MultiDict, MultiMapping

from web.rule_form import conditions_of, steps_of
from web.rule_registry import Entry
from web.rule_tables import CALLS, RuleTable

Acted = tuple[MultiDict[str], str]  # the form after it, and the name of the part or button to go on at


def act_on(sent: MultiMapping[str], do: str, table: RuleTable = CALLS) -> Acted:
    """What it does not know it does not do."""
    form = MultiDict(sent.items())
    verb, _, key = do.partition(" ")
    if verb == "when-add":
        return _add_condition(form, table)
    if verb == "when-remove":
        order(form, "when", [one for one in conditions_of(form, table) if one != key])
        return form, "new_when"
    steps = steps_of(form, table)
    if verb == "step-add":
        return _add_step(form, steps, table)
    if key not in steps:
        return form, ""
    return _step_moved(form, verb, key, steps)


def start_step(form: MultiDict[str], number: str, to: str, table: RuleTable = CALLS) -> None:
    form.add("step", number)
    form[f"s.{number}.to"] = to
    start(form, f"s.{number}", table.steps[to])


def _add_condition(form: MultiDict[str], table: RuleTable) -> Acted:
    key = form.get("new_when", "")
    if key not in table.conditions:
        return form, "new_when"
    if key not in conditions_of(form, table):
        form.add("when", key)
        start(form, f"w.{key}", table.conditions[key])
    return form, f"w.{key}"


def _add_step(form: MultiDict[str], steps: list[str], table: RuleTable) -> Acted:
    """Before the last one: that is where calls end. Where there is but one, it takes its place."""
    to = form.get("new_step", "")
    if to not in table.steps or (table.is_road and len(steps) >= table.most_steps):
        return form, "new_step"
    number = str(max(map(int, steps), default=-1) + 1)
    start_step(form, number, to, table)
    order(form, "step", [*steps[:-1], number, *steps[-1:]] if table.is_road else [number])
    return form, f"s.{number}" if table.steps[to].fields else "new_step"


def _step_moved(form: MultiDict[str], verb: str, key: str, steps: list[str]) -> Acted:
    place, focus = steps.index(key), f"{verb} {key}"
    steps.remove(key)
    if verb == "step-remove":
        focus = "new_step"
    elif verb in {"step-up", "step-down"}:
        place = max(0, place - 1) if verb == "step-up" else place + 1
        steps.insert(place, key)
        if place in {0, len(steps) - 1}:  # its button is off there: the other one goes on
            focus = f"{'step-down' if place == 0 else 'step-up'} {key}"
    else:
        steps.insert(place, key)
    order(form, "step", steps)
    return form, focus


def start(form: MultiDict[str], start: str, entry: Entry) -> None:
    for asked in entry.fields:
        value = asked.start if asked.start is not None else asked.usual
        if value is not None:
            form[f"{start}.{asked.key}"] = str(value).lower() if isinstance(value, bool) else str(value)


def order(form: MultiDict[str], name: str, keys: list[str]) -> None:
    form.popall(name, None)
    form.extend((name, key) for key in keys)
