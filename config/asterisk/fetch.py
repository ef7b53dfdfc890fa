# SPDX-License-Identifier: Apache-2.0
"""Asterisk for a machine that has none: the distribution's package, else a private root beside the project."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from config.asterisk.apt_sources import debian_mirror
from config.asterisk.program import OLDEST, AsteriskProgram, find_program, in_root
from crm_core.domain.errors import CrmError

ROOT = "asterisk-root"
_PACKAGES = "asterisk,asterisk-core-sounds-en-wav"
_INSTALL = f"""Install Asterisk {OLDEST} or newer yourself, so that `asterisk -V` works, and run this again:
  Debian sid, Ubuntu 24.04:  apt-get install asterisk asterisk-core-sounds-en-wav
  Fedora:                    dnf install asterisk asterisk-pjsip asterisk-sounds-core-en-wav
  others:                    build it from asterisk.org, with the English core sounds"""


class NoAsteriskError(CrmError):
    """There is no Asterisk here and none could be fetched."""


def find_or_fetch(cache: Path, say: Callable[[str], None]) -> AsteriskProgram:
    """Asterisk from PATH or from `cache`; else installed or fetched, each step said beforehand."""
    program = find_program(cache)
    if program is None:
        program = _install_package(cache, say) or _fetch_root(cache, say)
    return program


def _install_package(cache: Path, say: Callable[[str], None]) -> AsteriskProgram | None:
    """Only where the distribution itself has a new enough one, and only as root: nothing is asked in between."""
    if os.geteuid() != 0 or not _packaged():
        return None
    say("Installing the distribution's asterisk package (as root, by apt-get); its service is not started.")
    policy = Path("/usr/sbin/policy-rc.d")
    own_policy = not policy.exists()
    if own_policy:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        _run(["apt-get", "install", "-y", "--no-install-recommends", *_PACKAGES.split(",")])
    finally:
        if own_policy:
            policy.unlink(missing_ok=True)
    return find_program(cache)


def _packaged() -> bool:
    if shutil.which("apt-cache") is None:
        return False
    command = ["apt-cache", "policy", "asterisk"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - a constant
    match = re.search(r"Candidate: (?:\d+:)?(\d+)", said)
    return match is not None and int(match[1]) >= OLDEST


def _fetch_root(cache: Path, say: Callable[[str], None]) -> AsteriskProgram:
    mirror = debian_mirror()
    if mirror is None:
        raise NoAsteriskError(
            f"This machine's apt knows no Debian repository to fetch Asterisk from.\n{_INSTALL}"
        )
    if shutil.which("mmdebstrap") is None:
        _install_mmdebstrap(say)
    root, part = cache.resolve() / ROOT, cache.resolve() / f"{ROOT}.part"
    cache.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(part, ignore_errors=True)
    say(
        f"Fetching Asterisk from Debian unstable into {root} (360 MB, about a minute; nothing on the host changes)."
    )
    _run(mmdebstrap_command(part, mirror, as_root=os.geteuid() == 0))
    part.rename(root)
    program = in_root(root)
    if program is None:
        raise NoAsteriskError(f"What was fetched into {root} does not run on this machine.\n{_INSTALL}")
    return program


def mmdebstrap_command(target: Path, mirror: str, *, as_root: bool) -> list[str]:
    """Packages are unpacked and set up inside `target` only. Without root, inside a user namespace."""
    return [
        "mmdebstrap",
        "--variant=minbase",
        "--mode=root" if as_root else "--mode=unshare",
        '--aptopt=Acquire::Check-Valid-Until "false"',
        '--aptopt=APT::Install-Recommends "false"',
        "--skip=output/dev",
        f"--include={_PACKAGES}",
        "--quiet",
        "sid",
        str(target),
        mirror,
    ]


def _install_mmdebstrap(say: Callable[[str], None]) -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NoAsteriskError(
            f"To fetch a private Asterisk: sudo apt-get install mmdebstrap uidmap\nOr: {_INSTALL}"
        )
    say("Installing mmdebstrap (as root, by apt-get), to fetch Asterisk into a private directory.")
    _run(["apt-get", "update", "-qq"])
    _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "mmdebstrap"])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).splitlines()[-8:])
        raise NoAsteriskError(f"{command[0]} failed:\n{said}\n{_INSTALL}")
