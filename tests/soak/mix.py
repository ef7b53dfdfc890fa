# SPDX-License-Identifier: Apache-2.0
"""What kinds of calls a soak is made of, who calls whom, and the routing rules that send each kind its own way."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

VARIANTS = 8  # of a number that leads to a team or a queue: so many teams, so many queues of each sort
GROUPS = {  # first digit of an extension -> how many; sipp/party.xml knows how each behaves
    "2": 80, "3": 24, "4": 24, "5": 72, "6": 32, "7": 64, "8": 40, "9": 32,
}  # fmt: skip
EXTENSIONS = [f"{digit}{number:02}" for digit, count in GROUPS.items() for number in range(count)]
_CLIENTS_OF = {  # code of a kind -> extensions of its clients' managers; the others of group 5 are in teams and queues
    "10": range(200, 256), "11": range(256, 280), "12": range(300, 324), "13": range(400, 424),
    "14": range(500, 516), "15": range(516, 532), "16": range(600, 632),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    name: str
    share: int
    scenario: str  # of sipp/; click: placed by the product's API
    code: str  # two digits of the numbers of its clients and of the number called
    media: bool = False
    steps: str = ""  # of its routing rule, before the last resort


KINDS = (
    Kind(name="manager answers", share=13, scenario="client", code="10", steps="manager 10"),
    Kind(name="manager answers, with media", share=6, scenario="client", code="11", media=True, steps="manager 10"),
    Kind(name="manager hangs up", share=4, scenario="client_until_bye", code="12", steps="manager 10"),
    Kind(name="manager busy, then a queue", share=4, scenario="client", code="13", steps="manager 10"),
    Kind(name="manager does not answer, then a queue", share=3, scenario="client", code="14", steps="manager 2"),
    Kind(name="given up while it rings", share=5, scenario="client_gives_up", code="15", steps="manager 10"),
    Kind(name="blind transfer by the manager", share=4, scenario="client", code="16", steps="manager 10"),
    Kind(name="a team rings, one answers", share=4, scenario="client", code="20", steps="team"),
    Kind(name="unknown caller, a team rings", share=3, scenario="client", code="21", steps="team"),
    Kind(name="through a queue", share=5, scenario="client", code="22", steps="queue"),
    Kind(name="abandoned in a queue", share=4, scenario="client", code="23", steps="void"),
    Kind(name="phone calls out, answered", share=2, scenario="operator", code="44"),
    Kind(name="phone calls out, busy", share=1, scenario="operator", code="45"),
    Kind(name="phone calls out, given up", share=1, scenario="operator_gives_up", code="46"),
    Kind(name="click to call", share=2, scenario="click", code="47"),
)  # fmt: skip
UNKNOWN = frozenset({"21"})  # their numbers are nobody's


@dataclass(frozen=True, slots=True)
class Planned:
    kind: Kind
    caller: str  # the client's number; of a call out, the phone that dials
    dialled: str

    @property
    def client(self) -> str:
        return self.dialled if self.kind.code > "40" else self.caller


def planned(calls: int) -> list[Planned]:
    """So many, the kinds mixed evenly in their shares; every call has a client's number of its own."""
    turns = _turns()
    counts: dict[str, itertools.count[int]] = {kind.code: itertools.count() for kind in KINDS}
    return [_planned(kind, next(counts[kind.code])) for kind in itertools.islice(turns, calls)]


def _turns() -> Iterator[Kind]:
    """As a scheduler of weighted shares does: no kind comes in bursts."""
    credit = dict.fromkeys(KINDS, 0)
    total = sum(kind.share for kind in KINDS)
    while True:
        for kind in KINDS:
            credit[kind] += kind.share
        chosen = max(KINDS, key=lambda kind: credit[kind])
        credit[chosen] -= total
        yield chosen


def _planned(kind: Kind, number: int) -> Planned:
    client = f"+7926{kind.code}{number:05}"
    if kind.code < "40":
        return Planned(kind, client, did(kind, number % VARIANTS))
    group = "9" if kind.scenario == "click" else "8"
    return Planned(kind, f"{group}{number % GROUPS[group]:02}", client)


def did(kind: Kind, variant: int) -> str:
    return f"+7495111{kind.code}{variant:02}"


def manager_of(call: Planned) -> str | None:
    """The extension of the client's manager."""
    theirs = _CLIENTS_OF.get(call.kind.code)
    return str(theirs[int(call.client[-5:]) % len(theirs)]) if theirs else None


def teams() -> dict[str, list[str]]:
    """One phone answers, three ring."""
    return {f"team{one}": [f"7{32 + one:02}", *_ringers(one)] for one in range(VARIANTS)}


def queues() -> dict[str, list[str]]:
    answering = {f"q{one}": [f"7{40 + 2 * one:02}", f"7{41 + 2 * one:02}"] for one in range(VARIANTS)}
    ringing = {f"void{one}": _ringers(one)[:2] if one % 2 else [] for one in range(VARIANTS)}
    return {"default": ["756", "757"], **answering, **ringing}


def _ringers(one: int) -> list[str]:
    return [f"5{32 + 3 * one + place:02}" for place in range(3)]


def rules() -> str:
    """Each kind's numbers lead their own way; whoever is not free is stood in for by a queue."""
    by_manager = [_rule(kind.code, [kind], variant, range(variant, VARIANTS, 4)) for kind in KINDS for variant in range(4)
                  if kind.steps.startswith("manager")]  # fmt: skip
    ring = [kind for kind in KINDS if kind.steps == "team"]
    rest = [_rule("20", ring, one, [one]) for one in range(VARIANTS)]
    rest += [
        _rule(kind.code, [kind], one, [one])
        for kind in KINDS
        if kind.steps in {"queue", "void"}
        for one in range(VARIANTS)
    ]
    last = '[[rule]]\nid = "rest"\n[[rule.step]]\nto = "queue"\nqueue = "default"\nseconds = 30\n'
    return "no_answer_seconds = 0\n\n" + "\n".join([*by_manager, *rest, last])


def _rule(name: str, kinds: list[Kind], variant: int, variants: Iterable[int]) -> str:
    what, _, seconds = kinds[0].steps.partition(" ")
    numbers = ", ".join(f'"{did(kind, one)}"' for kind in kinds for one in variants)
    steps = {
        "manager": f'[[rule.step]]\nto = "assigned_manager"\nseconds = {seconds}\n',
        "team": f'[[rule.step]]\nto = "team"\nteam = "team{variant}"\nhow = "ring_all"\nseconds = 10\n',
    }.get(what, "")
    queue = f"void{variant}" if what == "void" else f"q{variant + (4 if name == '14' else 0)}"
    return (
        f'[[rule]]\nid = "k{name}v{variant}"\n[rule.when]\ndid = [{numbers}]\n'
        f'{steps}[[rule.step]]\nto = "queue"\nqueue = "{queue}"\nseconds = 30\n'
    )
