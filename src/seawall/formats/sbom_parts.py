"""What the SBOM readers share: gathering components with unique references."""

from typing import Any

from seawall.vocab.components import Component, SbomDocument
from seawall.vocab.errors import BadInput

_MAX_COMPONENTS = 1_000_000


def why_unusable(component: Component) -> str:
    """Say, in words, why a component cannot be matched to advisories; "" when it can be tried."""
    if not component.purl:
        return "has no package URL"
    if not component.version and "@" not in component.purl:
        return "has no version"
    return ""


class Gathering:
    """Components of one SBOM as they are found; references are made unique."""

    def __init__(self) -> None:
        self._components: list[Component] = []
        self._unusable: list[str] = []
        self._refs: set[str] = set()

    def add(
        self,
        *,
        ref: str,
        name: str,
        version: str,
        purl: str,
        cpe: str,
        kind: str,
        hashes: tuple[tuple[str, str], ...],
    ) -> None:
        """Keep a component; one that cannot be matched is named as well."""
        if len(self._components) >= _MAX_COMPONENTS:
            raise BadInput(f"more than {_MAX_COMPONENTS} components", mend="split the SBOM")
        component = Component(
            ref=self._unique(ref or purl or f"{name}@{version}"),
            name=name,
            version=version,
            purl=purl,
            cpe=cpe,
            kind=kind,
            hashes=hashes,
        )
        self._components.append(component)
        if why := why_unusable(component):
            self._unusable.append(f"{name} {version}".strip() + f" {why}")

    def broken(self, what: str) -> None:
        """Name a part that is no component."""
        self._unusable.append(what)

    def document(
        self, *, format_: str, spec_version: str, name: str, version: str, serial: str
    ) -> SbomDocument:
        """Make the document of what was gathered."""
        return SbomDocument(
            format=format_,
            spec_version=spec_version,
            name=name,
            version=version,
            serial=serial,
            components=tuple(self._components),
            unusable=tuple(self._unusable),
        )

    def _unique(self, ref: str) -> str:
        made, number = ref, 1
        while made in self._refs:
            number += 1
            made = f"{ref}#{number}"
        self._refs.add(made)
        return made


def word(obj: dict[str, Any], key: str) -> str:
    """The string at `key`, blanks around it removed; "" for anything else."""
    value = obj.get(key)
    return value.strip() if isinstance(value, str) else ""
