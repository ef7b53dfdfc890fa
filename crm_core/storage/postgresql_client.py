# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL's own programs (pg_dump, pg_restore, psql): where they are, whether they fit, what they are told."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL

from crm_core.domain.errors import CrmError

_DEBIAN = Path("/usr/lib/postgresql")


class NoClientError(CrmError):
    """PostgreSQL's client programs are missing or too old."""


def program(name: str, server: int = 0) -> str:
    """The newest `name` there is, at least as new as the server (its major version)."""
    found = [(version_of(path), path) for path in _candidates(name)]
    if not found:
        raise NoClientError(
            f"{name} is not installed: a PostgreSQL database is backed up and restored through PostgreSQL's own "
            f"client. Install it (Debian: apt-get install postgresql-client{f'-{server}' if server else ''})."
        )
    version, path = max(found)
    if version < server:
        raise NoClientError(
            f"{name} is of PostgreSQL {version}, the server is {server}: an older client cannot read a newer server. "
            f"Install postgresql-client-{server}."
        )
    return path


def version_of(path: str) -> int:
    said = subprocess.run([path, "--version"], check=False, capture_output=True, text=True).stdout  # noqa: S603 - found on PATH
    found = re.search(r"\s(\d+)", said)
    return int(found[1]) if found else 0


def _candidates(name: str) -> list[str]:
    on_path = shutil.which(name)
    debian = [str(path) for path in _DEBIAN.glob(f"*/bin/{name}")]
    return [*debian, *([on_path] if on_path else [])]


def environment(url: URL) -> dict[str, str]:
    """How the programs find the database: never by arguments, which everybody on the machine can read."""
    query = {key: value if isinstance(value, str) else value[0] for key, value in url.query.items()}
    told = {
        "PGHOST": url.host or query.get("host"),
        "PGPORT": str(url.port) if url.port else query.get("port"),
        "PGUSER": url.username or query.get("user"),
        "PGPASSWORD": url.password or query.get("password"),
        "PGDATABASE": url.database,
        "PGSSLMODE": query.get("ssl") or query.get("sslmode"),
        "PGAPPNAME": "rolodial backup",
        "PGTZ": "UTC",
    }
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return {**kept, "LC_ALL": "C.UTF-8", **{key: value for key, value in told.items() if value}}
