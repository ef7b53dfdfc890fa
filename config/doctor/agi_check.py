# SPDX-License-Identifier: Apache-2.0
"""Is Rolodial's FastAGI there, and does the PBX itself get its answer."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from enum import StrEnum

from config.doctor.finding import Finding, broken, ok, warning
from config.doctor.settings_check import is_loopback
from config.doctor.trial import Trial
from pbx_bridge.agi_settings import FastAgiSettings
from pbx_bridge.fastagi import FastAgiServer
from pbx_bridge.route_agi import ping

_WITHIN_S = 2.0
_SLOW_MS = 150.0  # half of what a call waits
_REQUEST = b"agi_network: yes\nagi_network_script: ping\nagi_request: agi://doctor/ping\n\n"
_PONG = b"ROLODIAL_PONG"


class Listener(StrEnum):
    """Who listens at our FastAGI address, as seen from this host."""

    OURS = "ours"
    NOBODY = "nobody"
    SILENT = "silent"
    FOREIGN = "foreign"


async def who_listens(settings: FastAgiSettings) -> Listener:
    try:
        async with asyncio.timeout(_WITHIN_S):
            reader, writer = await asyncio.open_connection(_host(settings), settings.port)
            try:
                writer.write(_REQUEST)
                line = await reader.readline()
            finally:
                writer.close()
    except TimeoutError:
        return Listener.SILENT
    except ConnectionRefusedError:
        return Listener.NOBODY
    except OSError:
        return Listener.FOREIGN
    return Listener.OURS if _PONG in line else Listener.FOREIGN


def judge_listener(listener: Listener, settings: FastAgiSettings) -> Finding | None:
    """None for nobody: then Rolodial does not run, which is said elsewhere."""
    at = f"{settings.host}:{settings.port}"
    if listener is Listener.OURS:
        return ok("fastagi", f"Rolodial answers at {at}")
    if listener is Listener.SILENT:
        return broken(
            "fastagi", f"who listens at {at} is silent", "Is Rolodial stopped (SIGSTOP) or hung? Restart it."
        )
    if listener is Listener.FOREIGN:
        return broken(
            "fastagi",
            f"another program answers at {at}",
            "Give Rolodial another port: fastagi.port in its settings and ROLODIAL_AGI in rolodial-site.conf.",
        )
    return None


@asynccontextmanager
async def stand_in(settings: FastAgiSettings) -> AsyncIterator[None]:
    """Answers /ping in the server's place, so that the PBX's side can be tried before the server is started."""
    server = FastAgiServer(settings, {"ping": ping})
    try:
        await server.start()
    except OSError:
        yield
        return
    try:
        yield
    finally:
        await server.stop()


def judge_probe(trial: Trial, asked: str, settings: FastAgiSettings, *, stood_in: bool) -> Iterator[Finding]:
    """`asked`: ROLODIAL_AGI of the dialplan, agi://host:port."""
    verdict, _, rest = trial.probe.partition("|")
    ms, _, why = rest.partition("|")
    if not asked:
        yield broken(
            "agi", "the dialplan does not know ROLODIAL_AGI", "Set it under [globals] in rolodial-site.conf."
        )
    elif not verdict:
        yield broken(
            "agi",
            "the probe on the PBX gave no answer",
            "Copy dialplan/agi-bin/rolodial-probe.py into Asterisk's AGI directory (astagidir), executable, for a "
            "python3 with pyst2; look for rolodial-probe in Asterisk's log.",
        )
    elif verdict == "ok":
        yield _answered(float(ms), asked, stood_in=stood_in)
    else:
        yield _not_answered(asked, why, settings)


def judge_host(asked: str, over_http: str, settings: FastAgiSettings) -> Iterator[Finding]:
    """`over_http`: ROLODIAL_HTTP of the dialplan, http://host:port; anything else means that it is not used."""
    if over_http.startswith("http"):
        port = over_http.rstrip("/").rpartition(":")[2]
        if port != str(settings.http_port):
            yield broken(
                "agi",
                f"the dialplan asks {over_http}, but Rolodial answers over HTTP "
                + (f"on port {settings.http_port}" if settings.http_port else "nowhere"),
                "Let fastagi.http_port in Rolodial's settings and ROLODIAL_HTTP in rolodial-site.conf name one port.",
            )
    elif asked and not is_loopback(_address(asked).rpartition(":")[0]):
        yield warning(
            "agi",
            f"the dialplan asks {asked}, which is not the PBX's own loopback",
            "An unreachable host holds up each call for 2 s, and no setting of Asterisk shortens that: let callers' "
            "questions go over HTTP (ROLODIAL_HTTP and fastagi.http_port: docs/dialplan.md).",
        )


def _answered(ms: float, asked: str, *, stood_in: bool) -> Finding:
    who = "this doctor, in Rolodial's place," if stood_in else "Rolodial"
    if ms > _SLOW_MS and not stood_in:
        return warning(
            "agi",
            f"{who} answers the PBX at {asked}, but only after {ms:.0f} ms",
            "A call waits 300 ms at most. Is this machine overloaded?",
        )
    return ok("agi", f"{who} answers the PBX at {asked} in {ms:.1f} ms, seen from there")


def _not_answered(asked: str, why: str, settings: FastAgiSettings) -> Finding:
    if _address(asked).rpartition(":")[2] != str(settings.port):
        return broken(
            "agi",
            f"the PBX asks {asked}, but Rolodial listens on port {settings.port}; there: {why}",
            f"In rolodial-site.conf: ROLODIAL_AGI = agi://127.0.0.1:{settings.port}; then 'dialplan reload'.",
        )
    return broken(
        "agi",
        f"the PBX asks {asked}: {why}",
        "From the PBX's own host that address must lead to Rolodial: look at fastagi.host and fastagi.allowed, at "
        "containers and firewalls between them. Calls go by AstDB or to the default queue meanwhile.",
    )


def _address(asked: str) -> str:
    return asked.removeprefix("agi://").partition("/")[0]


def _host(settings: FastAgiSettings) -> str:
    return "127.0.0.1" if settings.host in {"0.0.0.0", "::", ""} else settings.host  # noqa: S104 - compared
