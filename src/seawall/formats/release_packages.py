"""The packages of a release: which versions are affected, which are fixed, under which purl."""

from dataclasses import dataclass, field
from typing import Any

from seawall.formats.ecosystems import ECOSYSTEMS
from seawall.formats.purl import Purl, build_purl, parse_purl
from seawall.vocab.advisories import AffectedPackage, EventKind, RangeKind, VersionRange
from seawall.vocab.errors import BadInput
from seawall.vocab.release import AdvisoryRelease, VerifiedFix

_PURL_TYPES = {ecosystem: kind for kind, ecosystem in ECOSYSTEMS.items()}
_DISTRIBUTIONS = {
    "Alpine": ("apk", "alpine"),
    "AlmaLinux": ("rpm", "almalinux"),
    "Debian": ("deb", "debian"),
    "Red Hat": ("rpm", "redhat"),
    "Rocky Linux": ("rpm", "rocky-linux"),
    "Ubuntu": ("deb", "ubuntu"),
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """Affected versions from `start` ("0" for the first) up to `end`.

    `end_kind` is "fixed" or "limit" (end not affected), "last_affected", or "" (no end known).
    `git` spans are between commits of `repo`."""

    start: str
    end: str = ""
    end_kind: str = ""
    git: bool = False
    semver: bool = field(default=False, compare=False)
    repo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFacts:
    """One affected package with all its ranges; `purl` has no version."""

    ecosystem: str
    name: str
    purl: Purl
    spans: tuple[Span, ...]
    versions: tuple[str, ...]
    fixed: tuple[str, ...]
    """Fixed versions, in the order of the ranges, then of the fixes."""
    fixes: tuple[VerifiedFix, ...] = ()

    def at(self, version: str) -> Purl:
        """The purl of one version."""
        return build_purl(
            type=self.purl.type,
            namespace=self.purl.namespace,
            name=self.purl.name,
            version=version,
            qualifiers=dict(self.purl.qualifiers),
            subpath=self.purl.subpath,
        )


def packages_of(release: AdvisoryRelease) -> tuple[PackageFacts, ...]:
    """Give one entry per package, in order of first mention, fixes included.

    BadInput when a package names no versions, or a fix no package.
    """
    grouped: dict[str, list[AffectedPackage]] = {}
    purls: dict[str, Purl] = {}
    for package in release.advisory.affected:
        purl = _purl(package)
        grouped.setdefault(str(purl), []).append(package)
        purls[str(purl)] = purl
    fixes = _fixes_by_package(release, {key: parts[0] for key, parts in grouped.items()})
    return tuple(
        _package(parts, purls[key], tuple(fixes.get(key, ()))) for key, parts in grouped.items()
    )


def default_remediation(package: PackageFacts) -> str:
    """Say in one or two sentences what the fixes of a package are."""
    parts = []
    if package.fixed:
        parts.append(f"Update {package.name} to {_either(package.fixed)} or later.")
    for fix in package.fixes:
        if fix.patch_sha256:
            place = f" at {fix.patch_url}" if fix.patch_url else ""
            parts.append(f"A verified patch{place} has the SHA-256 digest {fix.patch_sha256}.")
    return " ".join(parts)


def _package(
    parts: list[AffectedPackage], purl: Purl, fixes: tuple[VerifiedFix, ...]
) -> PackageFacts:
    spans = [span for part in parts for interval in part.ranges for span in spans_of(interval)]
    versions = tuple(dict.fromkeys(version for part in parts for version in part.versions))
    if not spans and not versions:
        raise BadInput(
            f"nothing says which versions of {parts[0].name} are affected",
            where="advisory/affected",
            mend="add a range or versions",
        )
    fixed = dict.fromkeys(s.end for s in spans if s.end_kind == "fixed" and not s.git)
    for fix in fixes:
        if fix.version and fix.version not in fixed:
            spans = _close(spans, fix.version)
            fixed[fix.version] = None
    if clash := set(fixed) & set(versions):
        raise BadInput(
            f"version {min(clash)} of {parts[0].name} is both affected and fixed",
            where="advisory/affected",
        )
    return PackageFacts(
        ecosystem=parts[0].ecosystem,
        name=parts[0].name,
        purl=purl,
        spans=tuple(dict.fromkeys(spans)),
        versions=versions,
        fixed=tuple(fixed),
        fixes=fixes,
    )


def spans_of(interval: VersionRange) -> list[Span]:
    """Pair the events of a range; an end without an open start repeats the last start."""
    base: dict[str, Any] = {
        "git": interval.kind is RangeKind.GIT,
        "semver": interval.kind is RangeKind.SEMVER,
        "repo": interval.repo,
    }
    spans: list[Span] = []
    start, closed = "0", True
    for event in interval.events:
        if event.kind is EventKind.INTRODUCED:
            if not closed:
                spans.append(Span(start=start, **base))
            start, closed = event.version, False
        else:
            spans.append(Span(start=start, end=event.version, end_kind=event.kind.value, **base))
            closed = True
    if not closed:
        spans.append(Span(start=start, **base))
    return spans


def _close(spans: list[Span], version: str) -> list[Span]:
    """End the one open span at a fix that no range mentions; others stay as they are."""
    open_spans = [s for s in spans if not s.end_kind and not s.git]
    if len(open_spans) != 1:
        return spans
    last = open_spans[0]
    ended = Span(
        start=last.start, end=version, end_kind="fixed", semver=last.semver, repo=last.repo
    )
    return [ended if span is last else span for span in spans]


def _fixes_by_package(
    release: AdvisoryRelease, firsts: dict[str, AffectedPackage]
) -> dict[str, list[VerifiedFix]]:
    found: dict[str, list[VerifiedFix]] = {}
    for i, fix in enumerate(release.fixes):
        keys = [
            key
            for key, package in firsts.items()
            if (not fix.name and len(firsts) == 1)
            or (package.name == fix.name and package.ecosystem == fix.ecosystem)
        ]
        if not keys:
            raise BadInput(
                f"the fix names no affected package ({fix.ecosystem} {fix.name})",
                where=f"fixes/{i}",
                mend="give the ecosystem and name of the package it fixes",
            )
        if not fix.version and not fix.patch_sha256:
            raise BadInput("the fix is neither a version nor a patch", where=f"fixes/{i}")
        found.setdefault(keys[0], []).append(fix)
    return found


def _purl(package: AffectedPackage) -> Purl:
    """The package's purl without version, made from ecosystem and name when it has none."""
    if package.purl:
        purl = parse_purl(package.purl)
        return build_purl(
            type=purl.type,
            namespace=purl.namespace,
            name=purl.name,
            qualifiers=dict(purl.qualifiers),
            subpath=purl.subpath,
        )
    base, _, _ = package.ecosystem.partition(":")
    if base in _DISTRIBUTIONS:
        kind, namespace = _DISTRIBUTIONS[base]
        return build_purl(type=kind, namespace=namespace, name=package.name)
    kind = _PURL_TYPES.get(base, "generic")
    separator = ":" if kind == "maven" else "/"
    namespace, _, name = package.name.rpartition(separator)
    try:
        return build_purl(type=kind, namespace=namespace.replace(":", "/"), name=name)
    except BadInput:
        return build_purl(type="generic", name=package.name)


def _either(versions: tuple[str, ...]) -> str:
    if len(versions) == 1:
        return versions[0]
    return ", ".join(versions[:-1]) + " or " + versions[-1]
