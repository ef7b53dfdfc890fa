# SPDX-License-Identifier: Apache-2.0
"""Which tables and indexes schema.py speaks of."""


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Full-text tables and indexes are made by migrations alone."""
    return not (kind in {"table", "index"} and name is not None and name.startswith("fts_"))
