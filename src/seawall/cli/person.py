"""`seawall person`: add, list and deactivate people, and make links for new passwords."""

from typing import TYPE_CHECKING, Any

import click

from seawall.cli.output import clear_errors, emit_json, fail, json_option, safe, say
from seawall.cli.state import open_state
from seawall.cli.tables import print_table

if TYPE_CHECKING:
    from seawall.parties.models import Person


@click.group()
def command() -> None:
    """Add, list and deactivate people, and help them to sign in."""


@command.command()
@click.argument("email")
@click.option("--name", required=True, help="As people call them.")
@click.option("--party", default="", help="Party to join, by name or P-number.")
@click.option(
    "--role",
    default="member",
    show_default=True,
    type=click.Choice(["viewer", "member", "lead"]),
    help="Role in the party.",
)
@click.option("--admin", is_flag=True, help="Manages the party's people and tokens.")
@json_option
def add(email: str, name: str, party: str, role: str, admin: bool, as_json: bool) -> None:
    """Add a person, and print a link with which they set a password."""
    open_state()
    from django.db import transaction
    from django.utils import timezone

    from seawall.cli.party import find_party
    from seawall.parties import passwords, people
    from seawall.vocab.access import MemberRole
    from seawall.vocab.actors import LOCAL

    now = timezone.now()
    joined = find_party(party) if party else None
    with clear_errors(), transaction.atomic():
        person = people.add_person(email=email, name=name, by=LOCAL, now=now)
        if joined is not None:
            people.add_member(
                person, joined, role=MemberRole(role), is_admin=admin, by=LOCAL, now=now
            )
        made = passwords.make_reset_link(person, by=LOCAL, now=now)
    _show_link(person, made.secret, made.expires_at, as_json)


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List people with their parties and roles."""
    open_state()
    from seawall.parties.managing import people
    from seawall.vocab.actors import LOCAL

    rows = [_brief(row) for row in people(LOCAL).order_by("name", "pk")]
    if as_json:
        emit_json({"people": rows})
    elif not rows:
        click.echo("Nobody yet. `seawall serve` prints a link for the set-up.")
    else:
        headers = ["id", "state", "e-mail", "name", "parties"]
        print_table(headers, [_cells(row) for row in rows])


@command.command()
@click.argument("person", metavar="EMAIL-OR-U-NUMBER")
@json_option
def deactivate(person: str, as_json: bool) -> None:
    """Keep a person out at once: sessions, links and tokens end."""
    _set_active(person, False, as_json)


@command.command()
@click.argument("person", metavar="EMAIL-OR-U-NUMBER")
@json_option
def activate(person: str, as_json: bool) -> None:
    """Let a deactivated person sign in again."""
    _set_active(person, True, as_json)


@command.command("reset-link")
@click.argument("person", metavar="EMAIL-OR-U-NUMBER")
@json_option
def reset_link(person: str, as_json: bool) -> None:
    """Print a link with which a person sets a new password, once, within a day."""
    open_state()
    from django.utils import timezone

    from seawall.parties import passwords
    from seawall.vocab.actors import LOCAL

    row = find_person(person)
    made = passwords.make_reset_link(row, by=LOCAL, now=timezone.now())
    _show_link(row, made.secret, made.expires_at, as_json)


def find_person(text: str) -> "Person":
    """The person with that address or id; ends the command when there is none."""
    from seawall.parties.access import NotFound
    from seawall.parties.managing import people, person
    from seawall.vocab.actors import LOCAL

    if "@" in text:
        found = people(LOCAL).filter(email=text.strip().lower()).first()
        return found if found is not None else fail(f"nobody here has the address {text}")
    try:
        return person(LOCAL, text)
    except NotFound as error:
        fail(str(error))


def _set_active(person: str, active: bool, as_json: bool) -> None:
    open_state()
    from django.utils import timezone

    from seawall.parties import people
    from seawall.vocab.actors import LOCAL

    row = find_person(person)
    try:
        people.set_person_active(row, active, by=LOCAL, now=timezone.now())
    except people.ChangeRefused as error:
        fail(str(error))
    if as_json:
        emit_json({"id": row.public_id, "active": active})
    else:
        say(f"{row.public_id} {row.name} is {'active' if active else 'deactivated'}.")


def _show_link(person: "Person", secret: str, expires_at: Any, as_json: bool) -> None:
    from django.conf import settings

    path = f"/reset/{secret}"
    link = f"{settings.SEAWALL_ORIGIN}{path}"
    if as_json:
        facts = {"id": person.public_id, "email": person.email, "link": link}
        emit_json(facts | {"expires_at": expires_at})
        return
    click.echo(link)
    where = "" if settings.SEAWALL_ORIGIN else " Open it below this installation's address."
    say(
        f"With it {person.name} ({person.public_id}) sets a password, once, until "
        f"{expires_at:%Y-%m-%d %H:%M} UTC.{where}",
        err=True,
    )


def _brief(row: "Person") -> dict[str, Any]:
    return {
        "id": row.public_id,
        "email": row.email,
        "name": row.name,
        "active": row.is_active,
        "parties": [
            {
                "id": member.party.public_id,
                "name": member.party.name,
                "role": member.role,
                "admin": member.is_admin,
            }
            for member in row.memberships.all()
        ],
    }


def _cells(row: dict[str, Any]) -> list[str]:
    parties = ", ".join(
        f"{each['name']} ({each['role']}{', admin' if each['admin'] else ''})"
        for each in row["parties"]
    )
    state = "active" if row["active"] else "deactivated"
    return [row["id"], state, safe(row["email"]), safe(row["name"]), safe(parties)]
