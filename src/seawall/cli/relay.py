"""`seawall relay`: pass cases on to other coordinators and vendors."""

from typing import TYPE_CHECKING

import click

from seawall.cli.output import clear_errors, emit_json, fail, json_option, safe, say
from seawall.cli.tables import print_table

if TYPE_CHECKING:
    from seawall.relays.models import Relay


@click.group()
def command() -> None:
    """Pass cases on: to VINCE, to a repository on GitHub, or by mail."""


@command.command()
@click.argument("case")
@click.argument("system", type=click.Choice(["vince", "github", "mail"], case_sensitive=False))
@click.argument("target", default="")
@click.option("--to", "receiver", required=True, help="The party that receives it: name or P-1.")
@json_option
def send(case: str, system: str, target: str, receiver: str, as_json: bool) -> None:
    """Pass CASE on through SYSTEM; TARGET is owner/repo for github, an address for mail.

    The receiver takes part in the case, and gets what its tier, the marking and the embargo allow
    at the moment of sending. `seawall work` sends it; the same again is once.
    """
    from seawall.cli.state import open_state

    open_state()
    from django.utils import timezone

    from seawall.cases.access import case as find
    from seawall.cases.refusals import CaseRefused
    from seawall.cases.speakers import party_named
    from seawall.parties.access import NotFound
    from seawall.relays import actions
    from seawall.relays.models import Relay
    from seawall.vocab.actors import LOCAL

    known = {each.value.lower(): each.value for each in Relay.System}
    with clear_errors():
        try:
            row = actions.ask(
                find(LOCAL, case),
                system=known[system.lower()],
                target=target,
                receiver=party_named(receiver),
                by=LOCAL,
                now=timezone.now(),
            )
        except (NotFound, CaseRefused) as error:
            fail(str(error))
    if as_json:
        emit_json(_relay(row))
    else:
        say(f"{row.public_id}: {row.case.public_id} goes to {_where(row)} when the worker runs.")


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """What was passed on, where to, and what became of it."""
    from seawall.cli.state import open_state

    open_state()
    from seawall.relays.access import relays
    from seawall.vocab.actors import LOCAL

    rows = list(relays(LOCAL)[:500])
    if as_json:
        emit_json({"relays": [_relay(row) for row in rows]})
        return
    if not rows:
        click.echo("Nothing was passed on. `seawall relay send` does it.")
        return
    print_table(
        ["id", "case", "to", "state", "theirs", "problem"],
        [
            [
                row.public_id,
                row.case.public_id,
                safe(_where(row)),
                row.their_state or row.state,
                safe(row.their_id),
                safe(row.problem),
            ]
            for row in rows
        ],
    )


@command.command()
@click.argument("id")
@click.option(
    "--arrived/--not-arrived",
    "has_it",
    required=True,
    help="Whether the receiver has it; if not, it is sent again.",
)
@json_option
def settle(id: str, has_it: bool, as_json: bool) -> None:
    """Say of an unclear relay whether the receiver has it."""
    from seawall.cli.state import open_state

    open_state()
    from django.utils import timezone

    from seawall.cases.refusals import CaseRefused
    from seawall.parties.access import NotFound
    from seawall.relays import access, actions
    from seawall.vocab.actors import LOCAL

    try:
        row = access.relay(LOCAL, id)
        actions.settle(row, has_it=has_it, by=LOCAL, now=timezone.now())
    except (NotFound, CaseRefused) as error:
        fail(str(error))
    row.refresh_from_db()
    if as_json:
        emit_json(_relay(row))
    else:
        say(f"{row.public_id} is {row.state}.")


def _where(row: "Relay") -> str:
    return f"{row.receiver.name} by {row.system} {row.target}".strip()


def _relay(row: "Relay") -> dict[str, object]:
    return {
        "id": row.public_id,
        "case": row.case.public_id,
        "system": row.system,
        "target": row.target,
        "receiver": row.receiver.public_id,
        "state": row.state,
        "their_id": row.their_id,
        "their_state": row.their_state,
        "problem": row.problem,
        "sent_at": row.sent_at,
    }
