"""Importing advisories, the KEV catalogue and SSVC decisions; the index for matching."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import zstandard
from django.conf import settings
from django.db import transaction

from seawall.formats.csaf import is_csaf, read_csaf
from seawall.formats.csaf_advisories import to_advisories
from seawall.formats.kev import KevCatalogue, SsvcRecord
from seawall.formats.osv import is_osv, read_osv
from seawall.inventory.facts import KEV, SSVC
from seawall.inventory.models import CatalogueDocument, CatalogueState, KevEntry, SsvcDecision
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.matching.index import AdvisoryIndex
from seawall.vocab.actors import Actor
from seawall.vocab.advisories import Advisory
from seawall.vocab.errors import BadInput

_BATCH = 1000
_LONGEST_ID = 200
_LONGEST_SOURCE = 190
"""The ledger's event about an import names its source in a column of 200 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did; `refused` has (where, reason) pairs. Nothing refused was kept."""

    added: int
    updated: int
    unchanged: int
    refused: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    format: str
    document_id: str
    modified_at: datetime | None
    digest: str
    content: bytes


@transaction.atomic
def import_documents(
    documents: Iterable[tuple[str, Any]], *, source: str, by: Actor, now: datetime
) -> Imported:
    """Import OSV records and CSAF documents given as (where, JSON value).

    A document that cannot be used is refused by itself; the others are kept. A known id with
    other content replaces the older version.
    """
    source = source[:_LONGEST_SOURCE]
    refused: list[tuple[str, str]] = []
    added = updated = unchanged = 0
    for batch in _batches(_read_all(documents, refused)):
        known = {
            (row.format, row.document_id): row
            for row in CatalogueDocument.objects.filter(
                document_id__in=[read.document_id for read in batch.values()]
            ).defer("content")
        }
        fresh: list[CatalogueDocument] = []
        for key, read in batch.items():
            row = known.get(key)
            if row is None:
                fresh.append(
                    CatalogueDocument(
                        format=read.format,
                        document_id=read.document_id,
                        digest=read.digest,
                        content=read.content,
                        source=source,
                        modified_at=read.modified_at,
                        imported_at=now,
                    )
                )
            elif row.digest == read.digest:
                unchanged += 1
            else:
                row.digest, row.content, row.source = read.digest, read.content, source
                row.modified_at, row.imported_at = read.modified_at, now
                row.save()
                updated += 1
        CatalogueDocument.objects.bulk_create(fresh)
        added += len(fresh)
    facts = {"added": added, "updated": updated, "unchanged": unchanged, "refused": len(refused)}
    ledger.record(by=by, what="catalogue.imported", on=f"source:{source}", facts=facts, at=now)
    return Imported(added=added, updated=updated, unchanged=unchanged, refused=tuple(refused))


@transaction.atomic
def import_kev(catalogue: KevCatalogue, *, by: Actor, now: datetime) -> int:
    """Replace the KEV catalogue by this version; gives the number of its entries."""
    KevEntry.objects.exclude(cve__in=[e.cve for e in catalogue.entries]).delete()
    KevEntry.objects.bulk_create(
        [
            KevEntry(
                cve=e.cve,
                added_date=e.date_added,
                due_date=e.due_date,
                vendor=e.vendor[:200],
                product=e.product[:300],
                ransomware=e.ransomware,
            )
            for e in catalogue.entries
        ],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["cve"],
        update_fields=["added_date", "due_date", "vendor", "product", "ransomware"],
    )
    _remember(KEV, version=catalogue.version, entries=len(catalogue.entries), by=by, now=now)
    return len(catalogue.entries)


@transaction.atomic
def import_ssvc(records: Iterable[SsvcRecord], *, source: str, by: Actor, now: datetime) -> int:
    """Add or replace SSVC decisions; gives their number."""
    rows = {
        r.cve: SsvcDecision(
            cve=r.cve,
            exploitation=r.exploitation or "",
            automatable=r.automatable or "",
            technical_impact=r.technical_impact or "",
            source=source[:100],
        )
        for r in records
    }
    SsvcDecision.objects.bulk_create(
        rows.values(),
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["cve"],
        update_fields=["exploitation", "automatable", "technical_impact", "source"],
    )
    _remember(SSVC, version=source, entries=len(rows), by=by, now=now)
    return len(rows)


def stored_advisories() -> Iterator[Advisory]:
    """All advisories of the catalogue, read anew from the documents as imported."""
    for row in CatalogueDocument.objects.order_by("id").iterator(chunk_size=_BATCH):
        document = json.loads(zstandard.decompress(bytes(row.content)))
        yield from _advisories(row.format, document)


def stored_document(document_id: str) -> Any:
    """The JSON of an imported document as it came; raises LookupError."""
    row = CatalogueDocument.objects.filter(document_id=document_id).first()
    if row is None:
        raise LookupError(f"The catalogue has no document {document_id}.")
    return json.loads(zstandard.decompress(bytes(row.content)))


def index_path() -> Path:
    """Where the saved index of this installation lies."""
    return Path(settings.SEAWALL_HOME) / "catalogue" / "index"


def open_index() -> AdvisoryIndex:
    """The saved index; built when there is none yet."""
    return AdvisoryIndex.load(index_path()) if index_path().exists() else rebuild_index()


def rebuild_index() -> AdvisoryIndex:
    """Build the matching index from the whole catalogue, save it, and ask for every asset to be
    matched with it."""
    index = AdvisoryIndex.build(stored_advisories())
    index_path().parent.mkdir(parents=True, exist_ok=True)
    index.save(index_path())
    with transaction.atomic():
        outbox.send("catalogue.changed")
    return index


def _read_all(
    documents: Iterable[tuple[str, Any]], refused: list[tuple[str, str]]
) -> Iterator[_Read]:
    for where, document in documents:
        try:
            yield _read(document)
        except BadInput as bad:
            refused.append((where, str(bad)))


def _read(document: Any) -> _Read:
    if is_osv(document):
        kind, advisories = CatalogueDocument.Format.OSV, (read_osv(document),)
        document_id, modified_at = advisories[0].id, advisories[0].modified_at
    elif is_csaf(document):
        kind, csaf = CatalogueDocument.Format.CSAF, read_csaf(document)
        tracking = csaf.document.tracking
        document_id, modified_at = tracking.id, tracking.current_release_date
    else:
        raise BadInput("neither an OSV record nor a CSAF document", mend="import one of these")
    if len(document_id) > _LONGEST_ID:
        raise BadInput(f"its id is longer than {_LONGEST_ID} characters")
    content = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return _Read(
        format=kind,
        document_id=document_id,
        modified_at=modified_at,
        digest=hashlib.sha256(content).hexdigest(),
        content=zstandard.compress(content),
    )


def _advisories(kind: str, document: Mapping[str, Any]) -> Iterable[Advisory]:
    if kind == CatalogueDocument.Format.OSV:
        return (read_osv(document),)
    return to_advisories(read_csaf(document))


def _batches(reads: Iterable[_Read]) -> Iterator[dict[tuple[str, str], _Read]]:
    batch: dict[tuple[str, str], _Read] = {}
    for read in reads:
        batch[(read.format, read.document_id)] = read
        if len(batch) == _BATCH:
            yield batch
            batch = {}
    if batch:
        yield batch


def _remember(name: str, *, version: str, entries: int, by: Actor, now: datetime) -> None:
    version = version[:100]
    CatalogueState.objects.update_or_create(
        name=name, defaults={"version": version, "entries": entries, "imported_at": now}
    )
    outbox.send("catalogue.changed")
    facts = {"version": version, "entries": entries}
    ledger.record(by=by, what="catalogue.imported", on=f"catalogue:{name}", facts=facts, at=now)
