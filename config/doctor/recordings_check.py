# SPDX-License-Identifier: Apache-2.0
"""Is the directory of recordings there, ours to read and empty, and the one that the PBX writes to."""

import os
from collections.abc import Iterator
from pathlib import Path

from config.doctor.finding import Finding, broken, ok, warning
from config.doctor.trial import Trial


def judge_directory(spool: Path | None) -> Finding | None:
    """As this host sees it; None when nothing is wrong with it."""
    if spool is None:
        return warning(
            "recordings",
            "where the PBX writes recordings is not told",
            "Set spool of this PBX in the settings.",
        )
    owner = "Let Rolodial's user be in Asterisk's group, and the directory be 2770."
    if not spool.is_dir():
        return broken(
            "recordings",
            f"there is no directory {spool}",
            "Correct spool of this PBX in the settings, or mount what ROLODIAL_SPOOL in rolodial-site.conf names.",
        )
    if not os.access(spool, os.R_OK | os.X_OK):
        return broken("recordings", f"we may not read {spool}", owner)
    if not os.access(spool, os.W_OK):
        return warning("recordings", f"{spool} fills up: we may not remove what is in it", owner)
    return None


def judge_file(trial: Trial, spool: Path, written_to: str) -> Iterator[Finding]:
    """`written_to`: ROLODIAL_SPOOL of the dialplan."""
    if not written_to:
        yield broken(
            "recordings",
            "the dialplan does not know ROLODIAL_SPOOL",
            "Set it under [globals] in rolodial-site.conf.",
        )
    elif trial.file_after_s is None and Path(written_to) != spool:
        yield broken(
            "recordings",
            f"the PBX writes to {written_to}, we look in {spool}; the test call's file is not there",
            "Let spool of this PBX in the settings and ROLODIAL_SPOOL in rolodial-site.conf be one directory.",
        )
    elif trial.file_after_s is None:
        yield broken(
            "recordings",
            f"the PBX should write to {spool}, but the test call's file is not there",
            "May Asterisk's user write there, is app_mixmonitor.so loaded, is its disk full? A container sees its own.",
        )
    elif trial.file_left:
        yield warning(
            "recordings",
            f"{spool / trial.file} could not be removed: {trial.file_left}",
            "Recordings are removed once they are kept. Let Rolodial's user be in Asterisk's group.",
        )
    else:
        yield ok("recordings", f"the test call's file appeared in {spool}")
