# SPDX-License-Identifier: Apache-2.0
"""What Asterisk and the CRM would say to each other about a call, line by line: with the server, or in this process."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crm_core.domain.errors import CrmError
from crm_core.domain.routing.live import RouteRequest
from pbx_bridge.agi_lines import Answer, parse_request
from pbx_bridge.agi_settings import FastAgiSettings
from pbx_bridge.agi_verb import Verb
from pbx_bridge.fastagi import Handler
from pbx_bridge.route_agi import TRIAL

_SECONDS = 5.0
_DONE = "200 result=1"  # what Asterisk answers to each command


class DialogueError(CrmError):
    """The server took the call and did not end it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    of_asterisk: bool
    text: str

    def __str__(self) -> str:
        return f"{'asterisk' if self.of_asterisk else 'rolodial'}  {self.text}"


def environment(ask: RouteRequest, verb: Verb, host: str) -> list[str]:
    """The lines a real Asterisk sends first; those that no verb reads are left out."""
    said = {
        "pbx": ask.pbx,
        "linkedid": f"{TRIAL}{ask.at.timestamp():.3f}",
        "did": ask.did,
        "language": ask.language,
        "menu": ask.menu,
        "order_number": ask.order_number,
        "client_number": ask.client_number,
    }
    lines = {
        "agi_network": "yes",
        "agi_network_script": verb.name,
        "agi_request": f"agi://{host}/{verb.name}",
        "agi_channel": f"{ask.trunk or 'PJSIP/trial'}-00000001",
        "agi_uniqueid": said["linkedid"],
        "agi_callerid": ask.caller or "unknown",
        "agi_calleridname": ask.caller_name or "unknown",
        "agi_callingpres": ask.presentation,
    }
    lines |= {f"agi_arg_{number}": said[name] for number, name in enumerate(verb.arguments, 1)}
    return [f"{key}: {' '.join(value.split())}" for key, value in lines.items()]


async def with_server(lines: Sequence[str], settings: FastAgiSettings) -> list[Line] | None:
    """None: nobody listens there."""
    try:
        reader, writer = await asyncio.open_connection(settings.host, settings.port)
    except OSError:
        return None
    told = [Line(of_asterisk=True, text=line) for line in (*lines, "")]
    try:
        async with asyncio.timeout(_SECONDS):
            writer.write(_bytes(lines))
            while command := (await reader.readline()).decode("utf-8", "replace").rstrip("\n"):
                told += [Line(of_asterisk=False, text=command), Line(of_asterisk=True, text=_DONE)]
                writer.write(f"{_DONE}\n".encode())
    except TimeoutError:
        raise DialogueError from None
    finally:
        writer.close()
    return told


def in_process(lines: Sequence[str], handler: Handler) -> list[Line]:
    told = [Line(of_asterisk=True, text=line) for line in (*lines, "")]
    answer = handler(parse_request(_bytes(lines)[:-2]))
    return [*told, *_commands(answer)] if isinstance(answer, Answer) else told


def _commands(answer: Answer) -> Iterator[Line]:
    for command in answer.lines():
        yield Line(of_asterisk=False, text=command.decode().rstrip("\n"))
        yield Line(of_asterisk=True, text=_DONE)


def _bytes(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n\n").encode("utf-8", "surrogateescape")
