# SPDX-License-Identifier: Apache-2.0
"""The rules of a large house: 200, of which a call matches one of the last, and 100 skills of 500 operators."""

from pathlib import Path

from config.bench._house import login_of

OPERATORS = 500
RULES = 200
SKILLS = 100
_EACH = 20  # operators with a skill
_SEED = Path(__file__).parents[1] / "routing.toml"
EXTENSIONS = [str(1001 + number) for number in range(OPERATORS)]


def many_rules() -> str:
    """Those of a new installation, and before them as many that no call of the measurement matches."""
    head, first, rest = _SEED.read_text().partition("\n[[rule]]")
    special = RULES - 1 - rest.count("\n[[rule]]")
    return "\n".join([head, *(_rule(number) for number in range(special)), first + rest, *_tables()])


def _tables() -> list[str]:
    hours = '[hours.never]\nzone = "Europe/Moscow"\nmon = ["03:00-03:01"]'
    lists = [f'[lists.list{number}]\nnumbers = ["+7999000{number:04}"]' for number in range(40)]
    return [hours, *lists, *(_skill(number) for number in range(SKILLS))]


def _skill(number: int) -> str:
    of = [EXTENSIONS[(number * 5 + place) % OPERATORS] for place in range(_EACH)]
    return "\n".join([f"[skills.skill{number}]", *(f"{login_of(one)} = {1 + number % 10}" for one in of)])


def _rule(number: int) -> str:
    kinds = (
        f'number_begins = "+7998{number:03}"',
        f'caller = "known"\ndid = "+7495000{number:04}"',
        f'caller = "contact"\nlanguage = "uk"\nmissed_today = true\nlast_operator_days = {number}',
        f'on_list = "list{number // 5}"\nopen = "never"',
        f'turnover = {{ window = "30d", at_least = {9_000_000_000 - number} }}\nmanager = "assigned"',
    )
    lines = [
        "[[rule]]",
        f'id = "special-{number}"',
        f"[rule.when]\n{kinds[number % len(kinds)]}",
        f'[[rule.step]]\nto = "skill"\nskill = "skill{number % SKILLS}"\nhow = "fewest_calls"\nseconds = 15',
        '[[rule.step]]\nto = "queue"\nqueue = "default"\nseconds = 120',
    ]
    return "\n".join(lines)
