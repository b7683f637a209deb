"""What a test wants to find in the installation before it opens the browser. These run in the
server's process: take and give JSON values."""

from typing import Any

from django.utils import timezone

from seawall.parties import passwords
from seawall.parties.models import Party, Person
from seawall.parties.people import add_member, add_party, add_person
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL

PASSWORD = "four plain words suffice here"
HOUSE = "House CERT"


def party(*, name: str, roles: list[str], is_house: bool = False) -> str:
    """The party of that name, made when it is new; gives its id."""
    known = Party.objects.filter(name=name).first()
    if known is None:
        given = [Party.Role(role) for role in roles]
        known = add_party(name, roles=given, is_house=is_house, by=LOCAL, now=timezone.now())
    return known.public_id


def person(
    *,
    name: str,
    party: str = HOUSE,
    roles: list[str] | None = None,
    role: str = "member",
    is_admin: bool = False,
) -> dict[str, str]:
    """A new person of a party, who can sign in with PASSWORD; gives the address."""
    is_house = party == HOUSE
    globals()["party"](name=party, roles=roles or ["coordinator"], is_house=is_house)
    email = f"{name.lower()}@example.org"
    made = add_person(email=email, name=name, by=LOCAL, now=timezone.now())
    passwords.set_password(made, PASSWORD, by=LOCAL, now=timezone.now())
    add_member(
        made,
        Party.objects.get(name=party),
        role=MemberRole(role),
        is_admin=is_admin,
        by=LOCAL,
        now=timezone.now(),
    )
    return {"email": email, "password": PASSWORD}


def end_sessions(*, email: str) -> int:
    """End all sessions of a person at once, as an administrator does."""
    from seawall.parties import sign_ins

    someone = Person.objects.get(email=email)
    return sign_ins.end_all(someone, by=LOCAL, now=timezone.now())


def report(*, text: str, name: str = "report.txt", reporter: str = "") -> dict[str, Any]:
    """Submit a report as if it came by the command line."""
    from seawall.findings.actions import submit

    data, now = text.encode(), timezone.now()
    done = submit(data, name=name, by=LOCAL, now=now, reporter=reporter)
    return {"report": done.report, "findings": list(done.findings)}
