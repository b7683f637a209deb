"""People of every kind, and browsers without a screen in which they are signed in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from seawall.parties.access import actor_of
from seawall.parties.models import Membership, Party, Person, SignIn
from seawall.parties.people import add_member, add_party, add_person
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL, PUBLIC, Actor
from seawall.web.who import sign_in

KINDS = ("nobody", "coordinator", "lead", "viewer", "finder", "vendor", "operator", "admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody with a browser; `person` is None for nobody in particular."""

    client: Client
    person: Person | None = None

    @property
    def actor(self) -> Actor:
        return actor_of(self.person) if self.person else PUBLIC

    def get(self, url: str, status: int = 200, **headers: str) -> str:
        """The text of a page, which has that status."""
        response = self.client.get(url, headers=headers)
        text = response.content.decode()
        assert response.status_code == status, f"{url}: {response.status_code}\n{text[:2000]}"
        return text

    def post(self, url: str, data: dict[str, Any] | None = None, status: int = 303) -> Any:
        response = self.client.post(url, data or {})
        text = response.content.decode()
        assert response.status_code == status, f"{url}: {response.status_code}\n{text[:2000]}"
        return response


def party(name: str, *roles: str, is_house: bool = False) -> Party:
    """The party of that name, made when it is new."""
    known = Party.objects.filter(name=name).first()
    return known or add_party(
        name, roles=[Party.Role(r) for r in roles], is_house=is_house, by=LOCAL, now=_now()
    )


def member(of: Party, name: str, role: MemberRole = MemberRole.MEMBER, **more: bool) -> Person:
    """A new person who is a member of a party."""
    person = add_person(email=f"{name.lower()}@example.org", name=name, by=LOCAL, now=_now())
    is_admin = more.get("is_admin", False)
    add_member(person, of, role=role, is_admin=is_admin, by=LOCAL, now=_now())
    return person


def visitor(person: Person | None = None) -> Visitor:
    """A browser in which that person is signed in; nobody for None."""
    client = Client()
    if person is not None:
        request = HttpRequest()
        request.session = client.session
        sign_in(request, person, SignIn.How.PASSWORD)
        request.session.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = str(request.session.session_key)
    return Visitor(client=client, person=person)


def visitor_of(kind: str) -> Visitor:
    """A visitor by kind: one of KINDS."""
    house = party("House CERT", "coordinator", is_house=True)
    match kind:
        case "nobody":
            return visitor()
        case "lead":
            return visitor(member(house, "Lena", MemberRole.LEAD))
        case "coordinator":
            return visitor(member(house, "Cora"))
        case "viewer":
            return visitor(member(house, "Vito", MemberRole.VIEWER))
        case "admin":
            return visitor(member(house, "Ada", MemberRole.LEAD, is_admin=True))
        case "finder":
            return visitor(member(party("Deep Lab", "finder"), "Fina", MemberRole.LEAD))
        case "vendor":
            return visitor(member(party("Pallets", "vendor"), "Vera", MemberRole.LEAD))
        case "operator":
            return visitor(member(party("City Hospital", "deployer"), "Olga"))
    raise ValueError(kind)


def memberships(person: Person) -> list[Membership]:
    return list(Membership.objects.filter(person=person, ended_at=None))


def _now() -> datetime:
    return timezone.now()
