# SPDX-License-Identifier: Apache-2.0
"""CEL, the second witness: is it written, where we look, in our shape, in time, and not over AMI."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from config.doctor.ami_session import AmiSession
from config.doctor.finding import Finding, broken, ok, warning
from config.doctor.trial import Trial

_WITHIN_S = 1.0
_EVENTS = ("CHAN_START", "CHAN_END", "ANSWER", "BRIDGE_ENTER", "BRIDGE_EXIT", "LINKEDID_END", "USER_DEFINED")
_SAMPLES = "dialplan/templates/cel.conf and cel_custom.conf"


async def read_cel_conf(session: AmiSession) -> dict[str, str | None]:
    """As the file says; it may have been changed after Asterisk read it."""
    keys = [("general", "enable"), ("general", "apps"), ("general", "events"), ("manager", "enabled")]
    return {f"{category}.{key}": await session.config("cel.conf", category, key) for category, key in keys}


def judge_cel_conf(said: Mapping[str, str | None]) -> Iterator[Finding]:
    enable, apps, events = (said.get(f"general.{key}") for key in ("enable", "apps", "events"))
    if enable is not None and not _is_yes(enable):
        yield broken(
            "cel", f"cel.conf says enable = {enable}", f"enable = yes, then 'module reload cel'. {_SAMPLES}."
        )
    if apps is not None and "all" in _parts(apps):
        yield broken(
            "cel",
            "cel.conf says apps = all, which makes Asterisk write no APP_START at all",
            "apps = dial,queue,park,voicemail,confbridge; then 'module reload cel'.",
        )
    if events is not None and "all" not in _parts(events):
        lacking = [name for name in _EVENTS if name.lower() not in _parts(events)]
        if lacking:
            yield warning(
                "cel", f"cel.conf leaves out {', '.join(lacking)}", f"{_SAMPLES} name what is needed."
            )
    if _is_yes(said.get("manager.enabled") or ""):
        yield warning(
            "cel",
            "cel.conf sends CEL over AMI too, to every user with read = call",
            "In cel.conf [manager]: enabled = no. It floods us and dies with the same connection.",
        )


def judge_cel_rows(trial: Trial, path: Path | None) -> Iterator[Finding]:
    if path is None:
        yield warning(
            "cel",
            "where the PBX writes CEL is not told",
            "Set cel_file of this PBX in the settings: <astlogdir>/cel-custom/rolodial.csv.",
        )
    elif trial.cel_strange:
        yield broken(
            "cel",
            f"rows in {path} are not of the shape we read",
            f"Take over {_SAMPLES}: fields and their order.",
        )
    elif trial.cel_after_s is None:
        there = "it does not grow" if path.is_file() else "there is no such file"
        yield broken(
            "cel",
            f"no CEL row of the test call in {path}: {there}",
            f"Is cel_custom.so loaded ('cel show status'), and this the file of this PBX? {_SAMPLES}.",
        )
    elif trial.cel_after_s > _WITHIN_S:
        yield warning(
            "cel",
            f"CEL rows arrive {trial.cel_after_s:.1f} s late",
            "Another CEL backend (SQLite, ODBC) holds all of them up: unload it, or see that it keeps pace.",
        )
    elif not any(row["userdeftype"] == "ROLODIAL_DOCTOR" for row in trial.cel):
        yield broken(
            "cel",
            "CEL rows arrive, but not those that our dialplan writes",
            "Load app_celgenuserevent.so, and let events in cel.conf have USER_DEFINED.",
        )
    else:
        yield ok(
            "cel",
            f"{len(trial.cel)} rows of the test call, the first after {trial.cel_after_s * 1000:.0f} ms",
        )


def _parts(text: str) -> set[str]:
    return {part.strip().lower() for part in text.split(",")}


def _is_yes(text: str) -> bool:
    return text.strip().lower() in {"yes", "true", "y", "t", "1", "on"}
