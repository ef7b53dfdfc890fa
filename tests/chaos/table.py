# SPDX-License-Identifier: Apache-2.0
"""What came of the faults: printed, and kept in docs/reliability.md between two marks."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

BEGIN, END = "<!-- chaos: written by make chaos -->", "<!-- chaos: end -->"
_HEAD = "| # | fault | pass line | what was seen | holds |\n|---|---|---|---|---|\n"


class Verdict(StrEnum):
    HOLDS = "yes"
    FAILS = "NO"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Row:
    number: int
    name: str
    passes: str
    seen: str
    verdict: Verdict
    took_s: float

    @property
    def line(self) -> str:
        cells = (str(self.number), self.name, self.passes, _short(self.seen), str(self.verdict))
        return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


_DIRECTORIES = re.compile(r"(?<![\w./:])/(?:[\w.+@-]+/)+")


def _short(text: str) -> str:
    """Names of files stay; where they lay on the machine is nobody's business."""
    line = _DIRECTORIES.sub("", " ".join(text.split()))
    return line if len(line) <= 320 else line[:319] + "…"


def show(rows: list[Row]) -> None:
    for row in sorted(rows, key=lambda row: row.number):
        print(row.line)
    held = sum(row.verdict is Verdict.HOLDS for row in rows)
    print(f"\n{held} of {len(rows)} hold")


def write(rows: list[Row], page: Path) -> None:
    """A fault that was not played this time keeps the line it had."""
    before, _, rest = page.read_text().partition(BEGIN)
    table, _, after = rest.partition(END)
    kept = {_key(line): line for line in table.splitlines() if re.match(r"\| \d+ ", line)}
    kept |= {_key(row.line): row.line for row in rows}
    lines = "\n".join(kept[key] for key in sorted(kept))
    page.write_text(f"{before}{BEGIN}\n{_HEAD}{lines}\n{END}{after}")


def _key(line: str) -> tuple[int, str]:
    number, name = (cell.strip() for cell in line.split("|")[1:3])
    return int(number), name
