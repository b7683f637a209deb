"""The OSV record of a release."""

from dataclasses import replace
from typing import Any

from seawall.formats.osv import write_osv
from seawall.formats.release_facts import ReleaseFacts, facts_of, stamp
from seawall.formats.release_packages import PackageFacts, Span
from seawall.vocab.advisories import (
    AffectedPackage,
    EventKind,
    RangeEvent,
    RangeKind,
    Reference,
    VersionRange,
)
from seawall.vocab.decisions import Refused
from seawall.vocab.release import AdvisoryRelease

SCHEMA_VERSION = "1.6.7"


def osv(release: AdvisoryRelease, *, facts: ReleaseFacts | None = None) -> dict[str, Any] | Refused:
    """The release as OSV record, or Refused when a package is in no ecosystem nor repository.

    What OSV has no field for goes into `database_specific`: evidence, timeline, status, and
    per package the fixed versions that no range can hold.
    """
    facts = facts or facts_of(release)
    advisory = release.advisory
    for package in facts.packages:
        if not package.ecosystem and not _in_repository(package):
            return Refused(f"OSV needs the ecosystem or repository of {package.name}")
    made = write_osv(
        replace(
            advisory,
            aliases=tuple(name for name in facts.identifiers if name != advisory.id),
            summary=facts.title,
            details=facts.description,
            affected=tuple(_affected(package) for package in facts.packages),
            references=_references(facts),
            credits=tuple(credit for credit in advisory.credits if credit.name.strip()),
            published_at=release.initial_at.replace(microsecond=0),
            modified_at=release.current_at.replace(microsecond=0),
            extra={},
        )
    )
    for entry in made["affected"]:
        if not entry["package"].get("ecosystem"):
            entry["database_specific"] = {"purl": entry.pop("package")["purl"]}
    made["schema_version"] = SCHEMA_VERSION
    made["published"], made["modified"] = facts.initial, facts.current
    if specific := _specific(facts):
        made["database_specific"] = {**made.get("database_specific", {}), **specific}
    return dict(sorted(made.items()))


def _in_repository(package: PackageFacts) -> bool:
    """Whether commits of a repository say it all, so that OSV wants no package."""
    named = package.versions or package.fixed
    return not named and all(span.git and span.repo for span in package.spans)


def _affected(package: PackageFacts) -> AffectedPackage:
    unheld = [v for v in package.fixed if v not in {s.end for s in package.spans}]
    return AffectedPackage(
        ecosystem=package.ecosystem,
        name=package.name,
        purl=str(package.purl),
        ranges=tuple(_range(span) for span in package.spans),
        versions=package.versions,
        extra={"database_specific": {"fixed_versions": unheld}} if unheld else {},
    )


def _range(span: Span) -> VersionRange:
    events = [RangeEvent(kind=EventKind.INTRODUCED, version=span.start)]
    if span.end_kind:
        events.append(RangeEvent(kind=EventKind(span.end_kind), version=span.end))
    kind = RangeKind.SEMVER if span.semver else RangeKind.ECOSYSTEM
    return VersionRange(
        kind=RangeKind.GIT if span.git else kind, events=tuple(events), repo=span.repo
    )


def _references(facts: ReleaseFacts) -> tuple[Reference, ...]:
    found = list(facts.release.advisory.references)
    found += [
        Reference(url=fix.patch_url, kind="FIX") for fix in facts.release.fixes if fix.patch_url
    ]
    return tuple(dict.fromkeys(found))


def _specific(facts: ReleaseFacts) -> dict[str, Any]:
    release = facts.release
    specific: dict[str, Any] = {"status": release.status.value, "version": release.version}
    if release.evidence:
        specific["evidence"] = {
            "level": release.evidence.level.name,
            "reasons": list(release.evidence.reasons),
            "verdict": release.evidence.verdict.value,
        }
    if release.timeline:
        specific["timeline"] = [{"at": stamp(e.at), "what": e.what} for e in release.timeline]
    patches = [f.patch_sha256 for f in release.fixes if f.patch_sha256]
    if patches:
        specific["patch_sha256"] = patches
    return specific
