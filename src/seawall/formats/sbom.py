"""SBOMs of every common form as one document: CycloneDX JSON and XML, SPDX JSON, tag-value, 3.0.

Tolerant: a broken component is named in `unusable` and the rest is kept. Limited: size, depth
and count are checked before anything is built.
"""

from typing import Any

from seawall.formats import cyclonedx, spdx
from seawall.formats.bounded import compression, decode, decompress, parse_json
from seawall.vocab.components import SbomDocument
from seawall.vocab.errors import BadInput

MAX_BYTES = 256 << 20
MAX_DEPTH = 64
MAX_NODES = 8_000_000
_MEND = "send CycloneDX 1.2 to 1.7 (JSON or XML) or SPDX 2.2, 2.3 or 3.0"


def read_sbom(data: bytes, *, name: str = "") -> SbomDocument:
    """Read an SBOM, compressed or not; BadInput when it is none or cannot be read at all.

    `name` is put before the place in errors.
    """
    if compression(data):
        data = decompress(data, max_bytes=MAX_BYTES, name=name)
    text = decode(data, max_bytes=MAX_BYTES, name=name)
    head = text[:4096].lstrip()
    if head.startswith("<"):
        return cyclonedx.read_xml(text, name=name)
    if head.startswith("{"):
        value = parse_json(
            text,
            max_bytes=MAX_BYTES,
            max_depth=MAX_DEPTH,
            max_nodes=MAX_NODES,
            name=name,
            replace_unstorable=True,
        )
        return read_sbom_object(value, name=name)
    if "SPDXVersion:" in text[:65536]:
        return spdx.read_tag_value(text, name=name)
    raise BadInput("not an SBOM", where=name, mend=_MEND)


def read_sbom_object(value: Any, *, name: str = "") -> SbomDocument:
    """Read an SBOM that is parsed JSON already."""
    if isinstance(value, dict):
        if value.get("bomFormat") == "CycloneDX" or "cyclonedx.org" in str(value.get("$schema")):
            return cyclonedx.read_object(value, name=name)
        if "spdxVersion" in value:
            return spdx.read_object(value, name=name)
        if "spdx.org" in str(value.get("@context")):
            return spdx.read_graph(value, name=name)
    raise BadInput("not an SBOM", where=name, mend=_MEND)
