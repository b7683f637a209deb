"""The CVE record of a release (CVE Record Format 5.1 and 5.2, CNA container, PUBLISHED)."""

from typing import Any

from seawall import __version__
from seawall.formats.csaf_tests.registries import cwe_names
from seawall.formats.cvss_vectors import CvssScore
from seawall.formats.release_facts import ReleaseFacts, facts_of, stamp
from seawall.formats.release_packages import PackageFacts, Span
from seawall.formats.write_csaf_products import product_name
from seawall.vocab.decisions import Refused
from seawall.vocab.release import AdvisoryRelease, ReleaseStatus
from seawall.vocab.tlp import Tlp

_COLLECTIONS = {
    "cargo": "https://crates.io",
    "composer": "https://packagist.org",
    "deb": "https://packages.debian.org",
    "gem": "https://rubygems.org",
    "golang": "https://pkg.go.dev",
    "hex": "https://repo.hex.pm",
    "maven": "https://repo.maven.apache.org/maven2",
    "npm": "https://registry.npmjs.org",
    "nuget": "https://www.nuget.org/packages",
    "pub": "https://pub.dev",
    "pypi": "https://pypi.org",
}
_TYPES = {"maven": "maven", "npm": "semver", "cargo": "semver", "pypi": "python", "rpm": "rpm"}
_TAGS = {"ADVISORY": "vendor-advisory", "FIX": "patch", "REPORT": "issue-tracking"}
_LONGEST = 4096


def cve_record(
    release: AdvisoryRelease, *, facts: ReleaseFacts | None = None
) -> dict[str, Any] | Refused:
    """The release as CVE record, or Refused when there must be none.

    Refused without an assigned CVE id, without the publisher's CVE Services organisation id,
    for drafts, and for anything but TLP:CLEAR, because CVE records are public.
    """
    if not release.cve:
        return Refused("no CVE id is assigned")
    if not release.publisher.org_id:
        return Refused("the publisher has no CVE Services organisation id")
    if release.status is ReleaseStatus.DRAFT:
        return Refused("a draft is not published as CVE record")
    if release.advisory.tlp is not Tlp.CLEAR:
        return Refused(f"CVE records are public and this release is {release.advisory.tlp}")
    facts = facts or facts_of(release)
    return {
        "containers": {"cna": _container(facts)},
        "cveMetadata": _metadata(facts),
        "dataType": "CVE_RECORD",
        "dataVersion": "5.2.0",
    }


def _metadata(facts: ReleaseFacts) -> dict[str, Any]:
    release = facts.release
    made = {
        "assignerOrgId": release.publisher.org_id,
        "cveId": release.cve,
        "datePublished": facts.initial,
        "dateUpdated": facts.current,
        "serial": release.version,
        "state": "PUBLISHED",
    }
    if release.publisher.short_name:
        made["assignerShortName"] = release.publisher.short_name
    if release.reserved_at:
        made["dateReserved"] = stamp(release.reserved_at, "reserved_at")
    return dict(sorted(made.items()))


def _container(facts: ReleaseFacts) -> dict[str, Any]:
    release = facts.release
    provider = {"dateUpdated": facts.current, "orgId": release.publisher.org_id}
    if release.publisher.short_name:
        provider["shortName"] = release.publisher.short_name
    made: dict[str, Any] = {
        "affected": [_product(facts, package) for package in facts.packages],
        "credits": _credits(facts),
        "datePublic": facts.initial,
        "descriptions": [_said(facts.description)],
        "metrics": [_metric(score) for score in facts.scores],
        "problemTypes": [_problem_type(cwe) for cwe in dict.fromkeys(release.advisory.cwes)],
        "providerMetadata": provider,
        "references": _references(facts),
        "solutions": [_said(facts.remediation)] if facts.remediation else [],
        "source": {
            "advisory": release.tracking_id,
            "defect": [n for n in facts.identifiers if n not in (release.tracking_id, facts.cve)],
            "discovery": "EXTERNAL",
        },
        "timeline": _timeline(facts),
        "title": cut(facts.title, 256),
        "workarounds": [_said(release.workaround)] if release.workaround else [],
        "x_generator": {"engine": f"Seawall {__version__}"},
    }
    if release.evidence:
        made["x_evidence"] = {
            "level": release.evidence.level.name,
            "reasons": list(release.evidence.reasons),
            "verdict": release.evidence.verdict.value,
        }
    return {key: value for key, value in made.items() if value != []}


def _product(facts: ReleaseFacts, package: PackageFacts) -> dict[str, Any]:
    made: dict[str, Any] = {
        "defaultStatus": "unaffected",
        "packageName": package.name,
        "packageURL": str(package.purl),
        "product": product_name(facts, package),
        "vendor": cut(facts.release.vendor, 512) or "n/a",
        "versions": _versions(package),
    }
    if collection := _COLLECTIONS.get(package.purl.type):
        made["collectionURL"] = collection
    if repos := [span.repo for span in package.spans if span.repo]:
        made["repo"] = repos[0]
    return dict(sorted(made.items()))


def _versions(package: PackageFacts) -> list[dict[str, str]]:
    kind = _TYPES.get(package.purl.type, "custom")
    made = [_span(span, kind) for span in package.spans]
    made += [{"status": "affected", "version": version} for version in package.versions]
    made += [{"status": "unaffected", "version": version} for version in package.fixed]
    return made


def _span(span: Span, kind: str) -> dict[str, str]:
    kind = "git" if span.git else ("semver" if span.semver else kind)
    end = "lessThanOrEqual" if span.end_kind == "last_affected" else "lessThan"
    return {
        end: span.end or "*",
        "status": "affected",
        "version": span.start,
        "versionType": kind,
    }


def _metric(score: CvssScore) -> dict[str, Any]:
    made: dict[str, Any] = {"baseScore": score.base}
    if score.version != "2.0":
        made["baseSeverity"] = score.base_severity
    made |= {"vectorString": score.vector, "version": score.version}
    return {f"cvssV{score.version.replace('.', '_')}": made, "format": "CVSS"}


def _problem_type(cwe: str) -> dict[str, Any]:
    names = cwe_names().get(cwe)
    text = f"{cwe} {names[-1]}" if names else cwe
    return {"descriptions": [{"cweId": cwe, "description": text, "lang": "en", "type": "CWE"}]}


def _references(facts: ReleaseFacts) -> list[dict[str, Any]]:
    release = facts.release
    made: dict[str, dict[str, Any]] = {}
    if release.canonical_url:
        made[release.canonical_url] = {"tags": ["vendor-advisory"], "url": release.canonical_url}
    for fix in release.fixes:
        if fix.patch_url:
            made.setdefault(fix.patch_url, {"tags": ["patch"], "url": fix.patch_url})
    for reference in release.advisory.references:
        tag = _TAGS.get(reference.kind)
        entry: dict[str, Any] = {"tags": [tag]} if tag else {}
        made.setdefault(reference.url, entry | {"url": reference.url})
    if not made:
        made[""] = {"url": release.publisher.namespace}
    return list(made.values())


def _credits(facts: ReleaseFacts) -> list[dict[str, str]]:
    pairs = dict.fromkeys(
        (c.role.lower().replace("_", " "), cut(c.name))
        for c in facts.release.advisory.credits
        if c.name.strip()
    )
    return [{"lang": "en", "type": role, "value": name} for role, name in pairs]


def _timeline(facts: ReleaseFacts) -> list[dict[str, str]]:
    events = [
        (stamp(event.at, f"timeline/{i}/at"), cut(event.what))
        for i, event in enumerate(facts.release.timeline)
    ]
    return [{"lang": "en", "time": at, "value": what} for at, what in dict.fromkeys(events)]


def _said(text: str) -> dict[str, str]:
    return {"lang": "en", "value": cut(text)}


def cut(text: str, limit: int = _LONGEST) -> str:
    """Shorten `text` to what a field of a CVE record holds, with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
