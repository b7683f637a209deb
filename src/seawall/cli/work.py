"""`seawall work`: carry out the jobs that are due."""

import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from seawall.cli.output import BAD_NEWS, MISSING, emit_json, fail, json_option

if TYPE_CHECKING:
    from seawall.config.processes import Result


@click.command()
@click.option("--once", is_flag=True, help="End when nothing is due.")
@click.option("--parallel", default=0, help="Jobs at a time (default: one per processor).")
@click.option("--retry-failed", is_flag=True, help="With --once: try again what was given up.")
@json_option
def command(once: bool, parallel: int, retry_failed: bool, as_json: bool) -> None:
    """Run proofs, look for duplicates, and do whatever else is due.

    Without --once it goes on until it is stopped. Exit code 1 when something was given up.
    """
    from seawall.cli.state import open_state

    open_state()
    from seawall.config import processes

    tally, progress = processes.Tally(), _progress(as_json)
    try:
        if once:
            tally = processes.work_once(parallel=parallel, progress=progress, again=retry_failed)
        else:
            processes.work_until(_stop_on_signals(), parallel=parallel, progress=progress)
    except processes.WorkerRunning as error:
        fail(str(error), code=MISSING)
    state, found = processes.queue_state()
    problems = [{"topic": topic, "problem": problem} for topic, problem in found]
    if as_json:
        emit_json({"tally": tally, "queue": state, "problems": problems})
    else:
        click.echo(f"{tally.done} done, {tally.postponed} postponed, {tally.failed} given up")
        for each in problems:
            click.echo(f"  {each['topic']}: {each['problem']}")
    if tally.failed:
        raise SystemExit(BAD_NEWS)


def _stop_on_signals() -> threading.Event:
    """An event that the first SIGINT or SIGTERM sets; the second ends the process at once, and
    what it was doing is taken up again by the next worker."""
    stop = threading.Event()

    def first(*_: object) -> None:
        stop.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        click.echo("seawall: finishing what was begun; once more ends at once", err=True)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, first)
    return stop


def _progress(as_json: bool) -> Callable[[str, "Result"], None] | None:
    if as_json or not sys.stderr.isatty():
        return None

    def show(topic: str, result: "Result") -> None:
        click.echo(f"  {topic}: {result}", err=True)

    return show
