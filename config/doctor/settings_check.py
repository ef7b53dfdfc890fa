# SPDX-License-Identifier: Apache-2.0
"""Can the settings be read, and do they tell enough; which texts in them are secret."""

import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from config.doctor.finding import Finding, broken, ok, warning
from config.settings import PbxSettings, Settings

_LOOPBACK = ("127.", "::1", "localhost")


def unreadable(error: Exception) -> Finding:
    return broken("settings", str(error), "Correct that line; config/rolodial.example.toml shows every key.")


def judge_settings(settings: Settings, path: Path | None) -> Iterator[Finding]:
    where = str(path) if path else "variables and defaults; there is no settings file"
    yield ok("settings", f"read from {where}")
    if path and _is_open_to_all(path) and any(one.ami.secret in path.read_text() for one in settings.pbx):
        yield warning(
            "settings",
            f"everybody on this machine can read {path}, and an AMI secret is in it",
            f"chmod 600 {path}: with that secret one can do with the PBX what Rolodial can.",
        )
    if not settings.pbx:
        yield broken("settings", "no PBX is named", "Add a [[pbx]] table with [pbx.ami].")


def secrets_of(settings: Settings) -> list[str]:
    """What no finding may show."""
    found = [*(one.ami.secret for one in settings.pbx), settings.web.metrics_token]
    try:
        password = make_url(settings.database_url).password
    except ArgumentError:
        password = settings.database
    return [text for text in (*found, str(password or "")) if text]


def is_loopback(host: str) -> bool:
    return host.startswith(_LOOPBACK)


def judge_road(pbx: PbxSettings) -> Iterator[Finding]:
    """How the AMI secret travels."""
    if not is_loopback(pbx.ami.host) and not pbx.ami.tls:
        yield warning(
            "ami",
            f"AMI goes to {pbx.ami.host} without TLS: the secret and every number can be read on the way",
            "Set tls = true in [pbx.ami] and tlsenable = yes in manager.conf, or run Rolodial on the PBX's own host.",
        )


def _is_open_to_all(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
