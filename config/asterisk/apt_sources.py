# SPDX-License-Identifier: Apache-2.0
"""The Debian mirror this machine already uses, read from apt's own sources in both of their formats."""

import re
from pathlib import Path

_ONE_LINE = re.compile(r"^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$")


def debian_mirror(directory: Path = Path("/etc/apt")) -> str | None:
    """The first address that serves Debian itself: not a security, backports or foreign repository."""
    for text in _texts(directory):
        for uri, suite, components in _entries(text):
            if uri.startswith(("http://", "https://", "file:")) and _is_debian(suite, components):
                return uri.rstrip("/")
    return None


def _is_debian(suite: str, components: str) -> bool:
    plain = not any(mark in suite for mark in ("-security", "/", "-backports", "-updates"))
    return plain and "main" in components.split() and suite != "nodistro"


def _texts(directory: Path) -> list[str]:
    paths = [
        *sorted((directory / "sources.list.d").glob("*.sources")),
        directory / "sources.list",
        *sorted((directory / "sources.list.d").glob("*.list")),
    ]
    debian_first = sorted(paths, key=lambda path: path.stem != "debian")
    return [path.read_text(errors="replace") for path in debian_first if path.is_file()]


def _entries(text: str) -> list[tuple[str, str, str]]:
    """(address, suite, components) of every binary repository named in the text."""
    lines = [line.strip() for line in text.splitlines() if not line.lstrip().startswith("#")]
    found = [(match[1], match[2], match[3]) for line in lines if (match := _ONE_LINE.match(line))]
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        words = _stanza(stanza)
        if "deb" not in words.get("types", "").split() or words.get("enabled", "yes") == "no":
            continue
        found += [
            (uri, suite, words.get("components", ""))
            for uri in words.get("uris", "").split()
            for suite in words.get("suites", "").split()
        ]
    return found


def _stanza(text: str) -> dict[str, str]:
    pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line and not line.startswith(" "))
    return {key.strip().lower(): value.strip() for key, value in pairs}
