# SPDX-License-Identifier: Apache-2.0
"""`rolodial bench`: measure the figures we promise, each beside its reference within the same run."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator

import click
import orjson

import config.bench
from config.bench.figure import Figure

NOT_MEASURES = frozenset({"figure"})


def measures() -> list[str]:
    names = (module.name for module in pkgutil.iter_modules(config.bench.__path__))
    return sorted(name for name in names if name not in NOT_MEASURES and not name.startswith("_"))


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(measures()))
@click.option("--rounds", default=3, show_default=True, help="Rounds of each; the median is shown.")
@click.option(
    "--database", default="", help="For `lists`: URL of an empty PostgreSQL database to fill and measure."
)
@click.option("--json", "as_json", is_flag=True, help="A line of JSON for each figure.")
def command(names: tuple[str, ...], rounds: int, database: str, *, as_json: bool) -> None:
    """Measure NAMES (all when none is given); exits 1 when a figure misses its must."""
    if not as_json:
        click.echo(_row("figure", "value", "reference", "ratio", "must", "goal", ""))
    missed = False
    more = {"lists": {"database": database}}
    for figure in _run(names or measures(), rounds, more):
        missed |= not figure.holds
        click.echo(orjson.dumps(figure.as_json()).decode() if as_json else _shown(figure))
    if missed:
        raise SystemExit(1)


def _run(names: Iterable[str], rounds: int, more: dict[str, dict[str, str]]) -> Iterator[Figure]:
    for name in names:
        yield from importlib.import_module(f"config.bench.{name}").run(rounds, **more.get(name, {}))


def _shown(figure: Figure) -> str:
    verdict = "goal" if figure.reaches_goal else "holds" if figure.holds else "MISSED"
    reference = "" if figure.reference is None else f"{figure.reference:,.4g} {figure.unit}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}x"
    must, goal = figure.must.text(figure.unit), figure.goal.text(figure.unit)
    return _row(figure.name, f"{figure.value:,.4g} {figure.unit}", reference, ratio, must, goal, verdict)


def _row(*cells: str) -> str:
    widths = (34, 18, 18, 8, 24, 24, 8)
    return " ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
