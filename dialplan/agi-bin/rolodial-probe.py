#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs on the PBX: is Rolodial's FastAGI seen from here, how quickly, and does it answer? For `rolodial doctor`.

From a shell, `rolodial-probe.py 127.0.0.1:4573 main` prints one line; from the dialplan, ROLODIAL_PROBE is set to it:
`ok|<ms>|` or `failed|<ms>|<why>`. Beside Python only asterisk.agi (pyst2) is needed.
"""

import os
import socket
import sys
import time

_TIMEOUT = 2.0
_REQUEST = "agi_network: yes\nagi_network_script: ping\nagi_request: agi://{at}/ping\nagi_arg_1: {pbx}\n\n"


def ask(at: str, pbx: str) -> str:
    """One request as Asterisk would send it."""
    host, _, port = at.rpartition(":")
    began = time.monotonic()
    try:
        with socket.create_connection((host, int(port)), timeout=_TIMEOUT) as link:
            link.sendall(_REQUEST.format(at=at, pbx=pbx).encode())
            line = link.makefile("r", encoding="utf-8", errors="replace").readline().strip()
    except TimeoutError:
        why = "it is silent"
    except (OSError, ValueError) as error:
        why = str(getattr(error, "strerror", None) or error)
    else:
        why = "" if "ROLODIAL_PONG=1" in line else "something else answers there"
    return f"{'failed' if why else 'ok'}|{(time.monotonic() - began) * 1000:.1f}|{why}"


def main(arguments: list[str]) -> int:
    found = ask(arguments[0], arguments[1] if len(arguments) > 1 else "main")
    if "AST_AGI_DIR" in os.environ:  # Asterisk tells every AGI program its directories
        from asterisk.agi import AGI

        AGI().set_variable("ROLODIAL_PROBE", found)
    else:
        sys.stdout.write(found + "\n")
    return 0 if found.startswith("ok") else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
