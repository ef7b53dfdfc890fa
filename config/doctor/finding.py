# SPDX-License-Identifier: Apache-2.0
"""What the doctor says: one line about one link, and what to do when it is not well."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    check: str  # a name that scripts may rely on
    level: Level
    says: str
    advice: str = ""
    pbx: str = ""  # which, where it is about one


def ok(check: str, says: str) -> Finding:
    return Finding(check=check, level=Level.OK, says=says)


def warning(check: str, says: str, advice: str) -> Finding:
    return Finding(check=check, level=Level.WARNING, says=says, advice=advice)


def broken(check: str, says: str, advice: str) -> Finding:
    return Finding(check=check, level=Level.BROKEN, says=says, advice=advice)


def worst(findings: Iterable[Finding]) -> Level:
    order = list(Level)
    return max((finding.level for finding in findings), key=order.index, default=Level.OK)


def without(secrets: Iterable[str], finding: Finding) -> Finding:
    """The same, whatever an error text or a configuration file put into it."""
    says, advice = finding.says, finding.advice
    for secret in filter(None, secrets):
        says, advice = says.replace(secret, "***"), advice.replace(secret, "***")
    return replace(finding, says=_one_line(says), advice=_one_line(advice))


def _one_line(text: str) -> str:
    """No control character of a PBX reaches the terminal."""
    return "".join(char if char.isprintable() else " " for char in text).strip()
