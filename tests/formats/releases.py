"""A complete release for the tests of writers, and shorter ones made from it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from seawall.vocab.advisories import (
    Advisory,
    AffectedPackage,
    Credit,
    EventKind,
    RangeEvent,
    RangeKind,
    Reference,
    Severity,
    VersionRange,
)
from seawall.vocab.evidence import EvidenceLevel, Verdict
from seawall.vocab.release import (
    AdvisoryRelease,
    Publisher,
    ReleaseEvidence,
    Revision,
    TimelineEvent,
    VerifiedFix,
    VexJustification,
    VexStatement,
    VexStatus,
)

FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = datetime(2026, 3, 9, 8, 30, tzinfo=UTC)

PUBLISHER = Publisher(
    name="Example Clearinghouse",
    namespace="https://clearinghouse.example",
    contact="security@clearinghouse.example",
    authority="Coordinates disclosure for its members.",
    org_id="8254265b-2729-46b6-b9e3-3dfca2d5bfca",
    short_name="example",
)


def span(*events: tuple[str, str], kind: str = "ECOSYSTEM", repo: str = "") -> VersionRange:
    """A range from (event, version) pairs."""
    return VersionRange(
        kind=RangeKind(kind),
        events=tuple(RangeEvent(kind=EventKind(event), version=v) for event, v in events),
        repo=repo,
    )


JINJA = AffectedPackage(
    ecosystem="PyPI",
    name="jinja2",
    purl="pkg:pypi/jinja2",
    ranges=(span(("introduced", "3.0.0"), ("fixed", "3.1.5")),),
    versions=("2.11.3",),
)

ADVISORY = Advisory(
    id="SEAWALL-2026-0001",
    aliases=("GHSA-q2x7-8rv6-6q7h",),
    summary="Jinja sandbox breakout through an indirect reference to str.format",
    details="An attacker who controls a template can execute arbitrary Python code.",
    affected=(JINJA,),
    severities=(
        Severity(scheme="CVSS_V3", score="CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"),
        Severity(
            scheme="CVSS_V4",
            score="CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
        ),
    ),
    cwes=("CWE-693", "CWE-1336"),
    references=(
        Reference(url="https://jinja.example/changes", kind="ADVISORY"),
        Reference(url="https://jinja.example/commit/48b0687e", kind="FIX"),
    ),
    credits=(Credit(name="Ada Example"), Credit(name="scanner", role="TOOL")),
)

RELEASE = AdvisoryRelease(
    advisory=ADVISORY,
    tracking_id="SEAWALL-2026-0001",
    publisher=PUBLISHER,
    revisions=(
        Revision(number=1, at=FIRST, summary="Initial version."),
        Revision(number=2, at=SECOND, summary="Fixed version verified."),
    ),
    vendor="Pallets",
    product="Jinja",
    cve="CVE-2026-10001",
    workaround="Do not render templates of strangers.",
    evidence=ReleaseEvidence(
        verdict=Verdict.CONFIRMED,
        level=EvidenceLevel.E3,
        reasons=("The command ran inside jinja2/sandbox.py.", "It is silent on 3.1.5."),
    ),
    fixes=(
        VerifiedFix(
            version="3.1.5",
            patch_sha256="ab" * 32,
            patch_url="https://jinja.example/fix.patch",
            released_at=SECOND,
        ),
    ),
    timeline=(TimelineEvent(at=FIRST, what="The report arrived."),),
    statements=(
        VexStatement(
            product="pkg:pypi/flask@3.0.0",
            name="Flask 3.0.0",
            status=VexStatus.NOT_AFFECTED,
            justification=VexJustification.CODE_NOT_IN_EXECUTE_PATH,
            impact="Flask does not use the sandbox.",
        ),
        VexStatement(product="pkg:pypi/ansible@9.0.0", status=VexStatus.AFFECTED),
        VexStatement(product="pkg:pypi/salt@3007", status=VexStatus.UNDER_INVESTIGATION),
        VexStatement(product="pkg:deb/debian/jinja2@3.1.2-1+deb12u2", status=VexStatus.FIXED),
        VexStatement(
            product="pkg:pypi/sphinx@7.0",
            status=VexStatus.NOT_AFFECTED,
            impact="Templates are the user's own.",
        ),
    ),
    reserved_at=FIRST,
    canonical_url="https://clearinghouse.example/csaf/2026/seawall-2026-0001.json",
)


def release(*, advisory: dict[str, Any] | None = None, **fields: Any) -> AdvisoryRelease:
    """RELEASE with other fields; `advisory` changes fields of its advisory."""
    return replace(RELEASE, advisory=replace(ADVISORY, **(advisory or {})), **fields)
