"""`seawall reproduce`: run and grade one reproducer, without server or database."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from seawall.cli.output import BAD_NEWS, MISSING, clear_errors, emit_json, fail, json_option
from seawall.proofs.attest import statement_for
from seawall.proofs.reader import load_reproducer
from seawall.proofs.reproduce import Progress as Tell
from seawall.proofs.reproduce import ProgressStep, reproduce
from seawall.sandbox import SandboxUnavailable, find_sandbox
from seawall.vocab.evidence import EvidenceLevel, RunRecord, ValidationRecord, Verdict

_COLOURS = {
    Verdict.CONFIRMED: "bold green",
    Verdict.NOT_REPRODUCED: "bold yellow",
    Verdict.FLAKY: "bold yellow",
    Verdict.FORGED: "bold red",
    Verdict.UNSUPPORTED: "bold cyan",
    Verdict.ERROR: "bold red",
}


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@json_option
@click.option(
    "--runs", default=3, show_default=True, type=click.IntRange(1, 50), help="Runs per side."
)
@click.option(
    "--reviewed",
    multiple=True,
    metavar="DIGEST",
    help="Digest of a bundle whose own code you have read; may be given more than once.",
)
@click.option(
    "--checkers",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of reviewed checkers, besides the ones that come with Seawall.",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for prepared targets [default: the user's cache folder].",
)
@click.option(
    "--attest",
    "attest_to",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write the run's record as an in-toto statement.",
)
def command(
    bundle: Path,
    as_json: bool,
    runs: int,
    reviewed: tuple[str, ...],
    checkers: Path | None,
    cache: Path | None,
    attest_to: Path | None,
) -> None:
    """Run and grade the reproducer BUNDLE (a folder, .zip or .tar.gz), alone.

    The target is fetched at its affected and fixed version, the proof is run in a sandbox
    without network, and the answer is a verdict, an evidence level and the reasons for it.

    \b
    Exit codes: 0 confirmed; 1 any other verdict; 2 the bundle is bad; 3 no sandbox here.
    """
    with clear_errors(bundle.name):
        reproducer = load_reproducer(bundle)
    try:
        sandbox = find_sandbox()
    except SandboxUnavailable as missing:
        fail(str(missing), code=MISSING)
    with _progress(shown=not as_json and sys.stderr.isatty()) as tell:
        record = reproduce(
            reproducer,
            sandbox=sandbox,
            cache_dir=cache or default_cache(),
            runs=runs,
            endorsed=frozenset(reviewed),
            checkers=checkers,
            progress=tell,
        )
    if attest_to is not None:
        _attest(record, attest_to)
    if as_json:
        emit_json(record)
    else:
        show(record, title=reproducer.title, console=Console(highlight=False, soft_wrap=False))
    if record.verdict is not Verdict.CONFIRMED:
        raise SystemExit(BAD_NEWS)


def default_cache() -> Path:
    """Give the folder for prepared targets: $SEAWALL_CACHE, else below the user's cache."""
    if named := os.environ.get("SEAWALL_CACHE"):
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "seawall"


def show(record: ValidationRecord, *, title: str, console: Console) -> None:
    """Print verdict, ladder, runs and reasons."""
    console.print()
    console.print(Text(f"  {title}", style="bold"))
    versions = record.affected_version
    if record.fixed_version:
        versions += f" → {record.fixed_version}"
    console.print(Text(f"  {record.target} {versions} · {record.oracle.value} oracle", style="dim"))
    console.print()
    line = Text("  ")
    line.append(f" {record.verdict.value} ", style=f"{_COLOURS[record.verdict]} reverse")
    line.append("  ").append_text(_ladder(record.level))
    console.print(line)
    console.print()
    for side in dict.fromkeys(r.side for r in record.runs):
        console.print(_runs_line([r for r in record.runs if r.side is side]))
    if record.runs:
        console.print()
    for reason in record.reasons:
        console.print(Padding(_bullet(reason), (0, 2)))
    console.print()
    seconds = (record.finished_at - record.started_at).total_seconds()
    console.print(
        Text(
            f"  {len(record.runs)} runs in {seconds:.1f} s · {record.environment['sandbox']} · "
            f"bundle {record.reproducer_digest[:16]}",
            style="dim",
        )
    )


def _ladder(level: EvidenceLevel) -> Text:
    """E0 ─ E1 ─ E2 ─ E3, lit up to the level reached."""
    text = Text()
    for rung in list(EvidenceLevel)[: max(4, level + 1)]:
        if rung:
            text.append(" ─ ", style="dim")
        reached = rung <= level
        name = f"{rung.name} {rung.word}" if rung == level else rung.name
        text.append(name, style="bold green" if reached and level else "dim" if not reached else "")
    return text


def _bullet(reason: str) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_row("•", Text(reason))
    return grid


def _runs_line(runs: list[RunRecord]) -> Text:
    side = runs[0].side.value
    text = Text(f"  {side:<9}{runs[0].version:<12}")
    expected = side == "affected"
    for run in runs:
        if run.problem or run.refused:
            mark, style = "void", "yellow"
        elif run.fired:
            mark, style = "fired", "green" if expected else "red"
        else:
            mark, style = "silent", "red" if expected else "green"
        text.append(f" {mark:<7}", style=style)
    median = sorted(r.wall_seconds for r in runs)[len(runs) // 2]
    return text.append(f" {median:6.2f} s each", style="dim")


@contextmanager
def _progress(*, shown: bool) -> Iterator[Tell | None]:
    if not shown:
        yield None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def tell(step: ProgressStep) -> None:
            bar.update(task, description=step.what, completed=step.done, total=step.total)

        yield tell


def _attest(record: ValidationRecord, path: Path) -> None:
    path.write_text(json.dumps(statement_for(record), indent=2, sort_keys=True) + "\n")
