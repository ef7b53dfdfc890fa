# SPDX-License-Identifier: Apache-2.0
"""Is our dialplan in the PBX, do its trunks and phones lead into it, does it know our people's extensions."""

from collections.abc import Iterator, Mapping, Sequence

from config.doctor.ami_session import AmiSession
from config.doctor.finding import Finding, broken, ok, warning
from config.settings import PbxSettings
from crm_core.domain.people import Extension
from crm_core.ports.clock import Clock
from crm_core.ports.store import Store
from pbx_bridge.ami_errors import ActionRefusedError

_NUMBER = "+70000000000"  # for patterns
NEEDED = (
    ("rolodial-inbound", "s"), ("rolodial-ask", "s"), ("rolodial-fallback", "s"), ("rolodial-walk", "s"),
    ("rolodial-step", "0dial"), ("rolodial-free", "s"), ("rolodial-record", "s"), ("rolodial-sync", "sync"),
    ("rolodial-sync", "doctor"), ("rolodial-outside", "s"), ("rolodial-inside", "s"), ("rolodial-click", _NUMBER),
    ("rolodial-transfer", _NUMBER), ("rolodial-forward", _NUMBER), ("rolodial-verb", "s"), ("rolodial-identify", "s"),
    ("rolodial-may", "s"), ("rolodial-callback", "s"), ("rolodial-step", "0callback"),
)  # fmt: skip
_INBOUND, _INTERNAL = "rolodial-inbound", "rolodial-internal"


async def check_contexts(
    session: AmiSession, pbx: PbxSettings, extensions: Sequence[Extension]
) -> list[Finding]:
    if not await session.get("DIALPLAN_EXISTS(rolodial-inbound,s,1)"):
        advice = "Load func_dialplan.so in modules.conf."
        return [
            broken("dialplan", "the PBX lacks the function DIALPLAN_EXISTS, which our dialplan uses", advice)
        ]
    lacking = [where for where in NEEDED if not await _exists(session, *where)]
    unknown = [one.extension for one in extensions if not await _is_known(session, one.extension)]
    findings = [*judge_lacking(lacking), *judge_name(await session.get("ROLODIAL_PBX"), pbx.name)]
    findings += judge_extensions(unknown)
    findings += judge_ways(await _ways(session, pbx.profile.trunks, _INBOUND), _INBOUND, "trunk")
    findings += judge_ways(await _ways(session, tuple(pbx.profile.extensions), _INTERNAL), _INTERNAL, "phone")
    return findings or [ok("dialplan", "Rolodial's contexts are there; trunks and phones lead into them")]


async def extensions_on(store: Store, pbx: str, clock: Clock) -> list[Extension]:
    async with store.read() as tx:
        return [one for one in await tx.people.extensions(clock()) if one.pbx == pbx]


def judge_lacking(lacking: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    if lacking:
        said = ", ".join(
            context if exten == _NUMBER else f"{context} ({exten})" for context, exten in lacking
        )
        yield broken(
            "dialplan",
            f"the PBX lacks of Rolodial's dialplan: {said}",
            'Copy dialplan/rolodial*.conf of this version, #include "rolodial.conf" in extensions.conf, '
            "'dialplan reload'.",
        )


def judge_name(said: str, ours: str) -> Iterator[Finding]:
    if said != ours:
        yield broken(
            "dialplan",
            f"the PBX calls itself {said or 'nothing'} (ROLODIAL_PBX), we call it {ours}",
            f"In rolodial-site.conf: ROLODIAL_PBX = {ours}; then 'dialplan reload'. Calls are matched by that name.",
        )


def judge_extensions(unknown: Sequence[str]) -> Iterator[Finding]:
    if unknown:
        yield broken(
            "dialplan",
            f"the dialplan does not know the extensions {', '.join(unknown)}",
            "Give each a line in rolodial-devices and rolodial-extensions (rolodial-site.conf), or end it in Rolodial.",
        )


def judge_ways(ways: Mapping[str, tuple[str, bool]], target: str, what: str) -> Iterator[Finding]:
    """Endpoint -> its context, and whether that leads into ours."""
    astray = [f"{name} (context {context})" for name, (context, leads) in ways.items() if not leads]
    if astray:
        yield warning(
            "dialplan",
            f"calls from the {what} {', '.join(astray)} do not come into {target}",
            f"In pjsip.conf: context = {target}; or include => {target} in that context.",
        )


async def _is_known(session: AmiSession, extension: str) -> bool:
    return extension.isalnum() and await _exists(session, "rolodial-devices", extension)


async def _exists(session: AmiSession, context: str, exten: str) -> bool:
    return await session.get(f"DIALPLAN_EXISTS({context},{exten},1)") == "1"


async def _ways(session: AmiSession, devices: Sequence[str], target: str) -> dict[str, tuple[str, bool]]:
    """Of the PJSIP endpoints that are named without a wildcard; AMI lists them only to those with a shell."""
    ways = {}
    for device in devices:
        technology, _, name = device.partition("/")
        if technology == "PJSIP" and name.replace("-", "").replace("_", "").isalnum():
            context = await session.get(f"PJSIP_ENDPOINT({name},context)")
            if context:
                ways[device] = (context, context == target or await _leads(session, context, target))
    return ways


async def _leads(session: AmiSession, context: str, target: str) -> bool:
    """Whether the context includes ours, or has a line that names it."""
    session.events.clear()
    try:
        await session.ask({"Action": "ShowDialPlan", "Context": context})
    except ActionRefusedError as error:
        return "Permission" in str(error)  # the right is complained of elsewhere
    lines = [event for event in session.events if event.name == "ListDialplan"]
    return any(target in (line.get("IncludeContext"), *line.get("AppData").split(",")) for line in lines)
