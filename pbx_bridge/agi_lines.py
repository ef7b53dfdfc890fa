# SPDX-License-Identifier: Apache-2.0
"""AGI as bytes: a request's header in, command lines out; nothing hostile gets through either way."""

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.frozen import frozen

_VALUE = re.compile(r"[A-Za-z0-9_|^&@/:.+-]*\Z", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z", re.ASCII)
_WORDS = re.compile(r"[\w.-]+(?: [\w.-]+)*\Z")  # in any alphabet, with single blanks between them
_PAIR = re.compile(rf"[A-Za-z][A-Za-z0-9_]*=(?:[A-Za-z0-9_|^&@/:.+-]*\Z|{_WORDS.pattern})")  # no other '='
_LINE = re.compile(r"^(agi_[a-z0-9_]+):(.*)$", re.ASCII | re.MULTILINE)
_LONGEST = 1800  # bytes of one MSet: a line of 2 121 was seen to pass (FACTS A8)
_REPLY = re.compile(rb"(\d{3})([ -])(?:result=(-?\d+))?(.*)\Z", re.DOTALL)


class AgiValueError(InvalidInputError):
    """This value may not be sent to Asterisk."""


@frozen
class AgiRequest:
    """What Asterisk said when it connected. `malformed`: text of the caller's broke the lines; trust only args."""

    script: str  # 'route'
    args: tuple[str, ...]
    env: Mapping[str, str]
    malformed: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Variables for the channel. `made` by machine, the last one last: whoever has it has them all."""

    made: Mapping[str, str]
    written: Mapping[str, str] = field(default_factory=dict)  # text of people's

    def lines(self) -> Generator[bytes, object, None]:
        """What an MSet would split or eat of (FACTS A8) goes by SET VARIABLE, each by a journey of its own."""
        plain = {name: text for name, text in self.written.items() if _WORDS.match(text)}
        for name, text in self.written.items():
            if name not in plain:
                yield set_variable(name, text)
        yield from mset(plain | dict(self.made))


@dataclass(frozen=True, slots=True)
class AgiReply:
    code: int
    result: int | None
    rest: str  # '(value)'

    @property
    def value(self) -> str:
        """What stands in brackets: `200 result=1 (v3)`."""
        return self.rest.strip().removeprefix("(").removesuffix(")")


def parse_request(header: bytes) -> AgiRequest:
    """`header` is all up to the empty line. Bytes that are no UTF-8 (caller names) become U+FFFD."""
    text = header.decode("utf-8", "replace")
    lines = _LINE.findall(text)
    env = {key: value.strip() for key, value in reversed(lines)}  # said twice: the first counts
    malformed = len(env) != text.count("\n") + 1
    return AgiRequest(script=_script(env), args=tuple(_arguments(lines)), env=env, malformed=malformed)


def _arguments(lines: Sequence[tuple[str, str]]) -> Iterator[str]:
    """They come last, after all text of the caller's: said twice, the last counts."""
    said = dict(lines)
    number = 1
    while (value := said.get(f"agi_arg_{number}")) is not None:
        yield value.strip()
        number += 1


def _script(env: Mapping[str, str]) -> str:
    script = env.get("agi_network_script") or env.get("agi_request", "").rpartition("/")[2]
    return script.partition("?")[0].strip("/")


def parse_reply(line: bytes) -> AgiReply | None:
    """`200 result=1 (value)`; None for HANGUP and anything else."""
    match = _REPLY.match(line)
    if match is None or match[2] == b"-":
        return None
    result = int(match[3]) if match[3] is not None else None
    return AgiReply(int(match[1]), result, match[4].decode("utf-8", "replace"))


def mset(values: Mapping[str, str]) -> Generator[bytes, object, None]:
    """As few `EXEC MSet` as fit; only values it does not eat or split (FACTS A8). Blanks want the line in quotes."""
    line: list[str] = []
    size = 0
    for name, value in values.items():
        pair = f"{name}={value}"
        if not _PAIR.match(pair):
            raise AgiValueError(f"not a value for MSet: {name}={value!r}")
        length = len(pair.encode()) + 1
        if line and size + length > _LONGEST:
            yield _mset(line)
            line, size = [], 0
        line.append(pair)
        size += length
    if line:
        yield _mset(line)


def _mset(pairs: Sequence[str]) -> bytes:
    said = ",".join(pairs)
    return (f'EXEC MSet "{said}"\n' if " " in said else f"EXEC MSet {said}\n").encode()


def set_variable(name: str, text: str) -> bytes:
    """Any text people write; CR, LF and NUL are refused, not dropped."""
    if not _NAME.match(name):
        raise AgiValueError(f"not the name of a variable: {name!r}")
    return f"SET VARIABLE {name} {quoted(text)}\n".encode()


def quoted(text: str) -> str:
    if any(character in text for character in "\r\n\0"):
        raise AgiValueError(f"CR, LF or NUL in {text!r}")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def database(verb: str, *words: str) -> bytes:
    """DATABASE GET|PUT|DEL|DELTREE."""
    for word in words:
        if not word or not _VALUE.match(word):
            raise AgiValueError(f"not a word for the database: {word!r}")
    return f"DATABASE {verb} {' '.join(words)}\n".encode()
