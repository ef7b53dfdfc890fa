# SPDX-License-Identifier: Apache-2.0
"""Plays every script of tests/live/scenarios on a real Asterisk and writes what was recorded into tests/scenarios.

For each: NAME.ami, what an AMI client with read=call,agent received of that call; NAME.cel.csv, its rows of CEL;
NAME.expect, what people did by their own clocks. Numbers and names are those of one made-up house. A scenario of
which the history does not say what people did is not written.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from config.asterisk.fetch import find_or_fetch  # noqa: E402
from tests.live.scenarios.run import Outcome, perform_all  # noqa: E402
from tests.live.scenarios.scripts import SCENARIOS  # noqa: E402

OUT = ROOT / "tests/scenarios"
EXACT_S = 0.4  # what is kept is replayed with half a second


def write(outcome: Outcome) -> None:
    for kind, text in (
        ("ami", outcome.ami),
        ("cel.csv", outcome.cel),
        ("expect", _expect(outcome.wants_in_order())),
    ):
        (OUT / f"{outcome.name}.{kind}").write_bytes(text.encode())


def _expect(wants: list[dict[str, Any]]) -> str:
    calls = ",\n".join(f"  {_call(_rounded(want))}" for want in wants)
    return f'{{"open": 0, "calls": [\n{calls}\n]}}\n'


def _call(want: dict[str, Any]) -> str:
    legs = ",\n    ".join(json.dumps(leg, ensure_ascii=False) for leg in want["legs"])
    head = json.dumps({key: value for key, value in want.items() if key != "legs"}, ensure_ascii=False)
    return f'{head[:-1]}, "legs": [{f"{chr(10)}    {legs}{chr(10)}  " if legs else ""}]}}'


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return round(value, 2) if isinstance(value, float) else value


async def record(names: list[str]) -> int:
    scripts = {name: script for name, script in SCENARIOS.items() if not names or name in names}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        program = find_or_fetch(ROOT / ".cache", print)
        outcomes = await perform_all(program, Path(home), scripts)
    bad = 0
    for outcome in outcomes:
        differences = outcome.differences(EXACT_S)
        if differences:
            bad += 1
            print(f"not written: {outcome.name}\n  " + "\n  ".join(differences))
        else:
            write(outcome)
    print(f"{len(outcomes) - bad} of {len(outcomes)} scenarios written in {time.monotonic() - began:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these")
    sys.exit(asyncio.run(record(parser.parse_args().names)))
