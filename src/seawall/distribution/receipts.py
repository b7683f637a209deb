"""Taking in operators' receipts: whose key signed, about which release, when."""

import hashlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from seawall.advisories.models import Release
from seawall.distribution.models import ClientKey, SignedReceipt
from seawall.formats.bounded import parse_json
from seawall.formats.receipt import MAX_BYTES, Receipt, ReceiptKind, read_receipt
from seawall.ledger import actions as ledger
from seawall.parties.models import Party
from seawall.signing import dsse
from seawall.signing.dsse import Envelope, SignatureInvalid
from seawall.signing.keys import PublicKey
from seawall.signing.statements import PAYLOAD_TYPE
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput

CLOCK = timedelta(minutes=10)
"""Clocks of clients may be off by so much."""


class ReceiptRefused(ValueError):
    """A rule about receipts says no; the message says why. Retrying does not help."""


@transaction.atomic
def receive(
    envelope: bytes, *, party: Party, by: Actor, now: datetime
) -> tuple[SignedReceipt, bool]:
    """Keep a receipt of a party; the same receipt again is the same row, and the second value
    says whether it is new.

    Raises BadInput for what is no receipt, ReceiptRefused when no key of the party that still
    counts signed it, when its release is not known, or when its time cannot be.
    """
    if len(envelope) > MAX_BYTES:
        raise BadInput(f"a receipt takes at most {MAX_BYTES >> 10} kB")
    read = Envelope.from_json(envelope)
    if read.payload_type != PAYLOAD_TYPE:
        raise BadInput(f"the payload is no in-toto statement ({PAYLOAD_TYPE})", where="payloadType")
    key = _signing_key(read, party)
    statement = parse_json(read.payload, max_bytes=MAX_BYTES, max_depth=8, name="the payload")
    if not isinstance(statement, dict):
        raise BadInput("an in-toto statement is an object", where="payload")
    said = read_receipt(statement)
    release = _release(said)
    _demand_possible(said, release, now)
    digest = hashlib.sha256(read.payload).hexdigest()
    row, is_new = SignedReceipt.objects.get_or_create(
        key=key,
        digest=digest,
        defaults={
            "party": party,
            "release": release,
            "kind": said.kind.value,
            "asset": said.asset,
            "component": said.component,
            "before": said.before,
            "after": said.after,
            "client": said.client,
            "at": said.at,
            "received_at": now,
            "envelope": read.to_json(),
        },
    )
    if is_new:
        facts = {
            "party": party.public_id,
            "release": said.release,
            "revision": said.revision,
            "kind": said.kind.value,
            "payload": digest,
        }
        ledger.record(by=by, what="receipt.received", on=row, facts=facts, at=now)
    return row, is_new


def installed(release: Release, asset: str, *, party: Party) -> QuerySet[SignedReceipt]:
    """The receipts of a party that say that the release is installed in its system `asset`,
    newest first."""
    return SignedReceipt.objects.filter(
        release=release, party=party, asset=asset, kind=ReceiptKind.INSTALLED.value
    )


def _signing_key(envelope: Envelope, party: Party) -> ClientKey:
    """The key of the party that signed and still counts; its row is locked, so that no receipt
    slips in while the key is revoked."""
    hints = {each.keyid for each in envelope.signatures}
    for row in party.client_keys.order_by("-pk"):
        public = PublicKey(raw=bytes.fromhex(row.public_key))
        if hints & {public.id, row.public_key, ""} and _is_signed(envelope, public):
            key = ClientKey.objects.select_for_update().get(pk=row.pk)
            if key.revoked_at is not None:
                raise ReceiptRefused(f"The key {key.public_id} that signed this was revoked.")
            return key
    raise ReceiptRefused("No registered key of this party signed this receipt.")


def _is_signed(envelope: Envelope, key: PublicKey) -> bool:
    try:
        dsse.verify(envelope, trusted=[key])
    except SignatureInvalid:
        return False
    return True


def _release(said: Receipt) -> Release:
    found = Release.objects.filter(digest=said.digest).select_related("revision__advisory").first()
    if found is None:
        raise ReceiptRefused("There is no release with this digest.")
    revision = found.revision
    if (revision.advisory.public_id, revision.number) != (said.release, said.revision):
        raise ReceiptRefused(f"This digest is not that of {said.release} revision {said.revision}.")
    return found


def _demand_possible(said: Receipt, release: Release, now: datetime) -> None:
    if said.at > now + CLOCK:
        raise ReceiptRefused("This receipt is of a time that is yet to come; set the clock.")
    if said.at < release.released_at - CLOCK:
        raise ReceiptRefused("This receipt is older than the release; set the clock.")
