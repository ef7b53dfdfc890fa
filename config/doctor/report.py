# SPDX-License-Identifier: Apache-2.0
"""Findings as people and as programs read them."""

import shutil
import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

import click
import orjson

from config.doctor.finding import Finding, Level, worst

_COLOURS = {Level.OK: "green", Level.WARNING: "yellow", Level.BROKEN: "red"}
_NARROW, _WIDE = 60, 120


def as_table(findings: Sequence[Finding], width: int | None = None) -> str:
    """Level, link, what is so; below it what to do."""
    columns = min(max(width or shutil.get_terminal_size().columns, _NARROW), _WIDE)
    link = max((len(_link(one)) for one in findings), default=0)
    lines = []
    for one in findings:
        head = f"{click.style(f'{one.level.value:<8}', fg=_COLOURS[one.level])} {_link(one):<{link}}  "
        indent = " " * (8 + 1 + link + 2)
        first, *rest = textwrap.wrap(one.says, columns - len(indent)) or [""]
        lines += [head + first, *(indent + line for line in rest)]
        if one.advice:
            lines += [
                f"{indent}{'->' if not position else '  '} {line}"
                for position, line in enumerate(textwrap.wrap(one.advice, columns - len(indent) - 3))
            ]
    return "\n".join([*lines, "", _sum(findings)])


def as_json(findings: Sequence[Finding]) -> str:
    body = {"level": worst(findings).value, "findings": [asdict(one) for one in findings]}
    return orjson.dumps(body).decode()


def _link(finding: Finding) -> str:
    return f"{finding.pbx} {finding.check}" if finding.pbx else finding.check


def _sum(findings: Sequence[Finding]) -> str:
    counted = Counter(one.level for one in findings)
    return ", ".join(f"{counted[level]} {level.value}" for level in reversed(Level) if counted[level])
