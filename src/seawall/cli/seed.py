"""`seawall seed`: build a big installation of made-up data, to measure pages on."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from seawall.cli.output import MISSING, counted, emit_json, fail, json_option


@click.command()
@click.option(
    "--home",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the installation to fill; it must hold no reports and no parties.",
)
@click.option("--findings", default=1_000_000, show_default=True, help="Findings to make.")
@click.option("--cases", default=100_000, show_default=True, help="Cases to make.")
@click.option("--parties", default=1_000, show_default=True, help="Parties, the house among them.")
@click.option("--people", default=3_000, show_default=True, help="People, at least one a party.")
@click.option("--assets", default=0, help="Assets of deployers (default: one for 200 findings).")
@click.option("--seed", "number", default=1, show_default=True, help="The same seed, same data.")
@json_option
def command(
    home: Path,
    findings: int,
    cases: int,
    parties: int,
    people: int,
    assets: int,
    number: int,
    as_json: bool,
) -> None:
    """Fill an empty installation with made-up parties, reports, proofs, cases and assets.

    For measuring and looking, never for an installation that works: the files of the reports do
    not exist, so that no proof can be run. The ledger is a true log of the made-up events. The
    database of SEAWALL_DATABASE_URL is used when it is set.
    """
    if parties < 20 or findings < 1 or cases < 0 or findings < cases * 3:
        fail("it takes at least 20 parties, and three findings for each case")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["SEAWALL_HOME"] = str(home.absolute())
    from seawall.cli.state import open_state

    open_state()
    from seawall.cli.seeding.build import build, is_empty
    from seawall.cli.seeding.world import Size

    if not is_empty():
        fail(f"{home} has reports or parties; name an empty folder", code=MISSING)
    size = Size(
        findings=findings,
        cases=cases,
        parties=parties,
        people=people,
        assets=assets or max(5, findings // 200),
    )
    began = time.monotonic()
    built = build(size, seed=number, step=_teller(began))
    seconds = round(time.monotonic() - began, 1)
    _report(built, seconds=seconds, home=home, as_json=as_json)


def _teller(began: float) -> Callable[[str], None]:
    def step(what: str) -> None:
        click.echo(f"  {time.monotonic() - began:6.1f} s  {what}", err=True)

    return step


def _report(built: dict[str, Any], *, seconds: float, home: Path, as_json: bool) -> None:
    if as_json:
        emit_json({"home": str(home), "seconds": seconds, **built})
        return
    rows = sum(built["rows"].values())
    click.echo(f"{counted(rows, 'row')} in {seconds} s, {built['bytes'] >> 20} MiB, in {home}")
