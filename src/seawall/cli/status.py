"""`seawall status`: the head-start funnel and the state of the queues."""

import click

from seawall.cli.output import BAD_NEWS, emit_json, json_option


@click.command()
@click.option("--verify-ledger", is_flag=True, help="Recompute every hash of the ledger.")
@json_option
def command(verify_ledger: bool, as_json: bool) -> None:
    """Show how far what was reported has come, and what waits.

    Exit code 1 when --verify-ledger finds the ledger altered.
    """
    from seawall.cli.state import open_state

    home = open_state()
    from seawall.config import processes
    from seawall.distribution.queries import feed_counts
    from seawall.headstart.funnel import funnel
    from seawall.ledger import queries as ledger
    from seawall.validation import queries as validation

    check = ledger.verify() if verify_ledger else None
    root = check.root if check else ledger.root()
    queue, problems = processes.queue_state()
    status = {
        "home": str(home),
        "funnel": funnel(),
        "verdicts": validation.count_by_verdict(),
        "proofs_waiting": validation.count_pending(),
        "queue": queue,
        "problems": [{"topic": t, "problem": p} for t, p in problems],
        "feed": feed_counts(),
        "ledger": {"size": root.size, "root": root.hash.hex()}
        | ({"sound": check.sound, "problems": check.problems} if check else {}),
    }
    if as_json:
        emit_json(status)
    else:
        _print(status)
    if check and not check.sound:
        raise SystemExit(BAD_NEWS)


def _print(status: dict) -> None:  # type: ignore[type-arg]
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right")
    table.add_column()
    for stage in status["funnel"]:
        table.add_row(str(stage.count), stage.label)
    Console().print(table)
    if status["verdicts"]:
        told = ", ".join(f"{count} {verdict}" for verdict, count in status["verdicts"].items())
        click.echo(f"Proofs: {told}; {status['proofs_waiting']} waiting.")
    queue = status["queue"]
    click.echo(f"Jobs: {queue.due} due, {queue.later} later, {queue.failed} given up.")
    for each in status["problems"]:
        click.echo(f"  {each['topic']}: {each['problem']}")
    feed = status["feed"]
    click.echo(
        f"Feed: {feed.published} of {feed.releases} releases in it, {feed.waiting} waiting; "
        f"receipts: {feed.delivered} delivered, {feed.installed} installed."
    )
    if feed.problem:
        click.echo(f"  {feed.problem}")
    ledger = status["ledger"]
    click.echo(f"Ledger: {ledger['size']} events, root {ledger['root'][:16]}…")
    for sentence in ledger.get("problems", ()):
        click.echo(f"  {sentence}")
    if ledger.get("sound"):
        click.echo("  Every hash was recomputed and is right.")
