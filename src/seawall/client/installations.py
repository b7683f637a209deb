"""Whether a system is mended, by its SBOM: every component of a package that a release is about,
and that none of them is an affected version."""

from dataclasses import dataclass

from seawall.client.index import advisories_in
from seawall.formats.release_bundle import ReleaseBundle
from seawall.matching.index import AdvisoryIndex
from seawall.matching.packages import NotLocated, locate
from seawall.vocab.components import Component, SbomDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What an SBOM says about one release. `mended` are components of its packages in versions
    that it does not affect; `doubtful` are (component, why) that cannot be decided; `unseen` is
    how many parts of the SBOM name no package and version, so that they show nothing."""

    mended: tuple[Component, ...]
    affected: tuple[Component, ...]
    doubtful: tuple[tuple[Component, str], ...]
    unseen: int


def installation(release: ReleaseBundle, sbom: SbomDocument) -> Installation:
    """Look at every component of `sbom` with the eyes of one release."""
    index = AdvisoryIndex.build(advisories_in(release))
    mended: list[Component] = []
    affected: list[Component] = []
    doubtful: list[tuple[Component, str]] = []
    unseen = 0
    for component in sbom.components:
        place = locate(component)
        if isinstance(place, NotLocated):
            unseen += 1
            continue
        said = index.consider(component, place)
        if said is None:
            continue
        if said.hits:
            affected.append(component)
        elif said.undecided:
            doubtful.append((component, said.undecided[0].why))
        elif said.misses:
            mended.append(component)
    return Installation(
        mended=tuple(mended), affected=tuple(affected), doubtful=tuple(doubtful), unseen=unseen
    )
