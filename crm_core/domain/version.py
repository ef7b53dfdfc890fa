# SPDX-License-Identifier: Apache-2.0
"""A short name of what a record says: two readers of the same record get the same one."""

import hashlib

from crm_core.domain.errors import ConflictError
from crm_core.domain.shallow import shallow


class ChangedMeanwhileError(ConflictError):
    """Somebody else changed this while you did. What is kept now stands beside your input: choose."""


def version_of(record: object) -> str:
    """'' for what does not exist."""
    if record is None:
        return ""
    said = repr(sorted((name, _sorted(value)) for name, value in shallow(record).items()))
    return hashlib.blake2b(said.encode(), digest_size=12).hexdigest()


def check_unchanged(current: object, seen: str | None) -> None:
    """`seen`: the version that was edited; None where nobody edits, as in an import."""
    if seen is not None and version_of(current) != seen:
        raise ChangedMeanwhileError(current=current)


def _sorted(value: object) -> object:
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    if isinstance(value, dict):
        return sorted((str(key), _sorted(item)) for key, item in value.items())
    return value
