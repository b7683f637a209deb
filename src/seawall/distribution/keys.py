"""The keys with which operators' clients sign receipts: registering and revoking them."""

import re
from datetime import datetime

from django.db import transaction

from seawall.distribution.models import ClientKey
from seawall.formats.receipt import possession
from seawall.ledger import actions as ledger
from seawall.parties.approvals import is_machine
from seawall.parties.models import Party
from seawall.signing.keys import PublicKey
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput, one_line

_HEX = re.compile(r"[0-9a-f]{64}")
MOST_KEYS = 1000


class KeyRefused(ValueError):
    """A rule about client keys says no; the message says why. Retrying does not help."""


@transaction.atomic
def register(
    public_key: str, *, name: str, proof: bytes | None, party: Party, by: Actor, now: datetime
) -> ClientKey:
    """Register an Ed25519 key (32 bytes, hex) for a party; the same key of the same party is
    given as it is.

    `proof` is the signature under `formats.receipt.possession` for the token of `by`; None only
    from the command line of this installation. Raises BadInput, or KeyRefused for a key that was
    revoked or is another party's.
    """
    public_key, name = public_key.lower(), one_line(name, limit=100)
    if not _HEX.fullmatch(public_key):
        raise BadInput("an Ed25519 public key is 32 bytes in hex", where="public_key")
    if not name:
        raise BadInput("a key needs a name, such as that of its machine", where="name")
    if proof is not None or not is_machine(by):
        _demand_possession(public_key, proof or b"", by)
    party = Party.objects.select_for_update(no_key=True).get(pk=party.pk)
    row, is_new = ClientKey.objects.get_or_create(
        public_key=public_key,
        defaults={"party": party, "name": name, "registered_by": str(by), "registered_at": now},
    )
    if not is_new:
        return _as_it_is(row, party)
    if party.client_keys.filter(revoked_at=None).count() > MOST_KEYS:
        raise KeyRefused(f"A party has at most {MOST_KEYS} keys; revoke some.")
    facts = {"party": party.public_id, "key": public_key}
    ledger.record(by=by, what="client_key.registered", on=row, facts=facts, at=now)
    return row


@transaction.atomic
def revoke(row: ClientKey, *, by: Actor, now: datetime) -> ClientKey:
    """Take a key back for good; receipts that it signed and that are here stay. Twice is once."""
    row = ClientKey.objects.select_for_update().get(pk=row.pk)
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by = now, str(by)
        row.save(update_fields=["revoked_at", "revoked_by"])
        ledger.record(by=by, what="client_key.revoked", on=row, at=now)
    return row


def _as_it_is(known: ClientKey, party: Party) -> ClientKey:
    if known.party_id != party.pk:
        raise KeyRefused("This key is another party's; make a key of your own.")
    if known.revoked_at is not None:
        raise KeyRefused("This key was revoked; make a new one.")
    return known


def _demand_possession(public_key: str, proof: bytes, by: Actor) -> None:
    """Nobody registers a key of which they hold the public half alone."""
    message = possession(public_key, token=by.id)
    if not PublicKey(raw=bytes.fromhex(public_key)).verify(signature=proof, message=message):
        raise BadInput(
            "the proof is not a signature of this key for this token",
            where="proof",
            mend="sign the text that the API's documentation gives with the key's private half",
        )
