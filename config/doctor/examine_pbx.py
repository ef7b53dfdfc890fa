# SPDX-License-Identifier: Apache-2.0
"""Everything about one PBX, over one AMI login."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from config.doctor import agi_check, cel_check, contexts_check, events_check, recordings_check, rights_check
from config.doctor.ami_session import AmiSession, ami_session
from config.doctor.clock_check import check_clock
from config.doctor.finding import Finding, broken, ok
from config.doctor.link_check import explain
from config.doctor.phones_check import judge_phones, look_at_phones
from config.doctor.routes_check import judge_routes, look_at_routes
from config.doctor.settings_check import judge_road
from config.doctor.trial import Trial, place_trial
from config.doctor.users_check import check_users
from config.settings import PbxMode, PbxSettings
from crm_core.ports.clock import Clock
from crm_core.ports.pbx import PbxUnavailableError
from crm_core.storage.store import SqlStore
from pbx_bridge.agi_settings import FastAgiSettings
from pbx_bridge.ami_errors import ActionRefusedError
from pbx_bridge.settings import AmiSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What the examination of a PBX needs beside its settings."""

    store: SqlStore | None
    fastagi: FastAgiSettings
    clock: Clock
    quick: bool  # no test call
    stood_in: bool  # the doctor answers FastAGI itself


async def examine_pbx(pbx: PbxSettings, bench: Bench) -> list[Finding]:
    findings = list(judge_road(pbx))
    try:
        async with ami_session(pbx.ami, bench.clock) as session:
            said = f"Asterisk's AMI {session.version} accepts {pbx.ami.username!r} at {pbx.ami.host}:{pbx.ami.port}"
            findings.append(ok("ami", said))
            await _ask(session, pbx, bench, findings)
    except ActionRefusedError as error:
        findings.append(broken("ami", str(error), "See the lines 'rights'; the rest was not looked at."))
    except (OSError, PbxUnavailableError) as error:
        findings.append(explain(error, pbx.ami))
    except Exception as error:  # noqa: BLE001 - whatever fails must not hide what was found
        says = f"a check failed, what comes after it was not looked at: {error!r}"
        findings.append(
            broken("doctor", says, "If nothing above explains it, this is a fault of Rolodial: report it.")
        )
    directory = recordings_check.judge_directory(pbx.spool)
    findings += [directory] if directory else []
    return [replace(finding, pbx=pbx.name) for finding in findings]


async def _ask(session: AmiSession, pbx: PbxSettings, bench: Bench, findings: list[Finding]) -> None:
    """Into `findings` bit by bit: what was found before an error counts."""
    actions = frozenset(await session.ask({"Action": "ListCommands"}))
    findings += rights_check.judge_rights(actions, pbx.ami.username)
    findings.append(await check_clock(session, bench.clock))
    if "Getvar" not in actions:
        return
    findings += await _configured(session, pbx.ami)
    if pbx.mode is PbxMode.OBSERVE:
        findings.append(ok("dialplan", "this PBX is only watched: our dialplan is not looked for"))
        return
    people = await contexts_check.extensions_on(bench.store, pbx.name, bench.clock) if bench.store else []
    findings += await contexts_check.check_contexts(session, pbx, people)
    if bench.store is not None:
        findings += judge_phones(await look_at_phones(session, bench.store, pbx.name, bench.clock))
    if bench.store is not None and "DBGet" in actions:
        findings += judge_routes(await look_at_routes(session, bench.store, pbx.name, bench.clock))
    if "Originate" in actions and not bench.quick:
        findings += await _try_call(session, pbx, bench)


async def _configured(session: AmiSession, ami: AmiSettings) -> list[Finding]:
    """What the PBX's own configuration files say, as far as AMI shows it."""
    read = await session.config("manager.conf", ami.username, "read")
    time_out = await session.config("manager.conf", ami.username, "writetimeout")
    if read is not None:  # the file can be asked, so what it does not say is Asterisk's default
        time_out = time_out or "100"
    other = await check_users(session, ami)
    return [
        *rights_check.judge_read(read, ami.username),
        *events_check.judge_write_time_out(time_out, ami.username),
        *cel_check.judge_cel_conf(await cel_check.read_cel_conf(session)),
        *([other] if other else []),
    ]


async def _try_call(session: AmiSession, pbx: PbxSettings, bench: Bench) -> list[Finding]:
    """Nothing where our dialplan is not whole: that has been said, and explains all that would be missing."""
    if await session.get("DIALPLAN_EXISTS(rolodial-sync,doctor,1)") != "1":
        return []
    channelvars = await session.config("manager.conf", "general", "channelvars")
    asked, written_to = await session.get("ROLODIAL_AGI"), await session.get("ROLODIAL_SPOOL")
    over_http = await session.get("ROLODIAL_HTTP")
    spool = pbx.spool if pbx.spool and pbx.spool.is_dir() else None
    trial = await place_trial(session, spool, pbx.cel_file)
    if trial.refused:
        advice = "Look at the lines 'rights' and 'dialplan'."
        return [broken("call", f"the test call was not placed: {trial.refused}", advice)]
    host = agi_check.judge_host(asked, over_http, bench.fastagi)
    return [*_judge(trial, pbx, bench, (asked, written_to, channelvars)), *host]


def _judge(
    trial: Trial, pbx: PbxSettings, bench: Bench, told: tuple[str, str, str | None]
) -> Iterable[Finding]:
    asked, written_to, channelvars = told
    yield from events_check.judge_events(trial, pbx.ami.username)
    yield from events_check.judge_variables(trial, channelvars)
    yield from agi_check.judge_probe(trial, asked, bench.fastagi, stood_in=bench.stood_in)
    yield from cel_check.judge_cel_rows(trial, pbx.cel_file)
    if pbx.spool and pbx.spool.is_dir():
        yield from recordings_check.judge_file(trial, pbx.spool, written_to)
