"""Tell the format of a report by its content, and read it."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from seawall.formats.advisory_reports import read_csaf_report, read_osv_report
from seawall.formats.archives import is_archive
from seawall.formats.bounded import compression, decode, decompress, parse_json
from seawall.formats.csaf import is_csaf
from seawall.formats.osv import is_osv
from seawall.formats.report import is_seawall_report, read_seawall_report
from seawall.formats.report_archive import read_seawall_archive
from seawall.formats.sarif import is_sarif, read_sarif
from seawall.formats.tar import is_tar
from seawall.formats.text import read_text
from seawall.vocab.errors import BadInput
from seawall.vocab.findings import Report

MAX_REPORT_BYTES = 64 << 20
_JSON = re.compile(r'\s*(?:\{|\[\s*[\[{"\]])')
_MARKUP = re.compile(r"\s*<(?:\?xml|!doctype|html|svg)", re.IGNORECASE)
_BINARY = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f]")
_MEND = "send a Seawall report, SARIF 2.1.0, OSV, CSAF 2.0 or plain text"
_READERS: tuple[tuple[Callable[[Any], bool], Callable[..., Report]], ...] = (
    (is_seawall_report, read_seawall_report),
    (is_sarif, read_sarif),
    (is_csaf, read_csaf_report),
    (is_osv, read_osv_report),
)
_OTHERS = (
    ("bomFormat", "a CycloneDX document: an SBOM is imported or checked, not reported"),
    ("spdxVersion", "an SPDX document: an SBOM is imported or checked, not reported"),
    ("catalogVersion", "the KEV catalogue: it is imported, not reported"),
    ("dataType", "a CVE record: it is imported, not reported"),
)


def read_report(data: bytes, *, name: str = "") -> Report:
    """Read a report in any of the formats of intake; `digest` is the sha256 of `data`.

    Archives are Seawall reports; a compressed file is read as what it holds. BadInput says
    what is wrong and where when nothing of the report can be used; `name` is put before it.
    """
    digest = hashlib.sha256(data).hexdigest()
    if not data.strip():
        raise BadInput("the report is empty", where=name)
    if len(data) > MAX_REPORT_BYTES:
        raise BadInput(f"more than {MAX_REPORT_BYTES} bytes", where=name, mend="split the report")
    if compression(data):
        inner = decompress(data, max_bytes=2 * MAX_REPORT_BYTES, name=name)
        if not is_tar(inner):
            if is_archive(inner):
                raise BadInput("an archive in an archive", where=name, mend="send the inner one")
            return _read_document(inner, digest=digest, name=name)
    if is_archive(data):
        return read_seawall_archive(data, name=name)
    return _read_document(data, digest=digest, name=name)


def _read_document(data: bytes, *, digest: str, name: str) -> Report:
    text = decode(data, max_bytes=MAX_REPORT_BYTES, name=name)
    if _JSON.match(text):
        value = parse_json(text, name=name, replace_unstorable=True)
        return _read_json(value, digest=digest, name=name)
    if _MARKUP.match(text):
        raise BadInput("XML or HTML is not read here", where=name, mend=_MEND)
    if _BINARY.search(text):
        raise BadInput("a binary file of unknown format", where=name, mend=_MEND)
    return read_text(text, digest=digest, name=name)


def _read_json(value: Any, *, digest: str, name: str) -> Report:
    sample = value[0] if isinstance(value, list) and value else value
    for claims, read in _READERS:
        if claims(value) or (read is read_osv_report and claims(sample)):
            return read(value, digest=digest, name=name)
    for key, what in _OTHERS:
        if isinstance(value, dict) and key in value:
            raise BadInput(what, where=name, mend=_MEND)
    raise BadInput("JSON of unknown format", where=name, mend=_MEND)
