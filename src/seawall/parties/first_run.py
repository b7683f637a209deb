"""The first run: a one-time secret that lets whoever started the server set the house up."""

import hmac
import os
import secrets
from datetime import datetime
from pathlib import Path

from django.db import transaction

from seawall.ledger import actions as ledger
from seawall.parties.access import has_people
from seawall.parties.models import Party, Person
from seawall.parties.passwords import require_good
from seawall.parties.people import add_party, new_member, new_person
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor, ActorKind

_FILE = "setup.token"
_FOUNDER = Actor(kind=ActorKind.OPERATOR, id="setup")


class SetUpAlready(Exception):
    """Somebody has an account here: the set-up is over for good."""


def setup_secret(home: Path) -> str | None:
    """The secret of the set-up, made on first use in a file of mode 0600; None, and no file, once
    somebody has an account."""
    path = home / _FILE
    if has_people():
        path.unlink(missing_ok=True)
        return None
    if not path.exists():
        draft = path.with_name(f".{_FILE}.{secrets.token_hex(8)}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
        os.replace(draft, path)
    return path.read_text().strip()


def is_setup_secret(home: Path, given: str) -> bool:
    """Whether `given` opens the set-up now."""
    path = home / _FILE
    if has_people() or not path.is_file():
        return False
    return hmac.compare_digest(path.read_text().strip().encode(), given.encode())


@transaction.atomic
def set_up(
    home: Path, *, house: str, name: str, email: str, password: str | None, now: datetime
) -> Person:
    """Make the house and its first administrator. Without `password` the caller gives the account
    a passkey in the same transaction. Raises SetUpAlready, and BadInput, which keeps nothing."""
    ledger.alone()  # two who have the link do not both become the first
    if has_people():
        raise SetUpAlready
    by = _FOUNDER
    party = Party.objects.filter(is_house=True).first() or add_party(
        house, by=by, now=now, roles=[Party.Role.COORDINATOR], is_house=True
    )
    person = new_person(email=email, name=name, by=by, now=now)
    if password is not None:
        require_good(password, person)
        person.set_password(password)
        person.save(update_fields=["password"])
    new_member(person, party, role=MemberRole.LEAD, is_admin=True, by=by, now=now)
    transaction.on_commit(lambda: (home / _FILE).unlink(missing_ok=True))
    return person
