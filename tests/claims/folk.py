"""Parties with members, and claims of theirs."""

from datetime import UTC, datetime, timedelta
from typing import Any

from seawall.claims import actions
from seawall.claims.actions import Claimed, Wanted
from seawall.claims.scope import read_scope
from seawall.parties.access import actor_of
from seawall.parties.actions import token_digest
from seawall.parties.models import ApiToken, Membership, Party, Person
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor
from seawall.vocab.claims import Lease, Sharing

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
JINJA = "pkg:pypi/jinja2"


def party(name: str, *, house: bool = False) -> Party:
    return Party.objects.create(name=name, roles=["finder"], is_house=house)


def membership(of: Party, role: MemberRole = MemberRole.MEMBER) -> Membership:
    number = Person.objects.count()
    person = Person.objects.create(email=f"p{number}@example.org", name=f"Person {number}")
    return Membership.objects.create(person=person, party=of, role=role.value, since=NOON)


def member(of: Party, role: MemberRole = MemberRole.MEMBER) -> Actor:
    """A person of that role, as the actor that they are."""
    return actor_of(membership(of, role).person)


def token(of: Party, *, scopes: tuple[str, ...] = ("read", "submit"), days: int = 3650) -> str:
    """A token that acts for a party."""
    key, secret = f"{ApiToken.objects.count():012x}", "secret"
    ApiToken.objects.create(
        key=key,
        digest=token_digest(secret),
        scopes=list(scopes),
        membership=membership(of),
        created_at=NOON,
        expires_at=NOON + days * DAY,
    )
    return f"swl_{key}_{secret}"


def wanted(
    target: str = JINJA,
    versions: str = "",
    *,
    days: int = 7,
    starts_at: datetime = NOON,
    sharing: Sharing = Sharing.NAME,
    **more: Any,
) -> Wanted:
    lease = Lease(starts_at=starts_at, until_at=starts_at + days * DAY)
    given = {"model": "finder-model", "model_version": "3", "purpose": "Sandbox escapes"} | more
    return Wanted(scope=read_scope(target, versions), lease=lease, sharing=sharing, **given)


def claimed(by: Actor, of: Party, *args: Any, now: datetime = NOON, **more: Any) -> Claimed:
    return actions.claim(wanted(*args, **more), party=of, by=by, now=now)
