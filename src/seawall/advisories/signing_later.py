"""Releases for what was published before releases were signed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from seawall.advisories.models import Advisory, Release, Revision
from seawall.advisories.releases import make_release, statement_facts
from seawall.cases.models import Case
from seawall.formats.purl import parse_purl
from seawall.formats.release_documents import DocumentName
from seawall.formats.release_statement import FixTold
from seawall.formats.said import read_said
from seawall.vocab.actors import Actor


def unsigned() -> list[Revision]:
    """Published revisions without a release and newer than any that has one, oldest first."""
    rows = Revision.objects.exclude(published_at=None).filter(release=None)
    rows = rows.select_related("advisory__case").order_by("advisory", "number")
    return [row for row in rows if row.number > _newest_signed(row.advisory)]


@transaction.atomic
def sign_published(revision: Revision, *, by: Actor, now: datetime) -> Release:
    """The release of a published revision, made now when there is none yet. The ledger gets a
    further event, which names what is signed. Raises ReleaseFailed."""
    Case.objects.select_for_update().get(pk=revision.advisory.case_id)
    known = Release.objects.filter(revision=revision).first()
    if known is not None:
        return known
    if revision.public_fixes is None:
        revision.public_fixes = statement_facts(tuple(_fixes_of(revision)))
        revision.save(update_fields=["public_fixes"])
    return make_release(revision, by=by, now=now, later=True)


def _newest_signed(advisory: Advisory) -> int:
    signed = Release.objects.filter(revision__advisory=advisory)
    return signed.aggregate(newest=Max("revision__number"))["newest"] or 0


def _fixes_of(revision: Revision) -> Iterable[FixTold]:
    """What the documents say about fixes; a patch only when it is still at hand, and when there is
    one package to which it can belong."""
    named = {DocumentName.of_file(name): each for name, each in revision.documents.items()}
    said = read_said(named[DocumentName.CSAF])
    packages = sorted({purl for purl, *_ in said.ranges})
    patches = _patches_in(named.get(DocumentName.OSV, {}), revision.advisory.case)
    patch = patches[0] if patches and len(packages) == 1 else ""
    fixed = [parse_purl(each) for each in sorted(said.fixed)]
    for package in packages:
        versions = [each.version for each in fixed if each.package == parse_purl(package).package]
        for version in versions or ([""] if patch else []):
            yield FixTold(package=package, version=version, patch=patch)
            patch = ""


def _patches_in(osv: Mapping[str, Any], case: Case) -> list[str]:
    told = osv.get("database_specific", {}).get("patch_sha256", [])
    there = set(case.fixes.filter(diff_digest__in=told).values_list("diff_digest", flat=True))
    return [sha256 for sha256 in told if sha256 in there]
