"""Components of a deployed system, as an SBOM lists them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A part of an asset; `purl` is "" when the SBOM gives none, `ref` is unique in its SBOM."""

    ref: str
    name: str
    version: str = ""
    purl: str = ""
    cpe: str = ""
    kind: str = "library"
    hashes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SbomDocument:
    """An SBOM, read. `format` is "CycloneDX" or "SPDX"; `unusable` lists, in words, the parts
    that could not be matched (no purl, no version, broken), so that silence is never clean."""

    format: str
    spec_version: str
    name: str
    version: str = ""
    serial: str = ""
    components: tuple[Component, ...] = ()
    unusable: tuple[str, ...] = ()
