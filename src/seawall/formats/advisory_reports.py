"""OSV records and CSAF documents sent as reports: their vulnerabilities as findings."""

from collections.abc import Iterable, Mapping
from typing import Any

from seawall.formats.csaf import read_csaf
from seawall.formats.csaf_advisories import to_advisories
from seawall.formats.ecosystems import DISTRIBUTIONS, ECOSYSTEMS
from seawall.formats.identifiers import unique
from seawall.formats.osv import read_osv
from seawall.formats.purl import build_purl, parse_purl
from seawall.vocab.advisories import Advisory, AffectedPackage, EventKind, RangeKind, VersionRange
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.findings import Finding, Provenance, RejectedPart, Report, ReportFormat

MAX_RECORDS = 10_000
_WORDS = 500
"""Longest list of affected versions in one finding, in characters."""
_PURL_TYPES = {ecosystem: kind for kind, ecosystem in ECOSYSTEMS.items()}
_SCHEMES = ("CVSS_V4", "CVSS_V3", "CVSS_V2")
_FINDERS = ("FINDER", "REPORTER")
_SIGNS = {EventKind.INTRODUCED: ">=", EventKind.FIXED: "<", EventKind.LAST_AFFECTED: "<="}


def read_osv_report(obj: Any, *, digest: str, name: str = "") -> Report:
    """One OSV record, or an array of them, as a report: a finding per affected package. In an
    array, a record that cannot be used is rejected and the rest is kept."""
    single = not isinstance(obj, list)
    records = [obj] if single else obj
    if len(records) > MAX_RECORDS:
        raise BadInput(f"more than {MAX_RECORDS} OSV records", where=name, mend="send fewer")
    found: list[Finding] = []
    rejected: list[RejectedPart] = []
    advisories: list[Advisory] = []
    for index, record in enumerate(records):
        try:
            advisory = read_osv(record)
        except BadInput as bad:
            if single:
                raise BadInput(
                    bad.what, where=f"{name} {bad.where}".strip(), mend=bad.mend
                ) from None
            rejected.append(RejectedPart(where=f"/{index}{bad.where}", reason=bad.what))
            continue
        advisories.append(advisory)
        found.extend(findings_of(advisory, key=advisory.id if single else f"{index}:{advisory.id}"))
    return Report(
        format=ReportFormat.OSV,
        digest=digest,
        provenance=Provenance(finders=_finders(advisories)),
        findings=tuple(found),
        rejected=tuple(rejected),
    )


def read_csaf_report(obj: Any, *, digest: str, name: str = "") -> Report:
    """A CSAF 2.0 document as a report: a finding per vulnerability and package; products without
    a package URL are one finding together. The publisher is the reporter."""
    try:
        document = read_csaf(obj)
        advisories = to_advisories(document)
    except BadInput as bad:
        raise BadInput(bad.what, where=f"{name} {bad.where}".strip(), mend=bad.mend) from None
    if not advisories:
        raise BadInput(
            "the document names no vulnerability", where=f"{name} /vulnerabilities".strip()
        )
    meta = document.document
    return Report(
        format=ReportFormat.CSAF,
        digest=digest,
        provenance=Provenance(reporter=meta.publisher.name, finders=_finders(advisories)),
        findings=tuple(
            finding
            for index, advisory in enumerate(advisories)
            for finding in findings_of(advisory, key=f"{index}:{advisory.id}")
        ),
        extra={"tlp": meta.distribution.tlp.value}
        if meta.distribution and meta.distribution.tlp
        else {},
    )


def findings_of(advisory: Advisory, *, key: str) -> tuple[Finding, ...]:
    """One finding per package that the advisory names, at least one; keys begin with `key`."""
    groups: dict[str, list[AffectedPackage]] = {}
    for package in advisory.affected:
        groups.setdefault(_target(package), []).append(package)
    if not groups:
        return (_finding(advisory, key, "", []),)
    return tuple(
        _finding(advisory, key if number == 0 else f"{key}/{number}", target, packages)
        for number, (target, packages) in enumerate(groups.items())
    )


def _finding(advisory: Advisory, key: str, target: str, packages: list[AffectedPackage]) -> Finding:
    names = unique(package.name for package in packages)
    if not target and len(names) == 1:
        target = names[0]
    elif not target and names:
        target = one_line(f"{names[0]} and {len(names) - 1} more products", limit=200)
    return Finding(
        key=key,
        title=one_line(advisory.summary or advisory.details or advisory.id, limit=200),
        description=advisory.details,
        target=target,
        affected_versions=_versions(packages),
        fixed_version=_fixed(packages),
        cwes=advisory.cwes,
        identifiers=_identifiers(advisory),
        severity=_severity(advisory, packages),
        references=unique(reference.url for reference in advisory.references),
        extra={"published": advisory.published_at.isoformat()} if advisory.published_at else {},
    )


def _identifiers(advisory: Advisory) -> tuple[str, ...]:
    own = () if "#" in advisory.id else (advisory.id,)
    return unique((*own, *advisory.aliases))


def _target(package: AffectedPackage) -> str:
    """The package URL without version; the repository of a GIT range; "" for a mere product."""
    if package.purl:
        try:
            purl = parse_purl(package.purl)
            return str(purl) if purl.type in DISTRIBUTIONS and not purl.version else purl.package
        except BadInput:
            return package.purl
    kind = _PURL_TYPES.get(package.ecosystem)
    if kind:
        namespace, _, name = package.name.rpartition(":" if kind == "maven" else "/")
        try:
            return str(build_purl(type=kind, namespace=namespace, name=name))
        except BadInput:
            return package.name
    if package.ecosystem:
        return f"{package.ecosystem} {package.name}"
    return next((one.repo for one in package.ranges if one.repo), "")


def _versions(packages: list[AffectedPackage]) -> str:
    """The affected versions in words: VERS-like constraints, else the listed versions."""
    parts = [_constraints(one) for package in packages for one in package.ranges]
    listed = [] if any(parts) else [version for package in packages for version in package.versions]
    unread = [str(package.extra.get("csaf", {}).get("unread_range", "")) for package in packages]
    words = ", ".join(unique((*parts, *listed, *unread)))
    return words if len(words) <= _WORDS else f"{words[: _WORDS - 1]}…"


def _constraints(one: VersionRange) -> str:
    if one.kind is RangeKind.GIT:
        return " ".join(f"{event.kind.value} {event.version}" for event in one.events)
    signs = [
        f"{_SIGNS[event.kind]}{event.version}"
        for event in one.events
        if event.kind in _SIGNS and event.version != "0"
    ]
    return "|".join(signs) or "*"


def _fixed(packages: list[AffectedPackage]) -> str:
    """The fixed version, when the ranges of a package agree on one."""
    fixed = unique(
        event.version
        for package in packages
        for one in package.ranges
        if one.kind is not RangeKind.GIT
        for event in one.events
        if event.kind is EventKind.FIXED
    )
    return fixed[0] if len(fixed) == 1 else ""


def _severity(advisory: Advisory, packages: list[AffectedPackage]) -> str:
    """The vector of the newest CVSS version, of the advisory or else of a package."""
    known = {one.scheme: one.score for one in advisory.severities}
    if not known:
        for package in packages:
            listed = package.extra.get("severity")
            for one in listed if isinstance(listed, list) else ():
                if isinstance(one, Mapping) and isinstance(one.get("score"), str):
                    known.setdefault(str(one.get("type")), one["score"])
    return next((known[scheme] for scheme in _SCHEMES if scheme in known), "")


def _finders(advisories: Iterable[Advisory]) -> tuple[str, ...]:
    return unique(
        credit.name
        for advisory in advisories
        for credit in advisory.credits
        if credit.role in _FINDERS
    )
