"""A lone reproducer bundle as a report: its reproducer.toml says what the finding is."""

import tomllib
from collections.abc import Mapping
from typing import Any

from seawall.formats import bounded
from seawall.formats.archives import pack_zip
from seawall.formats.identifiers import read_cwe, spell_identifier, unique
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.findings import Attachment, Finding, Provenance, Report, ReportFormat

_TOML = "reproducer.toml"
_TOML_BYTES = 1 << 20
_MAX_NESTING = 100


def report_of_bundle(files: Mapping[str, bytes], *, digest: str) -> Report:
    """One finding with the bundle as its reproducer; BadInput when the TOML cannot be read.

    Only title, identifiers, weaknesses and target are read here; whether the bundle can be
    run is judged when it is validated (docs/reproducer.md).
    """
    obj = _toml(files[_TOML])
    target = bounded.inner(obj, "target", "")
    attachment = Attachment(name="reproducer", media_type="application/zip", data=pack_zip(files))
    finding = Finding(
        key="1",
        title=one_line(bounded.text(obj, "title", "", required=True), limit=500),
        description=bounded.text(obj, "description", ""),
        target=bounded.text(target, "purl", "/target", required=True),
        affected_versions=bounded.text(target, "affected", "/target"),
        fixed_version=bounded.text(target, "fixed", "/target"),
        cwes=unique(read_cwe(cwe, place) for cwe, place in bounded.items(obj, "cwes", "")),
        identifiers=unique(map(spell_identifier, bounded.texts(obj, "identifiers", ""))),
        reproducer=attachment.name,
    )
    return Report(
        format=ReportFormat.SEAWALL,
        digest=digest,
        provenance=Provenance(),
        findings=(finding,),
        attachments=(attachment,),
    )


def _toml(data: bytes) -> dict[str, Any]:
    text = bounded.decode(data, max_bytes=_TOML_BYTES, name=_TOML)
    if max(text.count("["), text.count("{")) > 100 * _MAX_NESTING:
        raise BadInput("too many brackets", where=_TOML)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"not TOML: {error}", where=_TOML) from None
    except (RecursionError, ValueError) as error:
        raise BadInput(f"not usable TOML: {error}", where=_TOML) from None
