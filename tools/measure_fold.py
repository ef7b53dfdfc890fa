# SPDX-License-Identifier: Apache-2.0
"""How far the call tracker stands damage: every event of every recorded call lost, doubled, swapped, in a gap."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pbx_bridge.ami_event import AmiEvent
from tests.support.damage import Verdict, doubles, drops, events_in, gaps, swaps
from tests.support.recordings_of_ami import WHOLE, calls_of

DAMAGES: dict[str, Callable[[list[AmiEvent]], Iterator[Verdict]]] = {
    "told twice": doubles,
    "neighbours of different channels swapped": swaps,
    "lost": drops,
    "6 events in a gap, then resync": lambda events: gaps(events, 6),
    "30 events in a gap, then resync": lambda events: gaps(events, 30, 2),
}


def _row(name: str, verdicts: list[Verdict]) -> str:
    count = len(verdicts)
    right = sum(one.right and not one.doubted for one in verdicts)
    doubted = sum(one.doubted for one in verdicts)
    wrong = sum(one.silently_wrong for one in verdicts)
    talk = sum(one.talk_silently_wrong for one in verdicts)
    shares = " | ".join(f"{100 * part / count:.1f} %" for part in (right, doubted, wrong, talk))
    return f"| {name} | {count} | {shares} |"


def main() -> None:
    events = {name: events_in(name) for name in WHOLE}
    undamaged = [call for each in events.values() for call in calls_of(each)[0]]
    print(f"{len(events)} recordings, {len(undamaged)} calls, {sum(map(len, events.values()))} events; "
          f"undamaged and in doubt: {sum(bool(call['uncertain']) for call in undamaged)}\n")  # fmt: skip
    print("| an event | positions | right | in doubt | a fact silently wrong | its talk silently wrong |")
    print("|---|---|---|---|---|---|")
    for name, damage in DAMAGES.items():
        verdicts = [verdict for each in events.values() for verdict in damage(each)]
        if name == "lost":
            bridges = [one for one in verdicts if one.name.startswith("Bridge")]
            others = [one for one in verdicts if not one.name.startswith("Bridge")]
            print(_row("lost, of a bridge", bridges), _row("lost, any other", others), sep="\n", flush=True)
            worst = Counter(one.name for one in others if one.silently_wrong)
        else:
            print(_row(name, verdicts), flush=True)
    print(
        "\nSilently wrong when lost: " + ", ".join(f"{name} {count}" for name, count in worst.most_common())
    )


if __name__ == "__main__":
    main()
