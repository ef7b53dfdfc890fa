# SPDX-License-Identifier: Apache-2.0
"""A log that cannot be written costs its lines, and nothing else."""

import subprocess
import sys
from pathlib import Path

SAYS = """
import logging, structlog
from config.logging import set_up_logging
set_up_logging()
structlog.get_logger().error("one")
logging.getLogger("of a library").warning("two")
try:
    raise ValueError
except ValueError:
    structlog.get_logger().exception("three")
raise SystemExit(7)
"""


def test_a_full_disk_under_the_log_ends_nothing():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-c", SAYS], stderr=full, check=False, timeout=60)
    assert done.returncode == 7
