"""Receipts: this operator's signed word that a release arrived, or that it was installed.

They are written into the store, those of a sync in its very transaction, and wait there until
they were sent or carried away.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from seawall import __version__
from seawall.client.install import Installed
from seawall.client.store import Held, Store
from seawall.formats.receipt import Receipt, ReceiptKind, write_receipt
from seawall.signing.dsse import Envelope
from seawall.signing.keys import Ed25519Signer, FileKeys, KeyUnusable
from seawall.signing.statements import sign_statement

KEY = "key"
WANTED = "receipts"
CLIENT = f"seawall {__version__}"
_MOST_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A receipt of this client. `digest` is the sha256 (hex) of its signed payload; `answer` is
    why it was refused when it was sent, "" else."""

    number: int
    digest: str
    envelope: str
    kind: ReceiptKind
    release: str
    revision: int
    asset: str
    made_at: datetime
    sent_at: datetime | None
    answer: str


def client_key(home: Path, *, make: bool = False) -> Ed25519Signer:
    """The key of this client for the feed in `home`; raises KeyUnusable when it is absent, unless
    `make`."""
    keys = FileKeys(home)
    if make:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        return keys.ensure(KEY)
    if not (home / f"{KEY}.pem").exists():
        raise KeyUnusable("there is no client key here yet; seawall receipt key makes one")
    return keys.get(KEY)


def wants_receipts(home: Path, said: bool | None) -> bool:
    """Whether a sync signs receipts: as `said`, which is remembered, else as said before."""
    with Store.open(home) as store:
        if said is not None:
            with store.change():
                store.put(**{WANTED: said})
        return bool(store.get(WANTED, False))


def delivered(store: Store, installed: tuple[Installed, ...], now: datetime) -> int:
    """Sign that these releases arrived, within the change that installs them. Of a very large
    delivery, such as the first sync of an old feed, only the thousand newest."""
    newest = sorted(installed, key=lambda each: each.id)[-_MOST_AT_ONCE:]
    receipts = [
        Receipt(
            kind=ReceiptKind.DELIVERED,
            release=each.id,
            revision=each.revision,
            digest=each.payload,
            at=now,
            client=CLIENT,
        )
        for each in newest
    ]
    return _write(store, receipts, signer=client_key(store.place.parent, make=True), now=now)


def installed(
    store: Store,
    release: Held,
    *,
    components: Iterable[tuple[str, str, str]],
    asset: str,
    now: datetime,
) -> int:
    """Sign that what a release fixes is fixed in the system `asset`: one receipt for each of
    `components`, as (purl, version before or "", version after). Gives how many."""
    receipts = [
        Receipt(
            kind=ReceiptKind.INSTALLED,
            release=release.id,
            revision=release.revision,
            digest=release.payload,
            at=now,
            client=CLIENT,
            asset=asset,
            component=purl,
            before=before,
            after=after,
        )
        for purl, before, after in components
    ]
    with store.change():
        signer = client_key(store.place.parent, make=True)
        return _write(store, receipts, signer=signer, now=now)


def queued(store: Store, *, sent: bool | None = None) -> tuple[Queued, ...]:
    """The receipts in order; only those that were sent, or were not, when `sent` says so."""
    rows = store.db.execute(
        "SELECT number, digest, envelope, kind, release, revision, asset, made_at, sent_at, answer"
        " FROM receipts WHERE ? IS NULL OR (sent_at IS NOT NULL) = ? ORDER BY number",
        (sent, sent),
    )
    return tuple(
        Queued(
            number=number,
            digest=digest,
            envelope=envelope,
            kind=ReceiptKind(kind),
            release=release,
            revision=revision,
            asset=asset,
            made_at=datetime.fromisoformat(made_at),
            sent_at=datetime.fromisoformat(sent_at) if sent_at else None,
            answer=answer,
        )
        for (
            number,
            digest,
            envelope,
            kind,
            release,
            revision,
            asset,
            made_at,
            sent_at,
            answer,
        ) in rows
    )


def mark_sent(store: Store, digest: str, *, now: datetime) -> None:
    """Note that a receipt is where it should be."""
    with store.change():
        store.db.execute(
            "UPDATE receipts SET sent_at = ?, answer = '' WHERE digest = ? AND sent_at IS NULL",
            (now.astimezone(UTC).isoformat(), digest),
        )


def mark_refused(store: Store, digest: str, answer: str) -> None:
    """Note why a receipt was not taken; it stays unsent."""
    with store.change():
        store.db.execute("UPDATE receipts SET answer = ? WHERE digest = ?", (answer, digest))


def _write(
    store: Store, receipts: Iterable[Receipt], *, signer: Ed25519Signer, now: datetime
) -> int:
    """Sign and queue receipts; one that says the same about the same system again is left out."""
    count = 0
    for receipt in receipts:
        if _is_said(store, receipt):
            continue
        envelope = sign_statement(write_receipt(receipt), signers=[signer])
        store.db.execute(
            "INSERT INTO receipts (digest, envelope, kind, release, revision, asset, made_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                hashlib.sha256(envelope.payload).hexdigest(),
                envelope.to_json(),
                receipt.kind.value,
                receipt.release,
                receipt.revision,
                receipt.asset,
                now.astimezone(UTC).isoformat(),
            ),
        )
        count += 1
    return count


def _is_said(store: Store, receipt: Receipt) -> bool:
    rows = store.db.execute(
        "SELECT envelope FROM receipts WHERE kind = ? AND release = ? AND revision = ?"
        " AND asset = ?",
        (receipt.kind.value, receipt.release, receipt.revision, receipt.asset),
    )
    said = (receipt.digest, receipt.component, receipt.after)
    return any(_said(envelope) == said for (envelope,) in rows)


def _said(envelope: str) -> tuple[str, str, str]:
    """(digest of the release, component, version after) of a receipt that this client wrote."""
    statement = json.loads(Envelope.from_json(envelope).payload)
    predicate = statement["predicate"]
    return (
        statement["subject"][0]["digest"]["sha256"],
        predicate.get("component", ""),
        predicate.get("after", ""),
    )
