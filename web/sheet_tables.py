# SPDX-License-Identifier: Apache-2.0
"""A table of the rules as the flat values of its sheet, and back: what is a mapping there, is rows here."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Any, Final

from web.rule_values import span_written

Kept = dict[str, Any]
Flat = dict[str, Any]  # fields by their keys; of rows: lists of such
_MOMENTS: Final = ("at", "last_talk_at", "missed_at")
_WANTED: Final = ("rule", "steps", "assign")
_AS_USUAL: Final = (("state", "free"), ("phone", True))
_PAIRS: Final = {
    "turnover": ("window", "amount"),
    "teams": ("team", "members"),
    "open": ("hours", "is_open"),
    "logins": ("login", "name"),
    "fields": ("field", "value"),
}


def opened(table: str, kept: Kept, zone: tzinfo) -> Flat:
    """Raise for what no form of ours writes."""
    return _OPENED[table](kept, zone)


def closed(table: str, flat: Flat, zone: tzinfo) -> Kept:
    return _CLOSED[table](flat, zone)


def place_of_error(table: str, path: tuple[str | int, ...], flat: Flat) -> str:
    """The field at which an error of the language is said; `path` begins behind the table's name."""
    key = str(path[0]) if path else ""
    if table == "hours":
        return "special" if key == "holidays" else key
    if table == "skills":
        return _row("people", "login", key, "level", flat)
    if table == "test" and len(path) > 1 and key in {"people", *_PAIRS}:
        names = ("name", "state") if key == "people" else _PAIRS[key]
        said = str(path[2]) if len(path) > 2 else names[1]  # noqa: PLR2004 - a key of that person
        return _row(key, names[0], str(path[1]), said, flat)
    if table == "test" and key == "deals" and len(path) > 1:
        return f"deals.{path[1]}.{path[2] if len(path) > 2 else 'stage'}"  # noqa: PLR2004 - of that deal
    if key == "expect":
        return f"wanted_{path[1]}" if len(path) > 1 else "wanted_rule"
    return key


def _row(rows: str, key: str, name: str, field: str, flat: Flat) -> str:
    numbers = [at for at, one in enumerate(flat.get(rows, ())) if str(one.get(key)) == name]
    return f"{rows}.{numbers[0] if numbers else 0}.{field}"


def _hours(kept: Kept, _zone: tzinfo) -> Flat:
    holidays, special = kept.get("holidays", []), kept.get("special", {})
    days = dict.fromkeys(map(str, holidays), "") | {
        str(day): ", ".join(hours) for day, hours in special.items()
    }
    flat = {key: value for key, value in kept.items() if key not in {"holidays", "special"}}
    return flat | {"special": [f"{day} {hours}".strip() for day, hours in sorted(days.items())]}


def _hours_kept(flat: Flat, _zone: tzinfo) -> Kept:
    kept = {key: value for key, value in flat.items() if key != "special"}
    days = dict(one.split(maxsplit=1) if " " in one else (one, "") for one in flat.get("special", ()))
    special = {
        day: [span_written(one.strip()) for one in hours.split(",")] for day, hours in days.items() if hours
    }
    if holidays := [day for day, hours in days.items() if not hours]:
        kept["holidays"] = holidays
    return kept | ({"special": special} if special else {})


def _lists(kept: Kept, _zone: tzinfo) -> Flat:
    return {key: [value] if isinstance(value, str) else value for key, value in kept.items()}


def _skills(kept: Kept, _zone: tzinfo) -> Flat:
    return {"people": [{"login": login, "level": level} for login, level in kept.items()]}


def _skills_kept(flat: Flat, _zone: tzinfo) -> Kept:
    return {one["login"]: one.get("level") for one in flat["people"] if "login" in one}


def _test(kept: Kept, zone: tzinfo) -> Flat:
    flat = {key: value for key, value in kept.items() if key not in {"expect", "people", *_PAIRS}}
    flat |= {f"wanted_{key}": value for key, value in kept.get("expect", {}).items()}
    for rows, (name, value) in _PAIRS.items():
        flat[rows] = [{name: key, value: said} for key, said in kept.get(rows, {}).items()]
    flat["people"] = [_person(name, said, zone) for name, said in kept.get("people", {}).items()]
    return _on_clock(flat, zone)


def _person(name: str, said: Any, zone: tzinfo) -> Kept:
    flat = {"name": name, **({"state": said} if isinstance(said, str) else _on_clock(said, zone))}
    return {key: value for key, value in flat.items() if (key, value) not in _AS_USUAL}


def _test_kept(flat: Flat, zone: tzinfo) -> Kept:
    rows = {"people", *_PAIRS}
    kept = {key: value for key, value in flat.items() if key not in rows and not key.startswith("wanted_")}
    kept = _with_offset(kept, zone)
    kept |= {key: _several(kept[key]) for key in ("tags", "tasks") if key in kept}
    kept["people"] = {one["name"]: _person_kept(one, zone) for one in flat["people"] if "name" in one}
    for key, (name, value) in _PAIRS.items():
        kept[key] = {
            one[name]: one.get(value) for one in flat[key] if name in one and value in {*one, "members"}
        }
    kept["teams"] = {team: _several(members) for team, members in kept["teams"].items()}
    kept["expect"] = {key: flat[f"wanted_{key}"] for key in _WANTED if f"wanted_{key}" in flat}
    return {key: value for key, value in kept.items() if value not in ({}, []) or key == "expect"}


def _several(said: Any) -> Any:
    """A field for one or some gives one alone without its list."""
    return [] if said is None else [said] if isinstance(said, str) else said


def _person_kept(flat: Flat, zone: tzinfo) -> Any:
    kept = _with_offset({key: value for key, value in flat.items() if key != "name"}, zone)
    if set(kept) <= {"state"}:
        return kept.get("state", "free")
    return kept


def _on_clock(table: Mapping[str, Any], zone: tzinfo) -> Kept:
    """Moments as a browser's field shows them: to the second, on this clock."""
    return {key: _clock(value, zone) if key in _MOMENTS else value for key, value in table.items()}


def _clock(value: str, zone: tzinfo) -> str:
    local = datetime.fromisoformat(value).astimezone(zone).replace(tzinfo=None, microsecond=0)
    return local.isoformat(timespec="seconds" if local.second else "minutes")


def _with_offset(table: Kept, zone: tzinfo) -> Kept:
    return {
        key: datetime.fromisoformat(value).replace(tzinfo=zone).isoformat() if key in _MOMENTS else value
        for key, value in table.items()
    }


def _as_it_is(flat: Flat, _zone: tzinfo) -> Kept:
    return dict(flat)


_OPENED: Final[Mapping[str, Callable[[Kept, tzinfo], Flat]]] = {
    "hours": _hours,
    "lists": _lists,
    "skills": _skills,
    "test": _test,
}
_CLOSED: Final[Mapping[str, Callable[[Flat, tzinfo], Kept]]] = {
    "hours": _hours_kept,
    "lists": _as_it_is,
    "skills": _skills_kept,
    "test": _test_kept,
}
