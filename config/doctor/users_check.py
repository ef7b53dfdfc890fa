# SPDX-License-Identifier: Apache-2.0
"""Are there other AMI users with a shell: from the file if it is on this host, else by names that are often met."""

import glob
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from config.doctor.ami_session import AmiSession
from config.doctor.finding import Finding, warning
from config.doctor.settings_check import is_loopback
from pbx_bridge.settings import AmiSettings

# AMI has no way to list its users. These names are asked for; nothing of them but `write`.
_OFTEN = (
    "admin", "manager", "asterisk", "cxpanel", "firewall", "fop2", "asternic", "cron", "phpagi", "sendcron",
    "updatecron", "listencron", "vicidial", "a2billing", "monast", "freepbx", "monitor", "test",
)  # fmt: skip
_SHELL = frozenset({"system", "command", "all", "config"})
_SECTION = re.compile(r"\[([^\]]+)\](?:\(([^)]*)\))?")
_DEPTH = 5  # of #include


async def check_users(session: AmiSession, ami: AmiSettings) -> Finding | None:
    rights = await _from_file(session, ami)
    if rights is None:
        rights = {name: await session.config("manager.conf", name, "write") or "" for name in _OFTEN}
    return judge_users(rights, ami.username)


def judge_users(rights: Mapping[str, str], ours: str) -> Finding | None:
    """`rights`: the `write` of each."""
    strong = {name: sorted(_SHELL & _classes(write)) for name, write in rights.items() if name != ours}
    named = [f"{name} ({', '.join(classes)})" for name, classes in strong.items() if classes]
    if not named:
        return None
    return warning(
        "users",
        f"other AMI users can run programs on the PBX: {', '.join(named)}",
        "Rolodial's own user can read their secrets (Getvar AST_CONFIG). Give each only what it needs in manager.conf, "
        "and permit = 127.0.0.1.",
    )


def _classes(write: str) -> set[str]:
    return {part.strip().lower() for part in write.split(",")}


async def _from_file(session: AmiSession, ami: AmiSettings) -> dict[str, str] | None:
    """None when the PBX is elsewhere, or its file is not ours to read."""
    if not is_loopback(ami.host):
        return None
    directory = await session.config("asterisk.conf", "directories", "astetcdir") or "/etc/asterisk"
    rights = read_rights(Path(directory) / "manager.conf")
    return (
        rights if ami.username in rights else None
    )  # else it is another Asterisk's, seen through a container


def read_rights(path: Path) -> dict[str, str]:
    """User -> `write`, with templates and #include; nothing else of the file is kept."""
    rights: dict[str, str] = {}
    templates = {"general"}
    name = ""
    for line in _lines(path, _DEPTH):
        section = _SECTION.match(line)
        if section:
            name, options = section[1], [part.strip() for part in (section[2] or "").split(",")]
            templates |= {name} if "!" in options else set()
            inherited = [rights[option] for option in options if option in rights]
            rights[name] = (inherited or [rights.get(name, "")])[-1]
        key, equals, value = line.partition("=")
        if equals and key.strip().lower() == "write" and name:
            rights[name] = value.lstrip(">").strip()
    return {name: write for name, write in rights.items() if name not in templates}


def _lines(path: Path, depth: int) -> Iterator[str]:
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return
    for raw in text.splitlines():
        line = raw.partition(";")[0].strip()
        if line.startswith(("#include", "#tryinclude")) and depth:
            pattern = line.split(None, 1)[-1].strip('"<> ')
            for found in sorted(glob.glob(str(path.parent / pattern))):  # noqa: PTH207 - absolute patterns too
                yield from _lines(Path(found), depth - 1)
        elif line:
            yield line
