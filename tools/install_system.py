#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""System packages that `make run` and `make test` need, installed by apt; what is done is said beforehand.

    python3 tools/install_system.py run     what a private Asterisk needs to be fetched
    python3 tools/install_system.py test    and SIPp, Chromium and PostgreSQL, so that no test is skipped
    python3 tools/install_system.py chaos   and what `make chaos` and `make survival` set clocks and drop packets with

Needs Python's standard library only. Without root it uses sudo if that asks for no password, else says what to type.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path


def _postgresql() -> bool:
    return shutil.which("initdb") is not None or any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def _asterisk() -> bool:
    fetched = Path(__file__).resolve().parent.parent / ".cache/asterisk-root/usr/sbin/asterisk"
    return fetched.exists() or any(shutil.which(name) for name in ("asterisk", "mmdebstrap"))


_RUN = {"mmdebstrap": (_asterisk, "fetches Asterisk into a private directory")}
_TEST = {
    **_RUN,
    "sip-tester": (lambda: shutil.which("sipp") is not None, "SIPp: clients and phones with real sound"),
    "chromium": (
        lambda: any(map(shutil.which, ("chromium", "chromium-browser"))),
        "the browser of the tests",
    ),
    "curl": (lambda: shutil.which("curl") is not None, "runs the examples of the documentation"),
    "postgresql": (_postgresql, "the second database; its own service is not used"),
}
_CHAOS = {
    **_TEST,
    "faketime": (lambda: shutil.which("faketime") is not None, "sets the clock of one process alone"),
    "iptables": (lambda: shutil.which("iptables") is not None, "drops packets of one port"),
}
_WANTED = {"run": _RUN, "test": _TEST, "chaos": _CHAOS}


def missing(purpose: str) -> dict[str, str]:
    """Package and what it is for."""
    return {name: why for name, (there, why) in _WANTED[purpose].items() if not there()}


def main(arguments: list[str]) -> int:
    purpose = arguments[0] if arguments else "test"
    if purpose not in _WANTED:
        print(__doc__)
        return 2
    packages = missing(purpose)
    if not packages:
        return 0
    print(f"These system packages are missing for `make {purpose}`:")
    for name, why in packages.items():
        print(f"  {name:12} {why}")
    return _install(list(packages))


def _install(packages: list[str]) -> int:
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    before = _as_root()
    if before is None or shutil.which("apt-get") is None:
        print(f"Please install them, and run this again:  sudo {' '.join(command)}")
        return 1
    print(f"Installing them as root:  {' '.join(command)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*before, "apt-get", "update", "-qq"], check=False, env=environment)
    done = subprocess.run(
        [*before, "env", "DEBIAN_FRONTEND=noninteractive", *command], check=False, env=environment
    )
    return done.returncode


def _as_root() -> list[str] | None:
    """What stands before a command that needs root; None when we may not."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
