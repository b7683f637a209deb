"""Whatever is sent, a reader gives a value or BadInput, and nothing else."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.formats.archives import pack_zip, read_archive
from seawall.formats.bounded import decompress, parse_json
from seawall.formats.csaf import read_csaf, write_csaf
from seawall.formats.csaf_advisories import to_advisories
from seawall.formats.csaf_ranges import read_range
from seawall.formats.detect import read_report
from seawall.formats.kev import read_kev, read_ssvc
from seawall.formats.osv import read_osv, write_osv
from seawall.formats.report import read_seawall_report, write_seawall_report
from seawall.formats.sarif import read_sarif
from seawall.vocab.errors import BadInput
from seawall.vocab.findings import Report

VECTORS = Path(__file__).parents[1] / "vectors/formats"
DOC = Path(__file__).parents[2] / "docs/report.md"


def lines(name: str) -> list[Any]:
    return [json.loads(line) for line in (VECTORS / name).read_text().splitlines()]


OSV, CSAF = lines("osv-excerpts.jsonl"), lines("csaf-excerpts.jsonl")
SEAWALL = json.loads(DOC.read_text().split("```json\n")[1].split("```")[0])
SARIF = json.loads((VECTORS / "everything.sarif").read_text())
KEV = {
    "catalogVersion": "1",
    "vulnerabilities": [
        {"cveID": "CVE-2025-4838", "dateAdded": "2025-08-25", "dueDate": "2025-09-15", "cwes": []}
    ],
}
SSVC = {
    "id": "CVE-2024-1234",
    "adp": [
        {"metrics": [{"other": {"type": "ssvc", "content": {"options": [{"Automatable": "no"}]}}}]}
    ],
}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-10, 10**19)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["", "/", "CVE-2024-1", "2024-13-99", "0001-01-01", "pkg:x", "-1"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
often = settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in items:
        found += spots(item, (*path, key))
    return found


@st.composite
def mutated(draw: Any, documents: list[Any]) -> Any:
    """A real document with one to three places removed, replaced, doubled or renamed."""
    value = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 3))):
        places = spots(value)
        if not places:
            break
        *above, key = draw(st.sampled_from(places))
        parent = value
        for step in above:
            parent = parent[step]
        match draw(st.sampled_from(["replace", "remove", "double", "rename"])):
            case "remove":
                del parent[key]
            case "double" if isinstance(parent, list):
                parent.append(copy.deepcopy(parent[key]))
            case "rename" if isinstance(parent, dict):
                parent[draw(st.text(max_size=6))] = parent.pop(key)
            case _:
                parent[key] = draw(JSON)
    return value


def attempt(read: Callable[[], Any]) -> Any:
    """The value, or None when the input was refused; every other error fails the test."""
    try:
        return read()
    except BadInput as bad:
        assert bad.what
        return None


@often
@given(mutated(OSV) | JSON)
def test_osv(obj):
    advisory = attempt(lambda: read_osv(obj))
    if advisory is not None:
        assert json.dumps(write_osv(advisory), sort_keys=True) == json.dumps(obj, sort_keys=True)


@often
@given(mutated(CSAF) | JSON)
def test_csaf(obj):
    document = attempt(lambda: read_csaf(obj))
    if document is not None:
        assert json.dumps(write_csaf(document), sort_keys=True) == json.dumps(obj, sort_keys=True)
        attempt(lambda: to_advisories(document))


@often
@given(mutated([SARIF]) | JSON)
def test_sarif(obj):
    report = attempt(lambda: read_sarif(obj, digest="0"))
    if report is not None:
        assert all(finding.title and finding.key for finding in report.findings)


@often
@given(mutated([SEAWALL]) | JSON)
def test_seawall_report(obj):
    report = attempt(lambda: read_seawall_report(obj, digest="0"))
    if report is not None and report.findings:
        again = read_seawall_report(write_seawall_report(report), digest="0")
        assert again.rejected == ()
        assert (again.findings, again.attachments) == (report.findings, report.attachments)


@often
@given(mutated([KEV]) | JSON)
def test_kev(obj):
    attempt(lambda: read_kev(obj))


@often
@given(mutated([SSVC]) | JSON)
def test_ssvc(obj):
    attempt(lambda: read_ssvc(obj))


@often
@given(mutated([SEAWALL, SARIF, *CSAF, *OSV, KEV]) | JSON)
def test_any_json_as_a_report(obj):
    report = attempt(lambda: read_report(json.dumps(obj).encode()))
    assert report is None or isinstance(report, Report)


PACKED = [
    pack_zip({"report.json": json.dumps(SEAWALL).encode(), "attachments/a": b"x" * 50}),
    json.dumps(SARIF).encode(),
    b"\x1f\x8b\x08\x00" + bytes(20),
    (b"a" * 100).ljust(257, b"\0") + b"ustar\x0000" + bytes(1000),
]


@st.composite
def damaged(draw: Any) -> bytes:
    """Real bytes with a few overwritten, and perhaps cut."""
    data = bytearray(draw(st.sampled_from(PACKED)))
    for _ in range(draw(st.integers(0, 6))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


@often
@given(damaged() | st.binary(max_size=2000))
def test_any_bytes(data):
    report = attempt(lambda: read_report(data))
    assert report is None or isinstance(report, Report)
    attempt(lambda: read_archive(data))
    attempt(lambda: decompress(data, max_bytes=1 << 20))
    attempt(lambda: parse_json(data))


@often
@given(st.text(max_size=400))
def test_any_text(text):
    report = attempt(lambda: read_report(text.encode("utf-8", "surrogatepass")))
    assert report is None or isinstance(report, Report)
    read_range(text)
