"""Which version mends a package: the least one that a verified release states as fixed and that
no known advisory calls affected."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from seawall.client.index import advisories_in
from seawall.formats.purl import build_purl
from seawall.formats.release_bundle import read_bundle
from seawall.matching.index import AdvisoryIndex
from seawall.matching.layers import Layer, LayeredIndex
from seawall.matching.matches import Match
from seawall.matching.schemes import scheme_for_ecosystem
from seawall.matching.versions._common import Key
from seawall.vocab.components import Component
from seawall.vocab.errors import BadInput

_PURL_TYPES = {"PyPI": "pypi", "npm": "npm"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRemedy:
    """No version can be chosen; `why` says so in words."""

    why: str


class Remedies:
    """Answers for releases that are to be applied, beside all that is known.

    `wanted` are the bundles of the releases to apply, None for all of the feed; `feed` are its
    layers, whose fixed versions count; `others` are further advisories, which only forbid.
    """

    def __init__(
        self,
        feed: tuple[Layer, ...],
        *,
        wanted: Iterable[bytes] | None = None,
        others: AdvisoryIndex | None = None,
    ) -> None:
        self._feed = LayeredIndex(feed)
        beside = () if others is None else (Layer(index=others),)
        self._all = LayeredIndex((*feed, *beside))
        self._wanted: AdvisoryIndex | LayeredIndex = self._feed
        if wanted is not None:
            self._wanted = AdvisoryIndex.build(
                advisory for data in wanted for advisory in advisories_in(read_bundle(data))
            )

    def hits(self, ecosystem: str, name: str, version: str) -> tuple[str, ...]:
        """The ids of releases to apply that affect a version; empty when none does, or when it is
        no version."""
        return _names(self._wanted.examine(_component(ecosystem, name, version)).matches)

    def affected_versions(self, ecosystem: str, name: str) -> tuple[str, ...]:
        """Versions that the releases to apply name as affected, at least one of each range."""
        return tuple(dict.fromkeys(self._wanted.known_versions(ecosystem, name).affected))

    def choose(
        self, ecosystem: str, name: str, *, above: str, allows: Callable[[str], bool]
    ) -> str | NoRemedy:
        """The least fixed version above `above` ("" for any) that `allows` accepts and nothing
        known affects."""
        stated = self._fixed(ecosystem, name)
        if not stated:
            return NoRemedy(why="no release states a fixed version")
        floor = version_key(ecosystem, above) if above else None
        newer = [v for v in stated if floor is None or version_key(ecosystem, v) > floor]
        if not newer:
            return NoRemedy(why=f"{above} is newer than every fixed version ({', '.join(stated)})")
        fitting = [version for version in newer if allows(version)]
        if not fitting:
            return NoRemedy(why=f"it leaves out every fixed version ({', '.join(newer)})")
        for version in fitting:
            found = self._all.examine(_component(ecosystem, name, version))
            if not (_names(found.matches) or found.undecided or found.not_checked):
                return version
        return NoRemedy(why=f"every fixed version ({', '.join(fitting)}) is affected by another")

    def _fixed(self, ecosystem: str, name: str) -> list[str]:
        """The fixed versions that releases state for a package, least first."""
        stated = dict.fromkeys(self._feed.known_versions(ecosystem, name).fixed)
        readable = []
        for version in stated:
            try:
                readable.append((version_key(ecosystem, version), version))
            except BadInput:
                continue
        return [version for _, version in sorted(readable)]


def version_key(ecosystem: str, version: str) -> Key:
    """A version's place in the order of its ecosystem; raises BadInput."""
    scheme = scheme_for_ecosystem(ecosystem)
    if scheme is None:
        raise BadInput(f"the order of versions in {ecosystem} is not known")
    return scheme.key(version)


def package_purl(ecosystem: str, name: str, version: str = "") -> str:
    """The purl of a package of PyPI or npm."""
    scope, _, own = name.rpartition("/")
    kind = _PURL_TYPES[ecosystem]
    return str(build_purl(type=kind, namespace=scope, name=own, version=version))


def _component(ecosystem: str, name: str, version: str) -> Component:
    purl = package_purl(ecosystem, name, version)
    return Component(ref=purl, name=name, version=version, purl=purl)


def _names(matches: tuple[Match, ...]) -> tuple[str, ...]:
    """The ids of the records of vulnerabilities, not of mere notices."""
    found = [record.id for match in matches if not match.informational for record in match.records]
    return tuple(sorted(dict.fromkeys(found)))
