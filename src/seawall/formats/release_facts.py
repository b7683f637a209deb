"""What every document of a release must say, worked out and checked once.

The writers of CSAF, OSV, CVE and OpenVEX all start from `facts_of(release)`, so that they
cannot disagree about versions, identifiers, dates or remediation.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from seawall.formats.cvss_vectors import CvssScore, score_cvss
from seawall.formats.purl import parse_purl
from seawall.formats.release_packages import PackageFacts, default_remediation, packages_of
from seawall.vocab.errors import BadInput
from seawall.vocab.release import AdvisoryRelease, VexStatement, VexStatus

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+")
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")
_CWE = re.compile(r"CWE-[1-9][0-9]{0,4}")
_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})|#.*#|://[/:?#@]")
"""What no URL has: a broken escape, a second fragment, an empty host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """The agreed content of a release. Moments are in UTC, whole seconds."""

    release: AdvisoryRelease
    initial: str
    current: str
    title: str
    description: str
    cve: str
    """The CVE id, whoever assigned it; "" when none is known."""
    identifiers: tuple[str, ...]
    """Every name of the vulnerability: tracking id first, then aliases."""
    packages: tuple[PackageFacts, ...]
    scores: tuple[CvssScore, ...]
    statements: tuple[VexStatement, ...]

    @property
    def remediation(self) -> str:
        """What to do, in words; "" when there is nothing to do it with."""
        return self.release.remediation or " ".join(
            filter(None, (default_remediation(package) for package in self.packages))
        )


def facts_of(release: AdvisoryRelease) -> ReleaseFacts:
    """Check a release and work out what its documents say; BadInput names what contradicts."""
    advisory = release.advisory
    _check_frame(release)
    cve = release.cve or next((a for a in advisory.aliases if _CVE.fullmatch(a)), "")
    names = (release.tracking_id, cve, *advisory.aliases)
    packages = packages_of(release)
    _check_statements(release, packages)
    title = " ".join(advisory.summary.split()) or " ".join(advisory.details.split())[:120]
    return ReleaseFacts(
        release=release,
        initial=stamp(release.initial_at, "revisions/0/at"),
        current=stamp(release.current_at, f"revisions/{len(release.revisions) - 1}/at"),
        title=title,
        description=advisory.details.strip() or title,
        cve=cve,
        identifiers=tuple(dict.fromkeys(name for name in names if name)),
        packages=packages,
        scores=tuple(
            dict.fromkeys(score_cvss(s.score) for s in advisory.severities if _cvss(s.scheme))
        ),
        statements=release.statements,
    )


def stamp(at: datetime, where: str = "") -> str:
    """Write a moment as RFC 3339 in UTC with whole seconds."""
    if at.tzinfo is None:
        raise BadInput("a moment without time zone", where=where, mend="give it in UTC")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def checked_url(url: str, where: str) -> str:
    """Give `url` back when every format accepts it, else BadInput."""
    if len(url) > 2000 or not _URL.fullmatch(url) or _STRAY.search(url):
        raise BadInput(f"{url!r} is not a URL", where=where, mend="write an absolute URL")
    return url


def _cvss(scheme: str) -> bool:
    return scheme in ("CVSS_V2", "CVSS_V3", "CVSS_V4")


def _check_frame(release: AdvisoryRelease) -> None:
    advisory = release.advisory
    if not release.tracking_id or advisory.id != release.tracking_id:
        raise BadInput(
            f"the advisory's id {advisory.id!r} is not the tracking id {release.tracking_id!r}",
            where="tracking_id",
        )
    if not (advisory.summary.strip() or advisory.details.strip()):
        raise BadInput("the advisory says nothing", where="advisory/summary", mend="add a summary")
    if not advisory.affected:
        raise BadInput("no package is affected", where="advisory/affected")
    if release.cve and not _CVE.fullmatch(release.cve):
        raise BadInput(f"{release.cve!r} is not a CVE id", where="cve")
    known = {alias for alias in advisory.aliases if _CVE.fullmatch(alias)}
    if release.cve and known - {release.cve}:
        raise BadInput(
            f"the CVE id is {release.cve}, an alias says {min(known - {release.cve})}",
            where="advisory/aliases",
            mend="keep one CVE id per advisory",
        )
    for i, cwe in enumerate(advisory.cwes):
        if not _CWE.fullmatch(cwe):
            raise BadInput(f"{cwe!r} is not a CWE id", where=f"advisory/cwes/{i}")
    for i, reference in enumerate(advisory.references):
        checked_url(reference.url, f"advisory/references/{i}/url")
    checked_url(release.publisher.namespace, "publisher/namespace")
    if release.canonical_url:
        checked_url(release.canonical_url, "canonical_url")
    for i, fix in enumerate(release.fixes):
        if fix.patch_url:
            checked_url(fix.patch_url, f"fixes/{i}/patch_url")
    _check_revisions(release)


def _check_revisions(release: AdvisoryRelease) -> None:
    if not release.revisions:
        raise BadInput("there is no revision", where="revisions", mend="add the first")
    for i, revision in enumerate(release.revisions):
        if revision.number != i + 1:
            raise BadInput(
                f"revision {revision.number} stands where {i + 1} belongs",
                where=f"revisions/{i}/number",
                mend="number revisions 1, 2, 3, …",
            )
        if i and revision.at < release.revisions[i - 1].at:
            raise BadInput(
                f"revision {revision.number} is older than the one before it",
                where=f"revisions/{i}/at",
            )


def _check_statements(release: AdvisoryRelease, packages: tuple[PackageFacts, ...]) -> None:
    """A statement is complete, about one product once, and not against the ranges."""
    affected = {str(p.at(version)) for p in packages for version in p.versions}
    fixed = {str(p.at(version)) for p in packages for version in p.fixed}
    seen: set[str] = set()
    for i, statement in enumerate(release.statements):
        product = str(parse_purl(statement.product))
        where = f"statements/{i}"
        if product in seen:
            raise BadInput(f"{product} has two statements", where=where, mend="keep one")
        seen.add(product)
        unexplained = statement.justification is None and not statement.impact.strip()
        if statement.status is VexStatus.NOT_AFFECTED and unexplained:
            raise BadInput(
                f"nothing says why {product} is not affected",
                where=where,
                mend="add a justification or an impact sentence",
            )
        if product in affected and statement.status is not VexStatus.AFFECTED:
            raise BadInput(f"{product} is listed as affected", where=where)
        if product in fixed and statement.status is not VexStatus.FIXED:
            raise BadInput(f"{product} is listed as fixed", where=where)
