# SPDX-License-Identifier: Apache-2.0
"""Has our AMI user exactly the rights it needs: ListCommands names what it may do."""

from collections.abc import Collection, Iterator

from config.doctor.finding import Finding, broken, ok, warning

# Action -> the right in manager.conf `write` that opens it, and what does not work without it.
NEEDED = {
    "Originate": ("originate", "click-to-call and writing fallback routes"),
    "Setvar": ("call", "telling the PBX who is away"),
    "Hangup": ("call", "hanging up from the screen"),
    "Getvar": ("call", "requests to be called back that the dialplan wrote down, and this doctor"),
    "CoreStatus": ("reporting", "telling one start of the PBX from another, on which ids of calls rest"),
    "CoreSettings": ("reporting", "knowing Asterisk's version"),
    "CoreShowChannels": ("reporting", "knowing the calls that were going on when Rolodial came"),
    "DeviceStateList": ("reporting", "knowing which phones are free"),
}
_MODULES = {"DeviceStateList": "res_manager_devicestate"}
# Actions that only one class of rights opens, and what it can do to the PBX.
_TOO_MUCH = {
    "Command": ("command", "the whole console of Asterisk, '!' included"),
    "DBPut": ("system", "a shell: MixMonitor runs any command"),
    "UpdateConfig": ("config", "rewriting every configuration file"),
}
_WRITE = "write = call,originate,agent,reporting"


def judge_rights(actions: Collection[str], user: str) -> Iterator[Finding]:
    """`actions`: all that the user may do."""
    findings = [*_too_few(actions, user), *_too_many(actions, user)]
    yield from findings or [ok("rights", f"the AMI user {user!r} may do what is needed, and no more")]


def _too_few(actions: Collection[str], user: str) -> Iterator[Finding]:
    lacking = [action for action in NEEDED if action not in actions]
    rights = {NEEDED[action][0] for action in actions if action in NEEDED}
    for action in lacking:
        right, purpose = NEEDED[action]
        module = _MODULES.get(action)
        if module and right in rights:
            yield broken(
                "rights", f"the PBX has no action {action}: {purpose}", f"Load {module}.so in modules.conf."
            )
        else:
            yield broken(
                "rights",
                f"the AMI user {user!r} may not {action}, which is needed for: {purpose}",
                f"It lacks '{right}': in manager.conf [{user}] {_WRITE}; then 'manager reload'.",
            )


def _too_many(actions: Collection[str], user: str) -> Iterator[Finding]:
    for action, (right, means) in _TOO_MUCH.items():
        if action in actions:
            yield warning(
                "rights",
                f"the AMI user {user!r} has '{right}', which it does not need: {means}",
                f"In manager.conf [{user}] {_WRITE}; then 'manager reload'.",
            )


def judge_read(read: str | None, user: str) -> Iterator[Finding]:
    """`read` as manager.conf says it; None when that could not be asked."""
    if read is None:
        return
    classes = {part.strip() for part in read.split(",")}
    lacking = {"call", "agent"} - classes if "all" not in classes else set()
    more = classes & {"all", "system", "dialplan", "verbose", "log", "dtmf", "security", "command"}
    if lacking:
        yield broken(
            "rights",
            f"the AMI user {user!r} does not hear of {' and '.join(sorted(lacking))} (read = {read})",
            f"In manager.conf [{user}] read = call,agent; then 'manager reload'.",
        )
    if more:
        yield warning(
            "rights",
            f"the AMI user {user!r} hears more than it needs (read = {read})",
            f"In manager.conf [{user}] read = call,agent: the rest is a flood that costs both sides.",
        )
