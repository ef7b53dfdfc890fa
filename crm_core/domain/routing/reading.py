# SPDX-License-Identifier: Apache-2.0
"""Reading values out of a parsed file, with errors that know where they stand."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from crm_core.domain.errors import InvalidInputError

Path = tuple[str | int, ...]
RULE_NAME: Final = r"[a-z0-9][a-z0-9_-]{0,39}"


class RuleSetError(InvalidInputError):
    """The rules cannot be used. Screens translate `text` with its `params`; a param `what` is a text as well."""

    def __init__(self, path: Path, text: str, **params: object) -> None:
        self.path = path  # of the key at fault, as config.toml_lines reads it
        self.text, self.params = text, params
        said = text % params if params else text
        super().__init__(f"{dotted(path)}: {said}" if path else said)


class Reader:
    """One table of the file. What nobody has asked for by `done` is an error: a misspelt key is not ignored."""

    def __init__(self, value: Any, path: Path) -> None:
        self.path = path
        self._asked: set[str] = set()
        if not isinstance(value, Mapping):
            raise RuleSetError(path, "a table is wanted here")
        self._value: Mapping[str, Any] = value

    def __contains__(self, key: str) -> bool:
        return key in self._value

    def keys(self) -> list[str]:
        return list(self._value)

    def whole_table(self) -> Mapping[str, Any]:
        """As it was given; nothing in it counts as asked for by that."""
        return self._value

    def raw(self, key: str, default: Any = None) -> Any:
        self._asked.add(key)
        return self._value.get(key, default)

    def fail(self, key: str, text: str, **params: object) -> RuleSetError:
        return RuleSetError((*self.path, key), text, **params)

    def text(self, key: str, pattern: str, what: str, default: str | None = None) -> str:
        value = self.raw(key, default)
        if value is None:
            raise self.fail(key, "is missing (%(what)s)", what=what)
        if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
            raise self.fail(key, "%(what)s is wanted, not %(value)r", what=what, value=value)
        return value

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        value = self.raw(key, default)
        if value is None:
            raise self.fail(key, "is missing")
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.fail(
                key,
                "a whole number from %(low)s to %(high)s is wanted, not %(value)r",
                low=low,
                high=high,
                value=value,
            )
        return value

    def one_of(self, key: str, choices: Collection[str], default: str | None = None) -> str:
        value = self.raw(key, default)
        if not isinstance(value, str) or value not in choices:
            raise self.fail(
                key,
                "one of %(known)s is wanted, not %(value)r",
                known=", ".join(sorted(choices)),
                value=value,
            )
        return value

    def some_of(self, key: str, choices: Collection[str]) -> frozenset[str]:
        """One of them, or a list of them."""
        value = self.raw(key)
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, Sequence) or not values or any(item not in choices for item in values):
            raise self.fail(
                key,
                "one or some of %(known)s are wanted, not %(value)r",
                known=", ".join(sorted(choices)),
                value=value,
            )
        return frozenset(values)

    def texts(
        self, key: str, pattern: str, what: str, default: Collection[str] | None = None
    ) -> frozenset[str]:
        """One text, or a list of them; an empty list only where there is a default."""
        value = self.raw(key, default)
        if value is None:
            raise self.fail(key, "is missing (%(what)s)", what=what)
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, Sequence) or (not values and default is None):
            raise self.fail(
                key, "%(what)s, or a list of them, is wanted, not %(value)r", what=what, value=value
            )
        for one in values:
            if not isinstance(one, str) or not re.fullmatch(pattern, one, re.ASCII):
                raise self.fail(
                    key, "%(what)s, or a list of them, is wanted, not %(value)r", what=what, value=one
                )
        return frozenset(values)

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        value = self.raw(key, default)
        if not isinstance(value, bool):
            raise self.fail(key, "true or false is wanted, not %(value)r", value=value)
        return value

    def table(self, key: str) -> "Reader":
        return Reader(self.raw(key, {}), (*self.path, key))

    def tables(self, key: str) -> list["Reader"]:
        value = self.raw(key, [])
        if not isinstance(value, list):
            raise self.fail(key, "[[...]] tables are wanted here")
        return [Reader(item, (*self.path, key, index)) for index, item in enumerate(value)]

    def done(self) -> None:
        for key in self._value:
            if key not in self._asked:
                known = ", ".join(sorted(self._asked))
                raise self.fail(key, "is not known here (known: %(known)s)", known=known)


def dotted(path: Path) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path) or "the file"
