"""The documents of a release: valid, alike in content, and refused where they must not be."""

import copy
import string
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.releases import ADVISORY, FIRST, JINJA, PUBLISHER, RELEASE, SECOND, release, span
from seawall.formats.consistency import check_consistency
from seawall.formats.csaf import read_csaf
from seawall.formats.csaf_advisories import to_advisories
from seawall.formats.osv import read_osv
from seawall.formats.release_documents import (
    DocumentName,
    check_documents,
    file_name,
    write_documents,
)
from seawall.formats.validate import is_valid, validate_document
from seawall.formats.write_csaf import csaf_security_advisory
from seawall.formats.write_cve import cve_record
from seawall.formats.write_openvex import openvex
from seawall.formats.write_osv import osv
from seawall.vocab.advisories import AffectedPackage, Credit, EventKind, Reference, Severity
from seawall.vocab.decisions import Refused
from seawall.vocab.errors import BadInput
from seawall.vocab.evidence import EvidenceLevel, Verdict
from seawall.vocab.release import (
    AdvisoryRelease,
    Publisher,
    PublisherCategory,
    ReleaseEvidence,
    ReleaseStatus,
    Revision,
    TimelineEvent,
    VerifiedFix,
    VexJustification,
    VexStatement,
    VexStatus,
)
from seawall.vocab.tlp import Tlp

Doc = dict[str, Any]
GOOD = write_documents(RELEASE).documents


def problems(documents: Any) -> set[str]:
    """Ids of all errors in and between documents."""
    return {
        problem.test
        for found in check_documents(documents).values()
        for problem in found
        if not is_valid((problem,))
    }


def test_all_documents_of_a_release_are_valid_and_agree() -> None:
    assert set(GOOD) == set(DocumentName)
    assert problems(GOOD) == set()
    assert set(check_documents(GOOD)) == {DocumentName.OSV}  # the unregistered prefix, a warning


def test_writing_twice_gives_the_same_documents() -> None:
    assert write_documents(RELEASE) == write_documents(copy.deepcopy(RELEASE))


def test_what_the_osv_record_says_is_read_back() -> None:
    advisory = read_osv(GOOD[DocumentName.OSV])
    assert advisory.id == "SEAWALL-2026-0001"
    assert advisory.aliases == ("CVE-2026-10001", "GHSA-q2x7-8rv6-6q7h")
    assert advisory.cwes == ADVISORY.cwes
    assert advisory.severities == ADVISORY.severities
    assert advisory.affected == (JINJA,)
    assert (advisory.published_at, advisory.modified_at) == (FIRST, SECOND)


def test_the_csaf_reader_finds_the_same_ranges() -> None:
    (advisory,) = to_advisories(read_csaf(GOOD[DocumentName.CSAF]))
    events = [
        event
        for package in advisory.affected
        if package.purl.startswith("pkg:pypi/jinja2")
        for interval in package.ranges
        for event in interval.events
    ]
    assert {(e.kind, e.version) for e in events} == {
        (EventKind.INTRODUCED, "3.0.0"),
        (EventKind.FIXED, "3.1.5"),
    }
    assert "CVE-2026-10001" in (advisory.id, *advisory.aliases)


def test_the_cve_record_has_the_ranges_and_the_package() -> None:
    (product,) = GOOD[DocumentName.CVE]["containers"]["cna"]["affected"]
    assert product == {
        "collectionURL": "https://pypi.org",
        "defaultStatus": "unaffected",
        "packageName": "jinja2",
        "packageURL": "pkg:pypi/jinja2",
        "product": "Jinja",
        "vendor": "Pallets",
        "versions": [
            {
                "lessThan": "3.1.5",
                "status": "affected",
                "version": "3.0.0",
                "versionType": "python",
            },
            {"status": "affected", "version": "2.11.3"},
            {"status": "unaffected", "version": "3.1.5"},
        ],
    }


def test_openvex_says_no_more_than_the_ranges() -> None:
    first = GOOD[DocumentName.OPENVEX]["statements"][0]
    assert first["status"] == "affected"
    assert [product["@id"] for product in first["products"]] == [
        "pkg:pypi/jinja2?vers=vers:pypi%2F%3E%3D3.0.0%7C%3C3.1.5",
        "pkg:pypi/jinja2@2.11.3",
    ]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"cve": ""}, "no CVE id is assigned"),
        ({"publisher": replace(PUBLISHER, org_id="")}, "no CVE Services organisation id"),
        ({"status": ReleaseStatus.DRAFT}, "a draft"),
        ({"advisory": {"tlp": Tlp.GREEN}}, "TLP:GREEN"),
    ],
)
def test_a_cve_record_is_refused(fields: Doc, reason: str) -> None:
    answer = cve_record(release(**fields))
    assert isinstance(answer, Refused)
    assert reason in answer.reason


@pytest.mark.parametrize(
    "fields", [{"status": ReleaseStatus.DRAFT}, {"advisory": {"tlp": Tlp.AMBER}}]
)
def test_openvex_is_refused_where_it_could_not_say_so(fields: Doc) -> None:
    assert isinstance(openvex(release(**fields)), Refused)


@pytest.mark.parametrize("tlp", Tlp)
def test_no_document_is_more_open_than_its_release(tlp: Tlp) -> None:
    made = write_documents(release(advisory={"tlp": tlp}))
    assert problems(made.documents) == set()
    labels = {"WHITE": 4, "GREEN": 3, "AMBER": 2, "RED": 0}
    label = made.documents[DocumentName.CSAF]["document"]["distribution"]["tlp"]["label"]
    assert labels[label] <= tlp.openness
    public = {DocumentName.CVE, DocumentName.OPENVEX} & set(made.documents)
    assert bool(public) == (tlp is Tlp.CLEAR)
    assert read_osv(made.documents[DocumentName.OSV]).tlp is tlp


def test_a_package_in_no_ecosystem_has_no_osv_record() -> None:
    thing = AffectedPackage(ecosystem="", name="firmware", versions=("1.0",))
    made = write_documents(release(advisory={"affected": (thing,)}, fixes=()))
    assert set(made.refused) == {DocumentName.OSV}
    assert problems(made.documents) == set()


def test_commits_of_a_repository_need_no_package() -> None:
    commits = span(
        ("introduced", "0"), ("fixed", "9f3ab2"), kind="GIT", repo="https://git.example/lib"
    )
    lib = AffectedPackage(ecosystem="", name="lib", ranges=(commits,))
    made = write_documents(release(advisory={"affected": (lib,)}, fixes=()))
    assert made.refused == {}
    assert problems(made.documents) == set()


def test_a_verified_fix_ends_the_open_range() -> None:
    open_end = replace(JINJA, ranges=(span(("introduced", "3.0.0")),))
    record = osv(release(advisory={"affected": (open_end,)}))
    assert not isinstance(record, Refused)
    assert record["affected"][0]["ranges"][0]["events"] == [
        {"introduced": "3.0.0"},
        {"fixed": "3.1.5"},
    ]


def test_a_fix_that_no_range_can_hold_is_kept() -> None:
    listed = replace(JINJA, ranges=())
    made = write_documents(release(advisory={"affected": (listed,)}))
    assert made.documents[DocumentName.OSV]["affected"][0]["database_specific"] == {
        "fixed_versions": ["3.1.5"]
    }
    assert problems(made.documents) == set()


def test_each_branch_and_package_has_its_own_fix_everywhere() -> None:
    branches = replace(
        JINJA,
        ranges=(
            span(("introduced", "2.0"), ("fixed", "2.11.4")),
            span(("introduced", "3.0.0"), ("fixed", "3.1.5"), kind="SEMVER"),
        ),
    )
    other = AffectedPackage(
        ecosystem="npm",
        name="@scope/templates",
        ranges=(span(("introduced", "0"), ("last_affected", "4.0.0")),),
    )
    fix = VerifiedFix(version="3.1.5", ecosystem="PyPI", name="jinja2")
    made = write_documents(release(advisory={"affected": (branches, other)}, fixes=(fix,)))
    assert problems(made.documents) == set()
    fixed = made.documents[DocumentName.OPENVEX]["statements"][1]["products"]
    assert [product["@id"] for product in fixed] == [
        "pkg:pypi/jinja2@2.11.4",
        "pkg:pypi/jinja2@3.1.5",
    ]
    (update, workaround, *_) = made.documents[DocumentName.CSAF]["vulnerabilities"][0][
        "remediations"
    ]
    assert update["details"] == "Update jinja2 to 2.11.4 or 3.1.5 or later."
    assert workaround["category"] == "workaround"


def test_without_fix_and_workaround_the_documents_say_so() -> None:
    open_end = replace(JINJA, ranges=(span(("introduced", "3.0.0")),))
    made = write_documents(
        release(advisory={"affected": (open_end,)}, fixes=(), workaround="", statements=())
    )
    assert problems(made.documents) == set()
    (entry,) = made.documents[DocumentName.CSAF]["vulnerabilities"][0]["remediations"]
    assert entry["category"] == "none_available"


def _stated(product: str, *statuses: VexStatus) -> Doc:
    return {"statements": tuple(VexStatement(product=product, status=s) for s in statuses)}


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"tracking_id": "OTHER-1"}, "tracking_id"),
        ({"cve": "CVE-1"}, "cve"),
        ({"advisory": {"aliases": ("CVE-2020-1234",)}}, "advisory/aliases"),
        ({"advisory": {"affected": ()}}, "advisory/affected"),
        ({"advisory": {"summary": " ", "details": ""}}, "advisory/summary"),
        ({"advisory": {"references": (Reference(url="see page 3"),)}}, "advisory/references/0/url"),
        ({"advisory": {"cwes": ("79",)}}, "advisory/cwes/0"),
        ({"revisions": ()}, "revisions"),
        ({"revisions": (Revision(number=2, at=FIRST, summary="x"),)}, "revisions/0/number"),
        (
            {
                "revisions": (
                    Revision(number=1, at=SECOND, summary="x"),
                    Revision(number=2, at=FIRST, summary="x"),
                )
            },
            "revisions/1/at",
        ),
        (
            {"revisions": (Revision(number=1, at=datetime(2026, 1, 1), summary="x"),)},
            "revisions/0/at",
        ),
        ({"fixes": (VerifiedFix(version="1", ecosystem="npm", name="x"),)}, "fixes/0"),
        ({"fixes": (VerifiedFix(),)}, "fixes/0"),
        ({"fixes": (VerifiedFix(version="2.11.3"),)}, "advisory/affected"),
        (
            _stated("pkg:npm/a@1", VexStatus.NOT_AFFECTED),
            "statements/0",
        ),
        (
            _stated("pkg:pypi/jinja2@3.1.5", VexStatus.AFFECTED),
            "statements/0",
        ),
        (
            _stated("pkg:pypi/jinja2@2.11.3", VexStatus.FIXED),
            "statements/0",
        ),
        (_stated("pkg:npm/a@1", VexStatus.FIXED, VexStatus.FIXED), "statements/1"),
    ],
)
def test_a_release_that_contradicts_itself_is_refused(fields: Doc, where: str) -> None:
    with pytest.raises(BadInput) as refused:
        write_documents(release(**fields))
    assert refused.value.where == where


def _set(document: DocumentName, *path: str | int, to: Any) -> Callable[[Any], None]:
    def change(documents: Any) -> None:
        place = documents[document]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


CNA = ("containers", "cna")
VULN = ("vulnerabilities", 0)


@pytest.mark.parametrize(
    ("change", "test"),
    [
        (_set(DocumentName.OSV, "aliases", to=["CVE-2026-10001"]), "identifiers"),
        (_set(DocumentName.CVE, "cveMetadata", "cveId", to="CVE-2026-10002"), "identifiers"),
        (
            _set(DocumentName.OSV, "affected", 0, "ranges", 0, "events", 1, to={"fixed": "3.1.4"}),
            "ranges",
        ),
        (
            _set(DocumentName.CVE, *CNA, "affected", 0, "versions", 0, "lessThan", to="3.1.6"),
            "ranges",
        ),
        (_set(DocumentName.OSV, "affected", 0, "versions", to=["2.11.2"]), "affected"),
        (
            _set(DocumentName.CVE, *CNA, "affected", 0, "versions", 2, "version", to="3.1.4"),
            "fixed",
        ),
        (
            _set(
                DocumentName.OPENVEX,
                *("statements", 1, "products"),
                to=[{"identifiers": {"purl": "pkg:pypi/jinja2@3.1.4"}}],
            ),
            "fixed",
        ),
        (
            _set(
                DocumentName.OSV,
                *("severity", 0, "score"),
                to="CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H",
            ),
            "severity",
        ),
        (_set(DocumentName.OSV, "modified", to="2026-03-09T08:30:01Z"), "current"),
        (_set(DocumentName.OPENVEX, "timestamp", to="2026-03-02T12:00:00Z"), "initial"),
        (_set(DocumentName.OPENVEX, "version", to=3), "version"),
        (_set(DocumentName.OSV, "database_specific", "tlp", to="TLP:GREEN"), "tlp"),
        (_set(DocumentName.OSV, "database_specific", "cwe_ids", to=["CWE-693"]), "weaknesses"),
        (_set(DocumentName.OSV, "credits", to=[{"name": "Eve"}]), "credits"),
        (
            _set(
                DocumentName.OPENVEX,
                *("statements", 2, "products", 0, "identifiers", "purl"),
                to="pkg:pypi/flask@2.0.0",
            ),
            "not-affected",
        ),
        (
            _set(
                DocumentName.CSAF_VEX,
                *(*VULN, "product_status", "under_investigation"),
                to=["CSAFPID-0008"],
            ),
            "investigated",
        ),
        (_set(DocumentName.CVE, *CNA, "affected", 0, "packageURL", to="jinja"), "unreadable"),
    ],
)
def test_a_document_that_says_something_else_is_found(
    change: Callable[[Any], None], test: str
) -> None:
    documents = copy.deepcopy(dict(GOOD))
    change(documents)
    found = {problem.test for problem in check_consistency(documents.values())}
    assert f"consistency-{test}" in found


def test_a_label_that_is_missing_in_one_document_is_found() -> None:
    open_csaf = csaf_security_advisory(RELEASE)
    closed = osv(release(advisory={"tlp": Tlp.RED}))
    found = check_consistency([open_csaf, closed, GOOD[DocumentName.CVE]])
    assert [p.pointer for p in found if p.test == "consistency-tlp"] == ["/1", "/2"]


@pytest.mark.parametrize(
    ("document", "path", "value", "test"),
    [
        (DocumentName.OSV, "modified", "yesterday", "osv-schema"),
        (DocumentName.OSV, "aliases", ["SEAWALL-2026-0001"], "osv-alias"),
        (DocumentName.CVE, "dataVersion", "4.0", "cve-schema"),
        (DocumentName.OPENVEX, "statements", [], "openvex-schema"),
        (DocumentName.CSAF, "vulnerabilities", [], "csaf-schema"),
    ],
)
def test_a_broken_document_of_each_kind_is_caught(
    document: DocumentName, path: str, value: Any, test: str
) -> None:
    broken = copy.deepcopy(GOOD[document]) | {path: value}
    assert test in {problem.test for problem in validate_document(broken, document.kind)}


def test_files_are_named_as_their_standards_say() -> None:
    names = [file_name(name, RELEASE) for name in DocumentName]
    assert names == [
        "seawall-2026-0001.json",
        "seawall-2026-0001-vex.json",
        "SEAWALL-2026-0001.osv.json",
        "CVE-2026-10001.json",
        "SEAWALL-2026-0001.openvex.json",
    ]


# Generated releases.

_words = st.text(alphabet=string.ascii_letters + string.digits + " -'\"<>&é漢", min_size=1).filter(
    lambda text: bool(text.strip())
)
_slug = st.text(alphabet=string.ascii_lowercase + string.digits, min_size=1, max_size=12)
_version = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}([-+~_][a-z0-9]{1,6})?", fullmatch=True)
_moment = st.datetimes(
    min_value=datetime(2000, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC)
)
_vectors = st.sampled_from(
    [
        ("CVSS_V2", "AV:N/AC:L/Au:N/C:P/I:P/A:P"),
        ("CVSS_V2", "AV:L/AC:H/Au:M/C:N/I:N/A:C/E:POC/RL:OF/RC:C"),
        ("CVSS_V3", "CVSS:3.0/AV:P/AC:H/PR:H/UI:R/S:C/C:L/I:N/A:N"),
        ("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"),
        ("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N/E:P/RL:W"),
        ("CVSS_V4", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"),
    ]
)
_CWES = ["CWE-79", "CWE-787", "CWE-264", "CWE-99999"]
_ecosystems = st.sampled_from(
    ["PyPI", "npm", "Go", "crates.io", "Maven", "RubyGems", "NuGet", "Debian:12", "Alpine:v3.19"]
)


def _mostly(usual: Any, others: Iterable[Any]) -> st.SearchStrategy[Any]:
    """`usual` in three of four draws, so that every document is written often."""
    return st.sampled_from([usual, usual, usual, None]).flatmap(
        lambda one: st.just(one) if one is not None else st.sampled_from(list(others))
    )


@st.composite
def _ranges(draw: st.DrawFn, fixed: list[str]) -> Any:
    start = draw(st.one_of(st.just("0"), _version))
    events = [("introduced", start)]
    match draw(st.sampled_from(["fixed", "last_affected", "open"])):
        case "fixed" if fixed:
            events.append(("fixed", draw(st.sampled_from(fixed))))
        case "last_affected":
            events.append(("last_affected", draw(_version)))
    return span(*events, kind=draw(st.sampled_from(["ECOSYSTEM", "SEMVER"])))


@st.composite
def _packages(draw: st.DrawFn, name: str) -> AffectedPackage:
    ecosystem = draw(_ecosystems)
    full = f"org.{name}:{name}" if ecosystem == "Maven" else name
    versions = draw(st.lists(_version, max_size=4, unique=True))
    cut_at = draw(st.integers(0, len(versions)))
    affected, fixed = versions[:cut_at], versions[cut_at:]
    ranges = draw(st.lists(_ranges(fixed), max_size=3))
    if not ranges and not affected:
        ranges = [span(("introduced", "0"))]
    return AffectedPackage(
        ecosystem=ecosystem, name=full, ranges=tuple(ranges), versions=tuple(affected)
    )


@st.composite
def _statements(draw: st.DrawFn, name: str) -> VexStatement:
    status = draw(st.sampled_from(VexStatus))
    justification = draw(st.one_of(st.none(), st.sampled_from(VexJustification)))
    return VexStatement(
        product=f"pkg:generic/{name}" + draw(st.sampled_from(["", "@1.0", "@2:3+x~1"])),
        status=status,
        name=draw(st.one_of(st.just(""), _words)),
        justification=justification,
        impact=draw(_words) if justification is None else draw(st.one_of(st.just(""), _words)),
        action=draw(st.one_of(st.just(""), _words)),
        notes=draw(st.one_of(st.just(""), _words)),
    )


@st.composite
def releases(draw: st.DrawFn) -> AdvisoryRelease:
    """Releases of every shape that is not refused."""
    names = draw(st.lists(_slug, min_size=1, max_size=4, unique=True))
    packages = tuple(draw(_packages(name)) for name in names)
    number = draw(st.integers(1, 99999))
    tracking = f"SEAWALL-2026-{number:04}"
    cve = draw(_mostly("CVE-2026-12345", [""]))
    moments = sorted(draw(st.lists(_moment, min_size=1, max_size=4)))
    vectors = draw(st.lists(_vectors, max_size=4, unique=True))
    patched = draw(st.booleans())
    advisory = replace(
        ADVISORY,
        id=tracking,
        aliases=tuple(draw(st.sets(st.sampled_from(["GHSA-aaaa-bbbb-cccc", "PYSEC-2026-1"])))),
        summary=draw(_words),
        details=draw(st.one_of(st.just(""), _words)),
        affected=packages,
        severities=tuple(Severity(scheme=s, score=v) for s, v in vectors),
        cwes=tuple(draw(st.lists(st.sampled_from(_CWES), unique=True))),
        credits=tuple(
            Credit(name=draw(_words), role=role)
            for role in draw(st.sets(st.sampled_from(["FINDER", "TOOL"])))
        ),
        references=draw(st.sampled_from([(), ADVISORY.references])),
        tlp=draw(_mostly(Tlp.CLEAR, Tlp)),
    )
    fix = VerifiedFix(
        ecosystem=packages[0].ecosystem, name=packages[0].name, patch_sha256="cd" * 32
    )
    return AdvisoryRelease(
        advisory=advisory,
        tracking_id=tracking,
        publisher=Publisher(
            name=draw(_words),
            namespace="https://clearinghouse.example/",
            category=draw(st.sampled_from(PublisherCategory)),
            org_id=draw(_mostly(PUBLISHER.org_id, [""])),
        ),
        revisions=tuple(
            Revision(number=i, at=at, summary=draw(st.one_of(st.just(""), _words)))
            for i, at in enumerate(moments, start=1)
        ),
        status=draw(_mostly(ReleaseStatus.FINAL, ReleaseStatus)),
        vendor=draw(st.one_of(st.just(""), _words)),
        product=draw(st.one_of(st.just(""), _words)),
        cve=cve,
        remediation=draw(st.one_of(st.just(""), _words)),
        workaround=draw(st.one_of(st.just(""), _words)),
        evidence=draw(
            st.sampled_from(
                [
                    None,
                    ReleaseEvidence(verdict=Verdict.CONFIRMED, level=EvidenceLevel.E2),
                    RELEASE.evidence,
                ]
            )
        ),
        fixes=(fix,) if patched else (),
        timeline=tuple(
            TimelineEvent(at=moments[0] + timedelta(days=i), what=draw(_words)) for i in range(2)
        ),
        statements=tuple(draw(_statements(name)) for name in draw(st.sets(_slug, max_size=3))),
        canonical_url=draw(st.sampled_from(["", "https://clearinghouse.example/a.json"])),
    )


@settings(max_examples=60, deadline=None)
@given(releases())
def test_whatever_is_released_is_valid_and_consistent(one: AdvisoryRelease) -> None:
    made = write_documents(one)
    assert problems(made.documents) == set()
    assert set(made.documents) | set(made.refused) == set(DocumentName)
    assert {DocumentName.CSAF, DocumentName.CSAF_VEX, DocumentName.OSV} <= set(made.documents)
