# SPDX-License-Identifier: Apache-2.0
"""extensions.conf, read as Asterisk reads it, and the rules our contexts must keep."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# What somebody outside chose. It may be used as the text of FILTER, or of URIENCODE, and nowhere else.
_FOREIGN = re.compile(
    r"(EXTEN|CALLERID\(.*|CALLERIDNUM|CALLERIDNAME|DNID|RDNIS|REDIRECTING\(.*|CONNECTEDLINE\(.*|BLINDTRANSFER"
    r"|(PJSIP|SIP)_HEADERS?\(.*|INVALID_EXTEN|DB\(.*|ROLODIAL_STEPS|ROLODIAL_S\d+|ROLODIAL_S\$.*|ROLODIAL_CALL"
    r"|ROLODIAL_PRIORITY|ROLODIAL_NAME|ROLODIAL_(LANGUAGE|MENU|ORDER|CLIENT_NUMBER|KEYED_NUMBER)"
    r"|ROLODIAL_(ALLOWED|SHOW|REASON|BAND|MANAGER_NAME|MANAGER|DEPUTY|NUMBER|SPEAKS|KEY))(:.*)?",
    re.DOTALL,
)
_SAFE_CHARACTERS = re.compile(r"[0-9A-Za-z_^|&@/:.+#*-]*(\\x2d)?\Z")
# Whole priorities in which foreign text is looked at and cannot be run.
_ALLOWED = {
    "Set(CALLERID(name)=${ROLODIAL_NAME})",
    "GotoIf(${ISNULL(${ROLODIAL_NAME})}?unnamed)",
    'GotoIf($["${BLINDTRANSFER}" != ""]?client)',
}
_SHELLS = {"System", "TrySystem", "Exec", "TryExec", "ExecIf", "EAGI", "Macro"}
_ASK = {
    "rolodial-ask",
    "rolodial-fallback",
    "rolodial-verb",
    "rolodial-http",
    "rolodial-identify",
    "rolodial-may",
    "rolodial-survey",
}
_NEVER_WITHOUT_CRM = {"Hangup", "Busy", "Congestion", "SoftHangup"}
_EXTEN = re.compile(r"(exten|same)\s*=>?\s*(.*)", re.IGNORECASE)


@dataclass(frozen=True)
class Priority:
    context: str
    exten: str
    is_first: bool
    label: str
    app: str
    args: str
    line: int

    def __str__(self) -> str:
        return f"{self.app}({self.args})"


@dataclass
class Context:
    name: str
    includes: list[str] = field(default_factory=list)
    priorities: list[Priority] = field(default_factory=list)

    def extens(self) -> set[str]:
        return {p.exten for p in self.priorities}

    def begun_twice(self) -> list[str]:
        """Extensions of two contexts of one name: Asterisk joins them, and keeps the first of each priority."""
        begun = [p.exten for p in self.priorities if p.is_first]
        return sorted({exten for exten in begun if begun.count(exten) > 1})

    def labels(self, exten: str) -> set[str]:
        return {p.label for p in self.priorities if p.exten == exten and p.label}


def parse(text: str) -> dict[str, Context]:
    """Contexts by name; a context named twice is one. Globals and general are left out."""
    contexts: dict[str, Context] = {}
    current, exten = None, ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = re.split(r"(?<!\\);", raw, maxsplit=1)[0].strip()
        if not line or line.startswith("#"):
            continue
        if head := re.fullmatch(r"\[([^\]]+)\](\(.*\))?", line):
            current = (
                None if head[1] in ("general", "globals") else contexts.setdefault(head[1], Context(head[1]))
            )
        elif current is None:
            continue
        elif line.startswith("include"):
            current.includes.append(line.split("=>")[1].strip())
        else:
            exten, priority = _priority(current.name, exten, line, number)
            if priority is not None:
                current.priorities.append(priority)
    return contexts


def _priority(context: str, exten: str, line: str, number: int) -> tuple[str, Priority | None]:
    match = _EXTEN.fullmatch(line)
    assert match, f"line {number} is no priority: {line}"
    rest = match[2]
    if match[1].lower() == "exten":
        exten, _, rest = rest.partition(",")
        exten = exten.strip()
    place, _, call = rest.partition(",")
    if place.strip() == "hint":
        return exten, None
    label = re.search(r"\((\w+)\)", place)
    app, _, args = call.strip().partition("(")
    args = args.removesuffix(")")
    return exten, Priority(
        context, exten, place.strip().startswith("1"), label[1] if label else "", app, args, number
    )


def references(text: str) -> Iterator[tuple[str, str]]:
    """Each ${...} as (what stands right before it, its inside), outer ones first."""
    at = 0
    while (at := text.find("${", at)) != -1:
        depth, end = 1, at + 2
        while end < len(text) and depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        inside = text[at + 2 : end - 1]
        yield text[:at], inside
        at += 2


def mistakes(contexts: dict[str, Context]) -> list[str]:
    found: list[str] = []
    for context in contexts.values():
        for priority in context.priorities:
            where = f"line {priority.line} [{context.name}] {priority.exten}: "
            found += [where + text for text in (*_unfiltered(priority), *_jumps(priority, contexts))]
            if priority.app in _SHELLS:
                found.append(f"{where}{priority.app} runs text as an application")
            if context.name in _ASK and priority.app in _NEVER_WITHOUT_CRM:
                found.append(f"{where}a call must not end because the CRM is away")
        found += _timeouts(context)
        found += [f"[{context.name}] {exten} begins twice" for exten in context.begun_twice()]
        found += [
            f"[{context.name}] {exten} also catches h, i and T" for exten in context.extens() & {"_.", "_!"}
        ]
        found += [
            f"[{context.name}] includes {name}, which is nowhere"
            for name in context.includes
            if name not in contexts
        ]
    return found


def _unfiltered(priority: Priority) -> Iterator[str]:
    if str(priority) in _ALLOWED:
        return
    for before, inside in references(f"{priority.app}({priority.args})"):
        if not _FOREIGN.fullmatch(inside):
            continue
        if before.endswith("URIENCODE("):
            continue
        filtered = re.search(r"FILTER\(([^,()]*),\Z", before)
        if not filtered:
            yield f"${{{inside}}} is not filtered"
        elif not _SAFE_CHARACTERS.fullmatch(filtered[1]):
            yield f"FILTER lets through more than it may: {filtered[1]}"


def _timeouts(context: Context) -> Iterator[str]:
    sets = [p for p in context.priorities if p.app == "Set" and p.args.startswith("TIMEOUT(absolute)=")]
    if any(p.args != "TIMEOUT(absolute)=0" for p in sets) and "T" not in context.extens():
        yield f"[{context.name}] sets an absolute time-out and has no T"


def _jumps(priority: Priority, contexts: dict[str, Context]) -> Iterator[str]:
    for target in _targets(priority):
        parts = [part.strip() for part in target.split("(")[0].split(",")]
        context, exten, place = [priority.context, priority.exten, "1"][: 3 - len(parts)] + parts
        if "$" in context + exten + place:
            continue
        known = contexts.get(context)
        if known is None:
            yield f"jumps to [{context}], which is nowhere"
        elif exten not in known.extens():
            yield f"jumps to {exten} in [{context}], which is not there"
        elif not place.isdigit() and place not in known.labels(exten):
            yield f"jumps to the label {place}, which is not there"


def _targets(priority: Priority) -> list[str]:
    if priority.app in ("Goto", "Gosub"):
        return [priority.args]
    if priority.app == "GotoIf":
        return [part for part in _after_condition(priority.args).split(":") if part]
    return []


def _after_condition(args: str) -> str:
    """What follows the ? that stands outside every bracket."""
    depth = 0
    for at, char in enumerate(args):
        depth += {"{": 1, "[": 1, "(": 1, "}": -1, "]": -1, ")": -1}.get(char, 0)
        if char == "?" and depth == 0:
            return args[at + 1 :]
    return ""
