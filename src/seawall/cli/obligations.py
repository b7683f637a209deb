"""`seawall obligations`: what directives demand, by when, and why."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.output import cell, clear_errors, counted, emit_json, fail, json_option, say
from seawall.cli.state import open_state

if TYPE_CHECKING:
    from seawall.directives.models import Obligation

_DAY_SECONDS = 86_400
_FIX_WIDTH = 14
_OTHER_COLUMNS_WIDTH = 72


@click.group(invoke_without_command=True)
@click.option("--asset", default="", help="Only those of the asset with this name.")
@click.option("--all", "include_closed", is_flag=True, help="Closed ones too.")
@json_option
@click.pass_context
def command(ctx: click.Context, asset: str, include_closed: bool, as_json: bool) -> None:
    """What directives demand, by when, and why; the most urgent first."""
    if ctx.invoked_subcommand:
        return
    open_state()
    from seawall.directives.access import obligations
    from seawall.vocab.actors import LOCAL

    found = list(obligations(LOCAL, asset=asset, include_closed=include_closed))
    if as_json:
        emit_json([_plain(each) for each in found])
    elif not found:
        click.echo("No obligations. Import an SBOM (seawall import sbom) to find some.")
    else:
        _table(found, now=datetime.now(UTC))


@command.command()
@click.argument("obligation", metavar="O-NUMBER")
@json_option
def show(obligation: str, as_json: bool) -> None:
    """Explain one obligation: inputs, row, clock, and what closes it."""
    open_state()
    found = _get(obligation)
    if as_json:
        emit_json(_plain(found))
        return
    exposure = found.exposure
    say(f"{found.public_id}  {exposure.vulnerability} in {exposure.purl}")
    say(f"  on {exposure.asset.name} ({exposure.asset.owner})")
    say(f"  {found.explanation}")
    if not found.binding:
        say(f"  {found.directive} is not yet in force: the date is advice.")
    for clock in found.clocks:
        say(f"  {clock['label']}: by {clock['due_at'][:16].replace('T', ' ')} UTC")
    say(f"  why affected: {exposure.why}")
    say(f"  upgrade to: {', '.join(exposure.fixed_versions) or 'no fix known'}")
    if found.closed_at:
        say(f"  closed {found.closed_at:%Y-%m-%d} as {found.closed_as}: {found.evidence}")


@command.command()
@click.argument("obligation", metavar="O-NUMBER")
@click.option(
    "--as",
    "closed_as",
    required=True,
    type=click.Choice(["remediated", "mitigated", "not affected"]),
    help="What became of it.",
)
@click.option("--evidence", required=True, help="What was done, and where that is recorded.")
@json_option
def close(obligation: str, closed_as: str, evidence: str, as_json: bool) -> None:
    """Close an obligation by evidence."""
    open_state()
    from seawall.directives.actions import NoSuchObligation
    from seawall.directives.actions import close as close_obligation
    from seawall.directives.models import Obligation
    from seawall.vocab.actors import LOCAL

    with clear_errors():
        try:
            closed = close_obligation(
                _get(obligation).pk,
                closed_as=Obligation.Closed(closed_as),
                evidence=evidence,
                by=LOCAL,
                now=datetime.now(UTC),
            )
        except NoSuchObligation as error:
            fail(str(error))
    if as_json:
        emit_json(_plain(closed))
    else:
        say(f"{closed.public_id} closed as {closed.closed_as}.")


def _get(text: str) -> "Obligation":
    from seawall.directives.access import obligation
    from seawall.parties.access import NotFound
    from seawall.vocab.actors import LOCAL

    try:
        return obligation(LOCAL, text if text[:1] in "Oo" else f"O-{text}")
    except NotFound:
        fail(f"there is no obligation {text} (seawall obligations lists them)")


def _plain(obligation: "Obligation") -> dict[str, Any]:
    exposure = obligation.exposure
    return {
        "id": obligation.public_id,
        "asset": exposure.asset.name,
        "owner": exposure.asset.owner.name,
        "vulnerability": exposure.vulnerability,
        "identifiers": exposure.identifiers,
        "purl": exposure.purl,
        "fixed_versions": exposure.fixed_versions,
        "directive": obligation.directive,
        "row": obligation.row,
        "outcome": obligation.outcome,
        "forensics": obligation.forensics,
        "binding": obligation.binding,
        "started_at": obligation.started_at,
        "due_at": obligation.due_at,
        "clocks": obligation.clocks,
        "answers": obligation.answers,
        "explanation": obligation.explanation,
        "closed_at": obligation.closed_at,
        "closed_as": obligation.closed_as,
        "evidence": obligation.evidence,
    }


def _table(found: list["Obligation"], *, now: datetime) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    room = console.width - _OTHER_COLUMNS_WIDTH
    for name in dict.fromkeys(each.exposure.asset.name for each in found):
        mine = [each for each in found if each.exposure.asset.name == name]
        asset = mine[0].exposure.asset
        table = Table(
            title=cell(f"{asset.name}, {asset.owner}"), title_justify="left", title_style="bold",
            box=None, pad_edge=False, header_style="dim",
        )  # fmt: skip
        for column in ("due", "", "id", "vulnerability", "component", "upgrade to", "row"):
            table.add_column(column, no_wrap=True)
        for each in mine:
            exposure = each.exposure
            cells = (
                f"{each.due_at:%Y-%m-%d}" if each.due_at else "on upgrade",
                _left(each, now),
                each.public_id,
                exposure.vulnerability,
                _cut(f"{exposure.component} {exposure.version}", max(room, 20)),
                _cut(", ".join(exposure.fixed_versions[:2]) or "no fix known", _FIX_WIDTH),
                f"{each.row}{' +forensics' if each.forensics else ''}",
            )
            table.add_row(*(cell(text) for text in cells))
        console.print(table, crop=False)
        console.print()
    _summary(found, now=now)


def _summary(found: list["Obligation"], *, now: datetime) -> None:
    overdue = sum(1 for each in found if each.due_at and not each.closed_at and each.due_at < now)
    rules = ", ".join(sorted({each.directive for each in found}))
    say(f"{counted(len(found), 'obligation')} after {rules}, {overdue} overdue.")
    if not all(each.binding for each in found):
        click.echo("Rules that are not yet in force give their dates as advice.")
    click.echo("Why a date is what it is: seawall obligations show O-…")


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _left(obligation: "Obligation", now: datetime) -> str:
    if obligation.closed_at:
        return "closed"
    if obligation.due_at is None:
        return ""
    days = (obligation.due_at - now).total_seconds() / _DAY_SECONDS
    return f"{days:.0f} d" if days >= 0 else f"{-days:.0f} d over"
