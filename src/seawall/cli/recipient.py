"""`seawall recipient`: who gets what is not public, encrypted to which key, until when."""

from typing import TYPE_CHECKING, Any

import click

from seawall.cli.moments import moment
from seawall.cli.output import BAD_INPUT, clear_errors, emit_json, fail, json_option, say
from seawall.cli.party import find_party
from seawall.cli.state import open_state
from seawall.cli.tables import print_table

if TYPE_CHECKING:
    from seawall.distribution.models import Recipient


@click.group()
def command() -> None:
    """Recipients of the restricted lane: parties with an age key, a sponsor, a reason, an end.

    Being one opens no case: what it gets of a case is what its party may read of it.
    """


@command.command()
@click.argument("party", metavar="NAME-OR-P-NUMBER")
@click.option("--age-key", required=True, metavar="age1…", help="What `age-keygen` prints.")
@click.option(
    "--tier",
    type=click.Choice(["T2", "T3"]),
    default="T2",
    show_default=True,
    help="T2: technical detail and patches. T3: working reproducers too, each by four eyes.",
)
@click.option("--sponsor", required=True, help="Who vouches for it.")
@click.option("--reason", required=True, help="Why it needs this.")
@click.option("--until", required=True, metavar="TIME", help="Its end, within a year.")
@json_option
def add(party: str, tier: str, until: str, as_json: bool, **more: str) -> None:
    """Let a party have deliveries, encrypted to a key of its own."""
    open_state()
    from django.utils import timezone

    from seawall.distribution import recipients
    from seawall.vocab.access import Tier
    from seawall.vocab.actors import LOCAL

    now = timezone.now()
    with clear_errors():
        try:
            row = recipients.add(
                find_party(party),
                tier=Tier[tier],
                expires_at=moment(until) or now,
                by=LOCAL,
                now=now,
                **more,
            )
        except recipients.RecipientRefused as refused:
            fail(str(refused), code=BAD_INPUT)
    if as_json:
        emit_json(_told(row))
    else:
        say(
            f"{row.public_id}: {row.party.name} is a recipient of {tier} until "
            f"{row.expires_at:%Y-%m-%d}. `seawall deliver CASE --to {row.public_id}` delivers."
        )


@command.command("list")
@click.option("--all", "show_all", is_flag=True, help="Those that have ended too.")
@json_option
def list_(show_all: bool, as_json: bool) -> None:
    """List recipients, newest first."""
    open_state()
    from django.utils import timezone

    from seawall.distribution.access import recipients
    from seawall.distribution.recipients import holds
    from seawall.vocab.actors import LOCAL

    now = timezone.now()
    rows = [row for row in recipients(LOCAL) if show_all or holds(row, now=now)]
    if as_json:
        emit_json({"recipients": [_told(row) for row in rows]})
    elif not rows:
        click.echo("No recipients. `seawall recipient add` adds one.")
    else:
        headers = ("id", "tier", "until (UTC)", "state", "party", "key")
        print_table(headers, [_cells(row, holds(row, now=now)) for row in rows])


@command.command()
@click.argument("recipient", metavar="RP-NUMBER")
@json_option
def revoke(recipient: str, as_json: bool) -> None:
    """End a recipient at once: nothing more is made for it and what waits is taken away."""
    open_state()
    from django.utils import timezone

    from seawall.distribution import recipients
    from seawall.vocab.actors import LOCAL

    row = recipients.revoke(find_recipient(recipient), by=LOCAL, now=timezone.now())
    if as_json:
        emit_json(_told(row))
    else:
        say(f"{row.public_id} of {row.party.name} is revoked. What it fetched, it has.")


def find_recipient(text: str) -> "Recipient":
    """The recipient of that id; ends the command when there is none."""
    from seawall.distribution.access import recipient
    from seawall.parties.access import NotFound
    from seawall.vocab.actors import LOCAL

    try:
        return recipient(LOCAL, text)
    except NotFound as missing:
        fail(str(missing), code=BAD_INPUT)


def _told(row: "Recipient") -> dict[str, Any]:
    return {
        "id": row.public_id,
        "party": row.party.public_id,
        "name": row.party.name,
        "tier": f"T{row.tier}",
        "age_key": row.age_key,
        "sponsor": row.sponsor,
        "reason": row.reason,
        "added_at": row.added_at,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
    }


def _cells(row: "Recipient", holds: bool) -> tuple[str, ...]:
    state = "holds" if holds else "revoked" if row.revoked_at else "ended"
    until = f"{row.expires_at:%Y-%m-%d %H:%M}"
    return (row.public_id, f"T{row.tier}", until, state, row.party.name, f"{row.age_key[:16]}…")
