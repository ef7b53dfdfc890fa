# SPDX-License-Identifier: Apache-2.0
"""The one door through which actions reach AMI: what could add a header or an action of its own is refused."""

import re
from collections.abc import Iterator, Mapping
from uuid import UUID

from crm_core.domain.errors import InvalidInputError
from crm_core.domain.ids import ORIGINATED

LONGEST_VALUE = 1024  # bytes; Asterisk reads a line into a buffer of 1025
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9]{0,39}")
# One LF ends a header, two end the action; NUL cuts the value behind every check made before.
_FORBIDDEN = re.compile(r"[\r\n\0]")
_NUMBER = re.compile(r"\+?[0-9]{2,20}|[*#][0-9*#]{1,7}")  # as the patterns of rolodial-click
_DEVICE = re.compile(r"(?!Local/)[A-Za-z][A-Za-z0-9]{1,15}/[A-Za-z0-9_.+-]{1,80}")
_EXTENSION = re.compile(r"[A-Za-z0-9_-]{1,40}")
_QUEUE = re.compile(r"[A-Za-z0-9_-]{1,80}")
_VARIABLES = {
    "ROLODIAL_CALL": re.compile(r"[0-9a-f-]{36}"),
    "ROLODIAL_EXT": _EXTENSION,
}
CLICK_CONTEXT = "rolodial-click"
RING_OPERATOR_MS = 30_000
LONGEST_REASON = 70  # app_queue keeps 79 bytes

Headers = Mapping[str, str | list[str]]


def check(headers: Headers) -> None:
    """Raise InvalidInputError, naming the header and never the value (it may be the secret)."""
    for header, value in _each(headers):
        if not _HEADER.fullmatch(header):
            raise InvalidInputError(f"{header!r} is not an AMI header")
        if _FORBIDDEN.search(value):
            raise InvalidInputError(f"{header} must not hold a line break or NUL", header=header)
        if len(value.encode("utf-8", "surrogatepass")) > LONGEST_VALUE:
            raise InvalidInputError(f"{header} is longer than {LONGEST_VALUE} bytes", header=header)
        if not _encodable(value):
            raise InvalidInputError(f"{header} is not text", header=header)


def encode(headers: Headers) -> bytes:
    """An action as AMI reads it, `Action` first."""
    check(headers)
    lines = [f"Action: {headers['Action']}"]
    lines += [f"{header}: {value}" for header, value in _each(headers) if header != "Action"]
    return "\r\n".join([*lines, "", ""]).encode()


def _each(headers: Headers) -> Iterator[tuple[str, str]]:
    for header, value in headers.items():
        for one in value if isinstance(value, list) else [value]:
            yield header, str(one)


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def originate(*, call_id: UUID, device: str, extension: str, number: str) -> dict[str, str | list[str]]:
    """Ring the operator's own device; when it answers, the dialplan takes the number. Never Application or Data.

    The channel's id carries the call's id, so the call is known before its first event.
    """
    if not _NUMBER.fullmatch(number):
        raise InvalidInputError(
            "a number to dial is 2 to 20 digits, or a service code such as *97", number=number
        )
    if not _DEVICE.fullmatch(device):
        raise InvalidInputError(f"{device!r} is not a device such as PJSIP/101", device=device)
    return {
        "Action": "Originate",
        "Channel": device,
        "Context": CLICK_CONTEXT,
        "Exten": number,
        "Priority": "1",
        "CallerID": f"<{number}>",  # for the display of the operator's phone; the dialplan puts their own back
        "Timeout": str(RING_OPERATOR_MS),
        "ChannelId": f"{ORIGINATED}{call_id}",
        "Variable": variables({"ROLODIAL_CALL": str(call_id), "ROLODIAL_EXT": extension}),
        "Async": "true",
    }


def variables(values: Mapping[str, str]) -> list[str]:
    """Only names from the list, only values of their own shape: Setvar and Originate reach functions otherwise."""
    for name, value in values.items():
        shape = _VARIABLES.get(name)
        if shape is None or not shape.fullmatch(value):
            raise InvalidInputError(f"the variable {name} may not be set to this", variable=name)
    return [f"{name}={value}" for name, value in values.items()]


def set_available(extension: str, *, available: bool, meeting: bool = False) -> dict[str, str | list[str]]:
    """The custom device state that the dialplan re-checks before it rings the extension: as *78, *77 and *79 set it."""
    if not _EXTENSION.fullmatch(extension):
        raise InvalidInputError(f"{extension!r} is not an extension", extension=extension)
    return {
        "Action": "Setvar",
        "Variable": f"DEVICE_STATE(Custom:rolodial-{extension})",
        "Value": "NOT_INUSE" if available else "INUSE" if meeting else "BUSY",
    }


def unpause(extension: str) -> dict[str, str | list[str]]:
    """In all queues: who is available is rung by them too. `set_available` checks the extension."""
    return {"Action": "QueuePause", "Interface": f"PJSIP/{extension}", "Paused": "false"}


def pause(extension: str, reason: str) -> dict[str, str | list[str]]:
    """In all queues, as their own reports name it. `set_available` checks the extension."""
    return {
        "Action": "QueuePause",
        "Interface": f"PJSIP/{extension}",
        "Paused": "true",
        "Reason": " ".join(reason.split())[:LONGEST_REASON],
    }


def queue_member(queue: str, extension: str, *, joins: bool) -> dict[str, str | list[str]]:
    """As the members of templates/queues.conf: the state is phone and person together."""
    if not _QUEUE.fullmatch(queue):
        raise InvalidInputError(f"{queue!r} is not a queue", queue=queue)
    if not _EXTENSION.fullmatch(extension):
        raise InvalidInputError(f"{extension!r} is not an extension", extension=extension)
    member = {"Queue": queue, "Interface": f"PJSIP/{extension}"}
    if not joins:
        return {"Action": "QueueRemove", **member}
    state = f"hint:{extension}@rolodial-available"
    return {"Action": "QueueAdd", **member, "MemberName": extension, "StateInterface": state}


RELOAD_QUEUES: Headers = {"Action": "QueueReload", "Parameters": "yes"}  # options alone; needs no right


def mute_recording(uniqueid: str, *, muted: bool) -> dict[str, str | list[str]]:
    """MixMonitor goes on and writes zeros, so that the file stays as long as the call."""
    return {
        "Action": "MixMonitorMute",
        "Channel": uniqueid,
        "Direction": "both",
        "State": "1" if muted else "0",
    }


def fetch_routes() -> dict[str, str | list[str]]:
    """A Local channel of the dialplan that asks us over FastAGI for what its AstDB lacks."""
    return {
        "Action": "Originate",
        "Channel": "Local/sync@rolodial-sync/n",
        "Context": "rolodial-sync",
        "Exten": "idle",
        "Priority": "1",
        "Async": "true",
    }
