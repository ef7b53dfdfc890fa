# SPDX-License-Identifier: Apache-2.0
"""A real call by a demo client: the outside world is asked to dial our number through the trunk."""

import asyncio
import json
import re
from pathlib import Path

from crm_core.domain.errors import CrmError, InvalidInputError

OUR_NUMBER = "+74951112233"
_NUMBER = re.compile(r"\+?[0-9]{3,15}\Z", re.ASCII)
_ANSWER_S = 5.0


class DemoWorldError(CrmError):
    """The outside world of the demo is not running. `make run` starts it."""


async def place_demo_call(control: Path, number: str, *, did: str = OUR_NUMBER, talk_s: int = 18) -> None:
    """`number` calls `did`; returns when the call is on its way. `control` is the running world's control file."""
    for value in (number, did):
        if not _NUMBER.match(value):
            raise InvalidInputError(f"{value!r} is not a telephone number such as +79161000001", number=value)
    try:
        access = json.loads(await asyncio.to_thread(control.read_text))
        async with asyncio.timeout(_ANSWER_S):
            await _originate(access, number, did, talk_s)
    except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError) as error:
        raise DemoWorldError from error


async def _originate(access: dict[str, str], number: str, did: str, talk_s: int) -> None:
    reader, writer = await asyncio.open_connection(access["host"], int(access["port"]))
    try:
        await reader.readline()
        login = {"Action": "Login", "Username": access["user"], "Secret": access["secret"], "Events": "off"}
        await _act(reader, writer, login)
        call = {
            "Action": "Originate",
            "Channel": f"PJSIP/{did}@pbx",
            "CallerID": f"<{number}>",
            "Context": "client",
            "Exten": "s",
            "Priority": "1",
            "Timeout": "180000",
            "Variable": f"TALK={talk_s}",
            "Async": "true",
        }
        await _act(reader, writer, call)
    finally:
        writer.close()


async def _act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, action: dict[str, str]) -> None:
    writer.write("".join(f"{key}: {value}\r\n" for key, value in action.items()).encode() + b"\r\n")
    while True:
        answer = (await reader.readuntil(b"\r\n\r\n")).decode(errors="replace")
        if answer.startswith("Response: Success"):
            return
        if answer.startswith("Response:"):
            raise DemoWorldError(f"The outside world refused: {answer.partition('Message: ')[2].strip()}")
