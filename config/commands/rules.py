# SPDX-License-Identifier: Apache-2.0
"""`rolodial rules`: what is wrong with the rules, do their tests pass, and does history say the same again."""

import getpass
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import click

from config.command_line import settings_option, with_store
from config.settings import Settings, load_settings
from crm_core.ports.store import Store

if TYPE_CHECKING:
    from crm_core.domain.routing.finding import Finding
    from crm_core.domain.routing.reading import RuleSetError
    from crm_core.domain.routing.rule_tests import RuleTestResult
    from crm_core.usecases.decide_again import DecidedAgain


@click.group()
def command() -> None:
    """Check, test and write out the rules of routing; take decisions of the past again."""


def file_option(function: Callable[..., Any]) -> Callable[..., Any]:
    kind = click.Path(dir_okay=False, path_type=Path)
    return click.option("--file", type=kind, help="A rule file; those in force, if not said.")(function)


@command.command()
@file_option
@settings_option
def check(file: Path | None, path: Path | None) -> None:
    """Name flaws: what is not there, rules that never match, roads without an end. Exits with 1 if one is grave."""
    settings = load_settings(path)
    found = with_store(settings.database_url, lambda store: _check(store, settings, file))
    for finding in found:
        click.echo(f"{'GRAVE' if finding.grave else '     '} {_flaw(finding)}")
    click.echo(f"{len(found)} found" if found else "nothing found")
    if any(finding.grave for finding in found):
        raise SystemExit(1)


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@settings_option
def publish(file: Path, path: Path | None) -> None:
    """Bring the rules of FILE into force as a new version; refused with a grave flaw or a test that fails."""
    settings = load_settings(path)
    version = with_store(settings.database_url, lambda store: _publish(store, settings, file))
    click.echo(f"{file}: in force as version {version}; a running server has it within a second")


@command.command()
@file_option
@settings_option
def test(file: Path | None, path: Path | None) -> None:
    """Run the tests that the rules carry ([[test]]). Exits with 1 if one fails."""
    settings = load_settings(path)
    results = with_store(settings.database_url, lambda store: _test(store, settings, file))
    for result in results:
        click.echo("\n".join(_result(result)))
    failed = sum(not result.passed for result in results)
    click.echo(f"{len(results)} tests, {failed} failed")
    if failed:
        raise SystemExit(1)


@command.command()
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True)
@settings_option
def again(days: int, path: Path | None) -> None:
    """Take stored decisions again by the rules of their versions. Exits with 1 if one comes out otherwise."""
    from crm_core.usecases.decide_again import decide_again

    since = datetime.now(UTC) - timedelta(days=days)
    told = with_store(load_settings(path).database_url, lambda store: decide_again(store, since))
    _print_again(told)
    if told.differing:
        raise SystemExit(1)


@command.command()
@file_option
@settings_option
def toml(file: Path | None, path: Path | None) -> None:
    """Write the rules out as a rule file, without comments."""
    settings = load_settings(path)
    click.echo(with_store(settings.database_url, lambda store: _toml(store, settings, file)), nl=False)


@command.command("test-of")
@click.argument("call", type=click.UUID)
@settings_option
def test_of(call: UUID, path: Path | None) -> None:
    """Write a test made of a call that was routed, to be put into the rule file."""
    click.echo(with_store(load_settings(path).database_url, lambda store: _test_of(store, call)), nl=False)


async def _check(store: Store, settings: Settings, file: Path | None) -> "tuple[Finding, ...]":
    from config.chosen_rules import chosen_rules
    from crm_core.domain.routing.check import check
    from crm_core.usecases.known_house import known_house

    queues = await _queues(settings)
    async with store.read() as tx:
        return check(await chosen_rules(tx, settings, file), await known_house(tx, queues))


async def _publish(store: Store, settings: Settings, file: Path) -> int:
    from config.routing_file import publish_file_now
    from crm_core.domain.audit import Actor
    from crm_core.domain.routing.reading import RuleSetError

    actor, queues = Actor(f"{getpass.getuser()} (terminal)"), await _queues(settings)
    try:
        return await publish_file_now(file, store, actor, datetime.now(UTC), queues)
    except RuleSetError as error:
        raise click.ClickException(f"{file}: not published: {_refused(error)}") from error


async def _queues(settings: Settings) -> frozenset[str] | None:
    from config.pbx_care import pbx_care
    from crm_core.usecases.known_queues import known_queues

    queues = await known_queues(pbx_care(settings))
    if queues is None:
        click.echo("queues are not checked: not every PBX could be asked which it has", err=True)
    return queues


async def _test(store: Store, settings: Settings, file: Path | None) -> "tuple[RuleTestResult, ...]":
    from config.chosen_rules import chosen_rules
    from crm_core.domain.routing.rule_tests import run_tests

    async with store.read() as tx:
        return run_tests(await chosen_rules(tx, settings, file))


async def _toml(store: Store, settings: Settings, file: Path | None) -> str:
    from config.chosen_rules import chosen_rules
    from crm_core.domain.routing.toml import to_toml
    from crm_core.domain.routing.write import rules_as_kept

    async with store.read() as tx:
        house = await tx.settings.house()
        return to_toml(rules_as_kept(await chosen_rules(tx, settings, file), house.currency))


async def _test_of(store: Store, call: UUID) -> str:
    from crm_core.domain.errors import NotFoundError
    from crm_core.domain.routing.toml import tests_to_toml
    from crm_core.usecases.rule_test_of_call import rule_test_of_call

    async with store.read() as tx:
        made = await rule_test_of_call(tx, call)
    if made is None:
        raise NotFoundError("nothing was decided by rules for this call")
    return tests_to_toml([made])


def _refused(error: "RuleSetError") -> str:
    """As `check` says it."""
    finding = error.params.get("finding")
    return str(error) if finding is None else _flaw(cast("Finding", finding))


def _flaw(finding: "Finding") -> str:
    from zoneinfo import ZoneInfo

    from web.i18n.catalogues import catalogues
    from web.i18n.l10n import L10n
    from web.rule_findings import finding_words

    l10n = L10n("en", catalogues()["en"].translations, ZoneInfo("UTC"), "RU", datetime.now(UTC))
    where = ", ".join(
        [f"{finding.table} {finding.rule}"] * bool(finding.rule)
        + [f"step {finding.step}"] * bool(finding.step)
    )
    return f"{where or 'all rules'}: {finding_words(finding, l10n)} ({finding.code})"


def _result(result: "RuleTestResult") -> list[str]:
    if result.passed:
        return [f"passed  {result.test.name}"]
    lines = [f"FAILED  {result.test.name}"]
    if result.test.rule not in {None, result.rule}:
        lines.append(f"        rule: {result.test.rule} wanted, {result.rule} came")
    if result.test.steps is not None:
        wanted, came = (", ".join(steps) or "none" for steps in (result.test.steps, result.steps))
        lines.append(f"        steps: {wanted} wanted, {came} came")
    return lines


def _print_again(told: "DecidedAgain") -> None:
    for one in told.differing:
        what = ", ".join(one.what)
        was = f"{one.was} then, {one.now or 'nothing'} now"
        at = f"{one.decided_at:%Y-%m-%d %H:%M:%S}"
        click.echo(f"DIFFERS {one.call_id} {at} (rule set {one.rule_set_version}): {what}; {was}")
    click.echo(
        f"{told.same} the same, {len(told.differing)} otherwise, {told.without_rules} decided without rules"
    )
