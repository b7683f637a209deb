"""Who takes part in the demo: parties, their people, and how these sign in."""

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from seawall.cases.budgets import Wanted, set_budget
from seawall.demo.manifest import Manifest, Somebody
from seawall.parties import passwords, people
from seawall.parties.access import actor_of
from seawall.parties.actions import named_party
from seawall.parties.models import Party, Person
from seawall.vocab.actors import LOCAL, Actor

_FILE = "demo-people.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who can sign in to the demo, with the password; it opens nothing else."""

    name: str
    party: str
    email: str
    password: str = field(repr=False)


def take_places(manifest: Manifest) -> list[Account]:
    """Add the parties and people of the manifest; their passwords are drawn anew each time."""
    now = timezone.now()
    for each in manifest.parties:
        roles = [Party.Role(role) for role in each.roles]
        party = people.add_party(each.name, roles=roles, is_house=each.house, by=LOCAL, now=now)
        if each.products:
            set_budget(party, Wanted(products=each.products), by=LOCAL, now=now)
    accounts = [_account(each, manifest) for each in manifest.people]
    _keep(accounts)
    return accounts


def _account(each: Somebody, manifest: Manifest) -> Account:
    now = timezone.now()
    party = Party.objects.filter(name=each.party).first() or named_party(
        each.party, role=_role_of(each, manifest), by=LOCAL, now=now
    )
    person = people.add_person(email=each.email, name=each.name, by=LOCAL, now=now)
    people.add_member(person, party, role=each.role, is_admin=each.admin, by=LOCAL, now=now)
    password = secrets.token_urlsafe(12)
    passwords.set_password(person, password, by=LOCAL, now=now)
    return Account(name=each.name, party=each.party, email=each.email, password=password)


def _role_of(each: Somebody, manifest: Manifest) -> Party.Role:
    """What a party is that reports or operators will name later."""
    runs = any(each.party == operator.owner for operator in manifest.operators)
    return Party.Role.DEPLOYER if runs else Party.Role.REPORTER


def somebody_of(party: str) -> Actor:
    """The first person of a party, as an actor."""
    member = Person.objects.filter(memberships__party__name=party).order_by("pk").first()
    if member is None:
        raise LookupError(f"nobody of {party} takes part in the demo")
    return actor_of(member)


def accounts(home: Path) -> list[Account]:
    """Who can sign in to the demo in `home`; none when it was played without people."""
    try:
        return [Account(**each) for each in json.loads((home / _FILE).read_text())]
    except FileNotFoundError:
        return []


def _keep(made: list[Account]) -> None:
    path = Path(settings.SEAWALL_HOME) / _FILE
    text = json.dumps(
        [
            {"name": each.name, "party": each.party, "email": each.email, "password": each.password}
            for each in made
        ],
        indent=1,
    )
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
