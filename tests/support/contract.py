# SPDX-License-Identifier: Apache-2.0
"""What authors of dialplans may rely on, from code and dialplan, and the same as docs/dialplan.md says it."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from config.agi import VERBS
from tests.support.dialplan import Context, parse

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/dialplan.md"
_READ = re.compile(r"\$\{(?:GLOBAL\()?((?:ROLODIAL|TRANSFER_CONTEXT|FORWARD_CONTEXT)[A-Z_]*)")
_SET = re.compile(r"(?:^|,)(?:GLOBAL\()?_{0,2}((?:ROLODIAL|TRANSFER|FORWARD)[A-Z_]*)(?:\$\{\w+\})?\)?=")
_CEL = re.compile(r"([A-Z_]+),")
_SITE = re.compile(r"\b(rolodial-[a-z-]+)\b")
_NUMBERED = {"ROLODIAL_S"}


def surface() -> dict[str, set[str]]:
    """By section of the page, the names in the first column of its tables."""
    text = "\n".join(path.read_text() for path in sorted((ROOT / "dialplan").glob("*.conf")))
    contexts = parse(text)
    globals_ = set(re.findall(r"^(ROLODIAL_\w+) =", _template("rolodial-site.conf"), re.MULTILINE))
    given, asked = _given(contexts), set(_READ.findall(text)) - _NUMBERED
    answered = {name for verb in VERBS for name in verb.sets}
    return {
        "Contexts": set(contexts),
        "Contexts a site writes": _sites() | {name for name in _named(contexts) if name not in contexts},
        "Globals a site sets": globals_,
        "Variables you may set": asked - given - globals_ - answered,
        "Variables the dialplan sets": given - answered,
        "Verbs": {verb.name for verb in VERBS},
        "Kinds of steps": {
            exten[1:] for exten in contexts["rolodial-step"].extens() if exten.startswith("0")
        },
        "Events in CEL": {_CEL.match(p.args)[1] for p in _priorities(contexts) if p.app == "CELGenUserEvent"},
    }


def digest() -> str:
    """Of the whole surface, arguments and answers of the verbs in their order."""
    lines = [f"{section}: {' '.join(sorted(names))}" for section, names in sorted(surface().items())]
    lines += [f"{verb.name}({', '.join(verb.arguments)}) {' '.join(verb.sets)}" for verb in VERBS]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def said(page: str) -> dict[str, list[list[str]]]:
    """Rows of the tables under each heading, without the heading row."""
    found: dict[str, list[list[str]]] = {}
    rows: list[list[str]] = []
    for line in page.splitlines():
        if line.startswith("## "):
            rows = found.setdefault(line[3:], [])
        elif line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return {heading: [row for row in table if not _is_head(row)] for heading, table in found.items()}


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def _is_head(row: list[str]) -> bool:
    return not names(row[0]) and not row[0].isdigit()


def _template(name: str) -> str:
    return (ROOT / "dialplan/templates" / name).read_text()


def _sites() -> set[str]:
    return set(re.findall(r"^\[(rolodial-[a-z-]+)\]", _template("rolodial-site.conf"), re.MULTILINE))


def _priorities(contexts: dict[str, Context]) -> Iterable:
    return (priority for context in contexts.values() for priority in context.priorities)


def _given(contexts: dict[str, Context]) -> set[str]:
    sets = (p.args for p in _priorities(contexts) if p.app in ("Set", "MSet"))
    read = {p.args.partition(",")[0] for p in _priorities(contexts) if p.app == "Read"}
    return {name for args in sets for name in _SET.findall(args)} - _NUMBERED | read


def _named(contexts: dict[str, Context]) -> set[str]:
    """Contexts that ours jump to, look into or include."""
    texts = [
        f"{p.args}"
        for p in _priorities(contexts)
        if p.app in ("Goto", "GotoIf", "Gosub", "Dial", "Set", "MSet")
    ]
    texts += [name for context in contexts.values() for name in context.includes]
    found = {name for text in texts for name in _SITE.findall(text)}
    return {name for name in found if name != "rolodial-probe" and not name.endswith("-")}
