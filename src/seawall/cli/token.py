"""`seawall token`: make, list and revoke API tokens, of the installation or of a member."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.output import BAD_INPUT, clear_errors, emit_json, fail, json_option, say

if TYPE_CHECKING:
    from seawall.parties.models import Membership


@click.group()
def command() -> None:
    """Make, list or revoke API tokens."""


@command.command()
@click.option("--label", default="", help="What it is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(["read", "submit", "coordinate"]),
    default=("read", "submit"),
    show_default=True,
    help="What it may do; may be given more than once.",
)
@click.option(
    "--days",
    default=30,
    show_default=True,
    type=click.IntRange(1, 366),
    help="How long it is valid.",
)
@click.option("--person", default="", help="Whose token it is: e-mail address or U-number.")
@click.option("--party", default="", help="For which of the person's parties: name or P-number.")
@json_option
def issue(
    label: str, scopes: tuple[str, ...], days: int, person: str, party: str, as_json: bool
) -> None:
    """Make a token. It is shown this once and cannot be read again.

    It acts for the installation, or with --person and --party for that member.
    """
    from seawall.cli.state import open_state

    open_state()
    from django.utils import timezone

    from seawall.parties.actions import TokenRefused, issue_token
    from seawall.parties.models import Scope
    from seawall.vocab.actors import LOCAL

    membership = _membership(person, party)
    try:
        with clear_errors():
            made = issue_token(
                label=label,
                scopes=[Scope(scope) for scope in scopes],
                life=timedelta(days=days),
                by=LOCAL,
                now=timezone.now(),
                membership=membership,
            )
    except TokenRefused as error:
        fail(str(error))
    if as_json:
        emit_json({"id": made.key, "token": made.text, "expires_at": made.expires_at})
        return
    click.echo(made.text)
    click.echo(
        f"Works until {made.expires_at:%Y-%m-%d %H:%M} UTC for {', '.join(scopes)}; "
        f"`seawall token revoke {made.key}` ends it.",
        err=True,
    )


command.add_command(issue, "new")


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List tokens; their secrets are not kept."""
    from seawall.cli.state import open_state

    open_state()
    from django.utils import timezone

    from seawall.parties.managing import tokens
    from seawall.vocab.actors import LOCAL

    now = timezone.now()
    rows = [
        {
            "id": row.key,
            "label": row.label,
            "person": row.membership.person.public_id if row.membership else "",
            "party": row.membership.party.public_id if row.membership else "",
            "scopes": row.scopes,
            "created_at": row.created_at,
            "expires_at": row.expires_at,
            "works": row.revoked_at is None and row.expires_at > now,
        }
        for row in tokens(LOCAL)
    ]
    if as_json:
        emit_json({"tokens": rows})
        return
    for row in rows:
        state = f"until {row['expires_at']:%Y-%m-%d}" if row["works"] else "ended"
        say(f"{row['id']}  {state}  {','.join(row['scopes'])}  {_owner(row)}{row['label']}")


@command.command()
@click.argument("id")
@json_option
def revoke(id: str, as_json: bool) -> None:
    """End a token at once."""
    from seawall.cli.state import open_state

    open_state()
    from django.utils import timezone

    from seawall.parties.actions import NoSuchToken, revoke_token
    from seawall.vocab.actors import LOCAL

    try:
        revoke_token(id, by=LOCAL, now=timezone.now())
    except NoSuchToken as error:
        fail(str(error), code=BAD_INPUT)
    if as_json:
        emit_json({"revoked": id})
    else:
        click.echo(f"{id} is revoked.")


def _membership(person: str, party: str) -> "Membership | None":
    """The membership that --person and --party name; None when neither is given."""
    if not person and not party:
        return None
    if not (person and party):
        fail("--person and --party belong together")
    from seawall.cli.party import find_party
    from seawall.cli.person import find_person
    from seawall.parties.access import memberships_of

    whom, where = find_person(person), find_party(party)
    found = next((row for row in memberships_of(whom) if row.party_id == where.pk), None)
    return found if found is not None else fail(f"{whom.name} is not in {where.name}")


def _owner(row: dict[str, Any]) -> str:
    return f"{row['person']} in {row['party']}  " if row["person"] else ""
