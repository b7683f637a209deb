"""Signed releases: what becomes public is checked again, signed and logged, all in the transaction
that publishes it, or none of it happens."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from seawall.advisories.checking import Misfit, csaf_of, demand_fit
from seawall.advisories.models import Advisory, Patch, Release, Revision
from seawall.blobs.store import blob_digest
from seawall.cases.keys import diff_of
from seawall.formats.release_bundle import ReleaseBundle, check_bundle, read_bundle, write_bundle
from seawall.formats.release_documents import document_text
from seawall.formats.release_statement import FixTold, ReleaseStatement, write_statement
from seawall.formats.said import read_said
from seawall.ledger import actions as ledger
from seawall.ledger import checkpoints, outbox
from seawall.ledger.entries import FactsRefused
from seawall.parties import sealing
from seawall.signing.dsse import Envelope
from seawall.signing.keys import FileKeys, KeyUnusable, PublicKey, Signer
from seawall.signing.statements import sign_statement
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput
from seawall.vocab.tlp import Tlp

KEY = "release"
TOPIC = "advisory.released"
_NOT_NOW = (
    Misfit,
    KeyUnusable,
    FactsRefused,
    checkpoints.CheckpointRefused,
    BadInput,
    UnicodeEncodeError,
)
"""What keeps a release from being made, each with a message that says what to mend."""


class PublicationRefused(ValueError):
    """A rule says no for now; the message is the reason."""


class ReleaseFailed(PublicationRefused):
    """It could not be checked, signed or logged, so nothing happened. Mend what the message says,
    then publish again."""


def release_key() -> Signer:
    """The key that signs releases; made with the first release, and never again."""
    keys = FileKeys(Path(settings.SEAWALL_HOME) / "keys")
    return keys.get(KEY) if Release.objects.exists() else keys.ensure(KEY)


def public_release_key() -> PublicKey:
    """The public half of the key that signs releases."""
    return release_key().public


def make_release(revision: Revision, *, by: Actor, now: datetime, later: bool = False) -> Release:
    """Sign and log a revision whose documents are public from now on; ask for its distribution.
    `later`: they have been public for some time, so that nobody needs to be told.

    Call it in the transaction that publishes. Raises ReleaseFailed; then that must fail too.
    """
    ledger.require_transaction()
    public_id = revision.advisory.public_id
    try:
        demand_fit(revision)
        return _make(revision, _patches_of(revision), by=by, now=now, later=later)
    except _NOT_NOW as error:
        raise ReleaseFailed(f"{public_id} was not published. {error}") from error


def newest_release(advisory: Advisory) -> Release | None:
    """The release of the newest published revision that has one."""
    rows = Release.objects.filter(revision__advisory=advisory)
    return rows.order_by("-revision__number").first()


def patches_of(release: Release) -> dict[str, bytes]:
    """sha256 (hex) → each patch that the release names."""
    named = {fix["patch"] for fix in release.revision.public_fixes or () if fix["patch"]}
    return {row.sha256: bytes(row.content) for row in Patch.objects.filter(pk__in=named)}


def statement_facts(fixes: tuple[FixTold, ...]) -> list[dict[str, str]]:
    """Fixes as a revision keeps them."""
    return [{"package": f.package, "version": f.version, "patch": f.patch} for f in fixes]


def _make(
    revision: Revision, patches: Mapping[str, bytes], *, by: Actor, now: datetime, later: bool
) -> Release:
    documents = {name: document_text(each) for name, each in revision.documents.items()}
    digests = {name: _sha256(text.encode()) for name, text in documents.items()}
    said = _statement(revision, digests, tuple(patches), now=now)
    envelope = sign_statement(write_statement(said), signers=[release_key()])
    digest = _sha256(envelope.payload)
    facts: dict[str, Any] = {
        "revision": revision.number,
        "digest": revision.facts_digest,
        "documents": digests,
        "release": digest,
    }
    if later:
        facts["later"] = True
    event = ledger.record(
        by=by, what="advisory.published", on=revision.advisory, facts=facts, at=now
    )
    bundle = write_bundle(
        ReleaseBundle(
            id=said.id,
            revision=said.revision,
            envelope=envelope.to_json(),
            entry=event.entry,
            proof=checkpoints.proof(event, checkpoints.sign(now=now)),
            documents=documents,
        )
    )
    _read_back(bundle, envelope)
    for sha256, content in patches.items():
        Patch.objects.get_or_create(sha256=sha256, defaults={"content": content})
    row = Release.objects.create(
        revision=revision,
        bundle=bundle.decode(),
        digest=digest,
        event_index=event.index,
        released_at=now,
    )
    outbox.send(TOPIC, due_at=now, release_id=row.pk)
    return row


def _statement(
    revision: Revision, digests: Mapping[str, str], patches: tuple[str, ...], *, now: datetime
) -> ReleaseStatement:
    csaf = csaf_of(revision.documents)
    publisher = csaf["document"]["publisher"]
    former = newest_release(revision.advisory)
    return ReleaseStatement(
        id=revision.advisory.public_id,
        revision=revision.number,
        publisher=publisher["name"],
        namespace=publisher["namespace"],
        released_at=now.replace(microsecond=0),
        tlp=read_said(csaf).tlp or Tlp.CLEAR,
        documents=digests,
        patches=patches,
        cve=csaf["vulnerabilities"][0].get("cve", ""),
        fixes=tuple(FixTold(**each) for each in revision.fixes or ()),
        replaces=former.digest if former else "",
    )


def _patches_of(revision: Revision) -> dict[str, bytes]:
    """sha256 → patch, for each that a fix of the revision names. Raises Misfit."""
    wanted = dict.fromkeys(fix["patch"] for fix in revision.fixes or () if fix["patch"])
    found = {}
    for sha256 in wanted:
        fix = revision.advisory.case.fixes.filter(diff_digest=sha256).first()
        try:
            content = diff_of(fix) if fix else b""
        except (sealing.BlobMissing, sealing.BlobDamaged, sealing.Damaged) as error:
            raise Misfit(f"The patch {sha256[:12]}… cannot be read: {error}") from error
        if blob_digest(content) != sha256:
            raise Misfit(f"The patch {sha256[:12]}… is not there any more; draft it again.")
        found[sha256] = content
    return found


def _read_back(bundle: bytes, envelope: Envelope) -> None:
    """What everybody will read can be read, and agrees with what is signed."""
    check_bundle(read_bundle(bundle), envelope.payload)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
