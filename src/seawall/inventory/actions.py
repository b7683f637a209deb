"""Assets and their SBOMs: taking them in, and finding what hits them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from seawall.blobs.store import FolderBlobs
from seawall.formats.purl import parse_purl
from seawall.formats.sbom import read_sbom
from seawall.inventory.models import Asset, AssetComponent, Exposure, Sbom
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.matching.index import AdvisoryIndex, count_reasons
from seawall.matching.matches import Examination, Match
from seawall.parties.models import Party
from seawall.vocab.actors import Actor
from seawall.vocab.components import Component
from seawall.vocab.errors import BadInput
from seawall.vocab.ssvc import SystemClass

_GONE = "The component is no longer in the SBOM."
_CLEARED = "No advisory says so any more."
_FOLLOWS = [
    "purl", "component", "version", "fixed_versions", "why", "severity", "identifiers"
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a scan of one asset found; `not_checked` counts components by reason, so that a scan
    that looked at nothing does not look clean."""

    components: int
    opened: int
    closed: int
    still_open: int
    not_checked: dict[str, int]


@transaction.atomic
def describe_asset(
    *,
    owner: Party,
    name: str,
    system_class: SystemClass,
    publicly_exposed: bool | None,
    by: Actor,
    now: datetime,
) -> Asset:
    """The owner's asset of that name, made or changed to what is said here."""
    asset = Asset.objects.select_for_update().filter(owner=owner, name=name).first()
    said = {"system_class": system_class.value, "publicly_exposed": publicly_exposed}
    if asset is None:
        asset = Asset.objects.create(owner=owner, name=name, created_at=now, **said)
        ledger.record(by=by, what="asset.added", on=asset, facts=said, at=now)
    elif (asset.system_class, asset.publicly_exposed) != (system_class.value, publicly_exposed):
        asset.system_class, asset.publicly_exposed = system_class.value, publicly_exposed
        asset.save(update_fields=list(said))
        ledger.record(by=by, what="asset.changed", on=asset, facts=said, at=now)
        outbox.send("inventory.changed", asset_id=asset.pk)
    return asset


@transaction.atomic
def import_sbom(data: bytes, *, asset: Asset, by: Actor, now: datetime) -> Sbom:
    """Make an SBOM the current one of `asset`; importing the current one again changes nothing.

    Raises BadInput when it cannot be read.
    """
    document = read_sbom(data)
    digest = FolderBlobs(folder=Path(settings.SEAWALL_HOME) / "blobs").put(data)
    current = Sbom.objects.select_for_update().filter(asset=asset, is_current=True).first()
    if current is not None:
        if current.digest == digest:
            return current
        current.is_current = False
        current.save(update_fields=["is_current"])
    sbom = Sbom.objects.create(
        asset=asset,
        digest=digest,
        format=document.format,
        spec_version=document.spec_version[:20],
        document_name=document.name[:300],
        unusable=list(document.unusable),
        imported_at=now,
    )
    AssetComponent.objects.bulk_create(
        AssetComponent(
            sbom=sbom,
            ref=each.ref[:500],
            name=each.name[:300],
            version=each.version[:200],
            purl=each.purl[:1000],
        )
        for each in document.components
    )
    facts = {"digest": digest, "components": len(document.components)}
    ledger.record(by=by, what="sbom.imported", on=asset, facts=facts, at=now)
    outbox.send("inventory.changed", asset_id=asset.pk)
    return sbom


@transaction.atomic
def scan(asset: Asset, *, index: AdvisoryIndex, by: Actor, now: datetime) -> Scan:
    """Match the asset's current SBOM with the index: open new exposures, close those that ended.

    An exposure follows its component: an upgrade to a version that is affected too keeps it open
    since it was found, and one of which nothing can be said does not close it.
    """
    components = components_of(asset)
    examinations = [index.examine(component) for component in components]
    hits = {
        (_name(match), match.component.purl): match
        for examination in examinations
        for match in _vulnerabilities(examination.matches)
    }
    open_now = {
        (x.vulnerability, x.purl): x
        for x in Exposure.objects.select_for_update().filter(asset=asset, closed_at=None)
    }
    new = {key: match for key, match in hits.items() if key not in open_now}
    unseen = [exposure for key, exposure in open_now.items() if key not in hits]
    gone = [exposure for exposure in unseen if not _follow(exposure, new)]
    ended = list(_end(gone, examinations, now)) if gone else []
    fresh = [_exposure(asset, match, now) for match in new.values()]
    Exposure.objects.bulk_create(fresh)
    moved = len(unseen) - len(gone)
    if fresh or ended or moved:
        facts = {"opened": len(fresh), "closed": len(ended), "moved": moved}
        ledger.record(by=by, what="asset.scanned", on=asset, facts=facts, at=now)
        outbox.send("exposures.changed", asset_id=asset.pk)
    return Scan(
        components=len(components),
        opened=len(fresh),
        closed=len(ended),
        still_open=len(open_now) - len(ended),
        not_checked=dict(count_reasons(examinations)),
    )


def components_of(asset: Asset) -> list[Component]:
    """The components of the asset's current SBOM."""
    return [
        Component(ref=row.ref, name=row.name, version=row.version, purl=row.purl)
        for row in AssetComponent.objects.filter(sbom__asset=asset, sbom__is_current=True)
    ]


def _vulnerabilities(matches: Iterable[Match]) -> Iterable[Match]:
    """Leave out notices that are not vulnerabilities, such as "unmaintained"."""
    return (match for match in matches if not match.informational)


def _name(match: Match) -> str:
    """The CVE when there is one: the word that directives and catalogues use."""
    cves = (i for i in match.identifiers if i.startswith("CVE-"))
    return next(cves, match.id)[:200]


def _follow(exposure: Exposure, new: dict[tuple[str, str], Match]) -> bool:
    """Move an open exposure to another affected version of its package, taken out of `new`."""
    for key, match in new.items():
        if key[0] == exposure.vulnerability and _package(key[1]) == _package(exposure.purl):
            del new[key]
            now_there = _exposure(exposure.asset, match, exposure.found_at)
            for field in _FOLLOWS:
                setattr(exposure, field, getattr(now_there, field))
            exposure.save(update_fields=_FOLLOWS)
            return True
    return False


def _end(
    gone: list[Exposure], examinations: list[Examination], now: datetime
) -> Iterable[Exposure]:
    """Close the exposures that nothing found now leaves open, and give them."""
    packages: dict[str, list[Examination]] = {}
    for each in examinations:
        packages.setdefault(_package(each.component.purl), []).append(each)
    for exposure in gone:
        there = packages.get(_package(exposure.purl), [])
        if not any(_leaves_open(each, exposure) for each in there):
            exposure.closed_at, exposure.closed_because = now, _why_over(exposure, there)
            exposure.save(update_fields=["closed_at", "closed_because"])
            yield exposure


def _leaves_open(examination: Examination, exposure: Exposure) -> bool:
    """Whether what was found out about a component does not say that the exposure is over."""
    unsaid = {undecided.id for undecided in examination.undecided}
    return bool(examination.not_checked) or not unsaid.isdisjoint(exposure.identifiers)


def _why_over(exposure: Exposure, there: list[Examination]) -> str:
    if not there:
        return _GONE
    if any(each.component.purl == exposure.purl for each in there):
        return _CLEARED
    versions = ", ".join(dict.fromkeys(each.component.version for each in there))
    return f"The SBOM has {exposure.component} {versions} now, which is not affected."


def _package(purl: str) -> str:
    """A purl without its version; "" for what is none."""
    try:
        return str(replace(parse_purl(purl), version=""))
    except BadInput:
        return ""


def _exposure(asset: Asset, match: Match, now: datetime) -> Exposure:
    severity = next((s.score for r in match.records for s in r.severities), "") or next(
        (r.severity_word for r in match.records if r.severity_word), ""
    )
    return Exposure(
        asset=asset,
        vulnerability=_name(match),
        identifiers=list(dict.fromkeys([*match.identifiers, *match.covers])),
        purl=match.component.purl,
        component=match.component.name,
        version=match.version[:200],
        fixed_versions=list(match.fixed),
        why=match.why,
        severity=severity[:200],
        found_at=now,
    )
