"""`seawall party`: add and list parties, and put people into them."""

from typing import TYPE_CHECKING, Any

import click

from seawall.cli.output import clear_errors, emit_json, fail, json_option, safe, say
from seawall.cli.state import open_state
from seawall.cli.tables import print_table

if TYPE_CHECKING:
    from seawall.parties.models import Party

_ROLES = ["finder", "reporter", "vendor", "coordinator", "deployer", "authority", "lab"]
_MEMBER_ROLE = click.option(
    "--role",
    default="member",
    show_default=True,
    type=click.Choice(["viewer", "member", "lead"]),
    help="What the person does for the party.",
)
_ADMIN = click.option("--admin", is_flag=True, help="Manages the party's people and tokens.")


@click.group()
def command() -> None:
    """Add and list parties, and put people into them."""


@command.command()
@click.argument("name")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([*_ROLES, "evaluator"]),
    help="What it is here; may be given more than once.",
)
@click.option("--house", is_flag=True, help="It runs this installation; there is one.")
@json_option
def add(name: str, roles: tuple[str, ...], house: bool, as_json: bool) -> None:
    """Add a party."""
    open_state()
    from django.utils import timezone

    from seawall.parties.models import Party
    from seawall.parties.people import add_party
    from seawall.vocab.actors import LOCAL

    with clear_errors():
        made = add_party(
            name,
            roles=[Party.Role(role) for role in roles],
            is_house=house,
            by=LOCAL,
            now=timezone.now(),
        )
    if as_json:
        emit_json({"id": made.public_id, "name": made.name, "roles": made.roles, "house": house})
    else:
        say(f"{made.public_id} {made.name} is added.")


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List parties."""
    open_state()
    from seawall.parties.managing import parties
    from seawall.vocab.actors import LOCAL

    rows = [_brief(row) for row in parties(LOCAL).order_by("name")]
    if as_json:
        emit_json({"parties": rows})
    elif not rows:
        click.echo("No parties yet.")
    else:
        headers = ["id", "people", "state", "roles", "name"]
        print_table(headers, [_cells(row) for row in rows])


@command.command("deactivate")
@click.argument("party", metavar="NAME-OR-P-NUMBER")
@json_option
def deactivate(party: str, as_json: bool) -> None:
    """Keep all people and tokens of a party out at once."""
    _set_active(party, False, as_json)


@command.command("activate")
@click.argument("party", metavar="NAME-OR-P-NUMBER")
@json_option
def activate(party: str, as_json: bool) -> None:
    """Let a deactivated party take part again."""
    _set_active(party, True, as_json)


@command.group()
def member() -> None:
    """Put people into a party, change their roles, end memberships."""


@member.command("add")
@click.argument("party", metavar="NAME-OR-P-NUMBER")
@click.argument("person", metavar="EMAIL-OR-U-NUMBER")
@_MEMBER_ROLE
@_ADMIN
@json_option
def member_add(party: str, person: str, role: str, admin: bool, as_json: bool) -> None:
    """Put a person into a party; who is in it gets the role."""
    open_state()
    from django.utils import timezone

    from seawall.cli.person import find_person
    from seawall.parties import people
    from seawall.parties.access import memberships_of
    from seawall.vocab.access import MemberRole
    from seawall.vocab.actors import LOCAL

    where, whom = find_party(party), find_person(person)
    known = next((row for row in memberships_of(whom) if row.party_id == where.pk), None)
    wanted: dict[str, Any] = {"role": MemberRole(role), "is_admin": admin}
    try:
        if known is None:
            people.add_member(whom, where, **wanted, by=LOCAL, now=timezone.now())
        else:
            people.change_member(known, **wanted, by=LOCAL, now=timezone.now())
    except people.ChangeRefused as error:
        fail(str(error))
    if as_json:
        ids = {"party": where.public_id, "person": whom.public_id}
        emit_json(ids | {"role": role, "admin": admin})
    else:
        say(f"{whom.name} is {role} of {where.name}{', and its administrator' if admin else ''}.")


@member.command("end")
@click.argument("party", metavar="NAME-OR-P-NUMBER")
@click.argument("person", metavar="EMAIL-OR-U-NUMBER")
@json_option
def member_end(party: str, person: str, as_json: bool) -> None:
    """End a membership at once, and its tokens with it."""
    open_state()
    from django.utils import timezone

    from seawall.cli.person import find_person
    from seawall.parties import people
    from seawall.parties.access import memberships_of
    from seawall.vocab.actors import LOCAL

    where, whom = find_party(party), find_person(person)
    known = next((row for row in memberships_of(whom) if row.party_id == where.pk), None)
    if known is None:
        fail(f"{whom.name} is not in {where.name}")
    try:
        people.end_member(known, by=LOCAL, now=timezone.now())
    except people.ChangeRefused as error:
        fail(str(error))
    if as_json:
        emit_json({"party": where.public_id, "person": whom.public_id, "ended": True})
    else:
        say(f"{whom.name} is no longer in {where.name}.")


def find_party(text: str) -> "Party":
    """The party of that name or id; ends the command when there is none."""
    from seawall.parties.access import NotFound
    from seawall.parties.managing import parties, party
    from seawall.vocab.actors import LOCAL

    found = parties(LOCAL).filter(name__iexact=text.strip()).first()
    if found is not None:
        return found
    try:
        return party(LOCAL, text)
    except NotFound as error:
        fail(str(error))


def _set_active(party: str, active: bool, as_json: bool) -> None:
    open_state()
    from django.utils import timezone

    from seawall.parties import people
    from seawall.vocab.actors import LOCAL

    row = find_party(party)
    try:
        people.set_party_active(row, active, by=LOCAL, now=timezone.now())
    except people.ChangeRefused as error:
        fail(str(error))
    if as_json:
        emit_json({"id": row.public_id, "active": active})
    else:
        say(f"{row.public_id} {row.name} is {'active' if active else 'deactivated'}.")


def _brief(row: Any) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "name": row.name,
        "roles": row.roles,
        "house": row.is_house,
        "active": row.is_active,
        "people": row.member_count,
    }


def _cells(row: dict[str, Any]) -> list[str]:
    state = "active" if row["active"] else "deactivated"
    roles = ", ".join([*(["house"] if row["house"] else []), *row["roles"]])
    return [row["id"], str(row["people"]), state, roles, safe(row["name"])]
