# SPDX-License-Identifier: Apache-2.0
"""What was learnt of a PBX as settings to look at: each line with its reason, and what is not known beside it."""

import json
from collections.abc import Iterable, Iterator

from pbx_bridge.learn import Capture, Learnt
from pbx_bridge.profile import Place


def as_toml(capture: Capture, name: str) -> str:
    return "".join(f"{_printable(line)}\n" for line in _lines(capture, name))


def _printable(line: str) -> str:
    """TOML takes no control character, be it in a comment."""
    return "".join(char if char == "\n" or char.isprintable() else "?" for char in line)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list_of(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _lines(capture: Capture, name: str) -> Iterator[str]:
    learnt = list(capture.learnt())
    of = {place: [one for one in learnt if one.place is place] for place in Place}
    kind = "FreePBX" if capture.is_freepbx else "plain Asterisk"
    yield f"# Proposed by `rolodial pbx learn` from {capture.events} events: {kind}. Look at it before use."
    yield f"[[pbx]]\nname = {_text(name)}"
    yield _mode(capture)
    yield "\n[pbx.profile]"
    yield from _list("trunks", of[Place.TRUNK])
    yield from _numbers(capture)
    yield from _contexts(capture, of[Place.EXTENSION], of[Place.TRUNK])
    if prefix := capture.outside_prefix():
        yield f"outside_prefix = {_text(prefix)}  # most numbers were dialled so"
    yield from _looked_through(capture)
    yield from _unknown(of[Place.UNKNOWN])
    if of[Place.EXTENSION]:
        yield "\n[pbx.profile.extensions]"
    for one in of[Place.EXTENSION]:
        yield f"{_text(one.device)} = {_text(one.extension or '')}  # {'; '.join(one.why)}"


def _mode(capture: Capture) -> str:
    if capture.routes:
        return 'mode = "route"  # calls go through contexts of Rolodial'
    return 'mode = "observe"  # no context of Rolodial was seen; "route" once its dialplan is included'


def _list(key: str, devices: list[Learnt]) -> Iterator[str]:
    if not devices:
        yield f"# {key}: none was seen"
        return
    yield f"{key} = ["
    for one in devices:
        yield f"    {_text(one.device)},  # {'; '.join(one.why)}"
    yield "]"


def _numbers(capture: Capture) -> Iterator[str]:
    numbers = capture.own_numbers()
    if numbers:
        yield f"own_numbers = {_list_of(numbers)}  # asked for by callers from the trunks"
    else:
        yield "# own_numbers: no caller from outside asked for one"


def _contexts(capture: Capture, people: list[Learnt], trunks: list[Learnt]) -> Iterator[str]:
    """Where people's channels begin, and no trunk's does."""
    outer = {context for one in trunks for context in capture.devices[one.device].contexts}
    inner = {context for one in people for context in capture.devices[one.device].contexts}
    contexts = sorted(inner - outer)
    if contexts:
        yield f"internal_contexts = {_list_of(contexts)}  # people's channels begin here, no trunk's does"
    for context in sorted(inner & outer):
        yield f"# internal_contexts: people and trunks both begin in {_text(context)}"


def _looked_through(capture: Capture) -> Iterator[str]:
    if capture.locals:
        marks = ", ".join(f"{mark} ({count})" for mark, count in sorted(capture.locals.items()))
        yield f"# looked through, no line needed: Local channels of {marks}"


def _unknown(devices: list[Learnt]) -> Iterator[str]:
    for one in devices:
        yield f"# not known: {_text(one.device)}: {'; '.join(one.why)}"
