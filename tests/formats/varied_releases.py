"""Releases of all shapes, the same for the same seed: for comparing our documents with what other
validators say about them."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from formats.releases import span
from seawall.vocab.advisories import Advisory, AffectedPackage, Credit, Reference, Severity
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

_START = datetime(2024, 2, 28, 23, 59, 58, tzinfo=UTC)
_PACKAGES = (
    ("PyPI", "jinja2", "pkg:pypi/jinja2"),
    ("npm", "@scope/left-pad", "pkg:npm/%40scope/left-pad"),
    ("npm", "lodash", "pkg:npm/lodash"),
    ("Maven", "org.apache:log4j-core", "pkg:maven/org.apache/log4j-core"),
    ("Go", "github.com/example/mod/v2", "pkg:golang/github.com/example/mod/v2"),
    ("crates.io", "serde_json", "pkg:cargo/serde_json"),
    ("RubyGems", "rails", "pkg:gem/rails"),
    ("NuGet", "Newtonsoft.Json", "pkg:nuget/Newtonsoft.Json"),
    ("Packagist", "symfony/http-kernel", "pkg:composer/symfony/http-kernel"),
    ("Hex", "phoenix", "pkg:hex/phoenix"),
    ("Pub", "http", "pkg:pub/http"),
    ("Debian:12", "expat", "pkg:deb/debian/expat?distro=bookworm"),
    ("Alpine:v3.20", "busybox", "pkg:apk/alpine/busybox"),
    ("Red Hat:enterprise_linux:9", "openssl", ""),
    ("", "libexample", "pkg:generic/libexample"),
    ("SwiftURL", "github.com/example/kit", "pkg:swift/github.com/example/kit"),
)
_WORDS = (
    "An attacker who controls the input runs code.",
    "Überlauf beim Lesen einer Größe",
    "解析時にヒープの境界を越える",
    "تجاوز سعة المخزن المؤقت",
    "Ошибка при разборе заголовка",
    "emoji 🦀🔥 and e\u0301 combining, \u200fright to left\u200e",
    'tabs\tand "quotes" and \\ and </script> & <b>',
    "line one\nline two\r\nline three",
    "~ß€ — “typographic” … 100 % > 50 %",
    "x" * 300,
)
_CVSS = (
    ("CVSS_V2", "AV:N/AC:L/Au:N/C:P/I:P/A:P"),
    ("CVSS_V2", "AV:L/AC:H/Au:M/C:N/I:N/A:C/E:POC/RL:OF/RC:C"),
    ("CVSS_V3", "CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:C/C:L/I:L/A:N"),
    ("CVSS_V3", "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"),
    ("CVSS_V3", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H/E:P/RL:O/RC:C"),
    ("CVSS_V3", "CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N"),
    ("CVSS_V4", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H"),
    ("CVSS_V4", "CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:P"),
)
_CWES = ("CWE-79", "CWE-89", "CWE-787", "CWE-1336", "CWE-693", "CWE-20", "CWE-1021", "CWE-99999")
_ROLES = (
    "FINDER", "REPORTER", "ANALYST", "COORDINATOR", "REMEDIATION_DEVELOPER",
    "REMEDIATION_REVIEWER", "REMEDIATION_VERIFIER", "TOOL", "SPONSOR", "OTHER",
)  # fmt: skip
_REFERENCES = (
    "ADVISORY", "ARTICLE", "DETECTION", "DISCUSSION", "REPORT", "FIX", "INTRODUCED", "PACKAGE",
    "EVIDENCE", "WEB",
)  # fmt: skip


def varied(count: int, *, seed: int = 2026) -> Iterator[AdvisoryRelease]:
    """So many releases; the first ones are as small as they can be."""
    for number in range(1, count + 1):
        yield _Shape(random.Random(seed * 1_000_003 + number), number).release()


class _Shape:
    def __init__(self, dice: random.Random, number: int) -> None:
        self.dice, self.number, self.small = dice, number, number <= 3
        self.tracking = f"SEAWALL-{dice.randint(2024, 2031)}-{number:04d}"

    def maybe(self, chance: float = 0.5) -> bool:
        return not self.small and self.dice.random() < chance

    def words(self, most: int = 1) -> str:
        return " ".join(self.dice.choices(_WORDS, k=self.dice.randint(1, most)))

    def some(self, what: tuple, most: int) -> list:
        if self.small:
            return []
        return self.dice.sample(what, k=self.dice.randint(0, min(most, len(what))))

    def release(self) -> AdvisoryRelease:
        packages = self.packages()
        revisions = self.revisions()
        return AdvisoryRelease(
            advisory=self.advisory(packages),
            tracking_id=self.tracking,
            publisher=self.publisher(),
            revisions=revisions,
            status=self.status(),
            vendor=self.words() if self.maybe() else "",
            product=self.words() if self.maybe(0.3) else "",
            cve=f"CVE-2026-{self.dice.randint(1000, 9_999_999)}" if self.maybe(0.7) else "",
            remediation=self.words(4) if self.maybe(0.2) else "",
            workaround=self.words(3) if self.maybe(0.4) else "",
            evidence=self.evidence(),
            fixes=tuple(self.fixes(packages)),
            timeline=tuple(self.timeline()),
            statements=tuple(self.statements()),
            reserved_at=_START if self.maybe() else None,
            canonical_url=self.canonical(),
        )

    def status(self) -> ReleaseStatus:
        return self.dice.choice((ReleaseStatus.FINAL, ReleaseStatus.FINAL, ReleaseStatus.INTERIM))

    def advisory(self, packages: list[AffectedPackage]) -> Advisory:
        return Advisory(
            id=self.tracking,
            aliases=tuple(
                self.some((f"GHSA-aaaa-bbbb-{self.number:04d}"[:19], "OSV-2026-1", "X-1"), 2)
            ),
            summary="A weakness" if self.small else self.words()[:200],
            details="" if self.small else self.words(60),
            affected=tuple(packages),
            severities=tuple(
                Severity(scheme=scheme, score=score) for scheme, score in self.some(_CVSS, 4)
            ),
            cwes=tuple(self.some(_CWES, 3)),
            references=tuple(
                Reference(
                    url=f"https://example.org/{kind.lower()}/{self.number}?a=b%20c#d", kind=kind
                )
                for kind in self.some(_REFERENCES, 5)
            ),
            credits=tuple(
                Credit(name=f"{role.title()} Ünï {self.number}", role=role)
                for role in self.some(_ROLES, 6)
            ),
            tlp=Tlp.CLEAR if self.small else self.dice.choice((Tlp.CLEAR, Tlp.CLEAR, *Tlp)),
        )

    def packages(self) -> list[AffectedPackage]:
        most = 1 if self.small or not self.maybe(0.4) else 6
        chosen = self.dice.sample(_PACKAGES, k=self.dice.randint(1, most))
        return [self.package(*each) for each in chosen]

    def package(self, ecosystem: str, name: str, purl: str) -> AffectedPackage:
        shape = self.dice.choice(("fixed", "last", "open", "versions", "many", "both"))
        ranges = {
            "fixed": (span(("introduced", "0"), ("fixed", "3.1.5")),),
            "last": (span(("introduced", "1.0.0"), ("last_affected", "3.1.4")),),
            "open": (span(("introduced", "2.0.0")),),
            "versions": (),
            "many": (
                span(("introduced", "0"), ("fixed", "1.9.9")),
                span(("introduced", "2.0.0"), ("fixed", "2.7.1"), kind="SEMVER"),
                span(("introduced", "3.0.0"), ("last_affected", "3.1.0")),
            ),
            "both": (span(("introduced", "0"), ("fixed", "3.1.5")),),
        }[shape]
        versions = ("0.9.1", "1.0.0-rc.1", "3.0.3+build.7") if shape in ("versions", "both") else ()
        return AffectedPackage(
            ecosystem=ecosystem, name=name, purl=purl, ranges=ranges, versions=versions
        )

    def fixes(self, packages: list[AffectedPackage]) -> Iterator[VerifiedFix]:
        for package in packages:
            if not self.maybe(0.5):
                continue
            version = self.dice.choice(("", "3.1.5", "4.0.0"))
            patch = f"{self.dice.getrandbits(256):064x}" if not version or self.maybe() else ""
            yield VerifiedFix(
                version=version,
                ecosystem=package.ecosystem,
                name=package.name,
                patch_sha256=patch,
                patch_url=f"https://example.org/{self.number}.patch"
                if patch and self.maybe()
                else "",
                released_at=_START + timedelta(days=3) if self.maybe() else None,
            )

    def revisions(self) -> tuple[Revision, ...]:
        count = 1 if self.small else self.dice.choice((1, 1, 2, 3, 9, 10, 11, 40))
        at, made = _START, []
        for number in range(1, count + 1):
            made.append(Revision(number=number, at=at, summary=self.words() if number > 1 else ""))
            at += timedelta(seconds=self.dice.choice((0, 1, 3_600, 86_400 * 40)))
        return tuple(made)

    def publisher(self) -> Publisher:
        return Publisher(
            name="Example Clearinghouse" if self.small else self.words()[:60].strip() or "x",
            namespace="https://clearinghouse.example",
            category=self.dice.choice(tuple(PublisherCategory)),
            contact=self.words() if self.maybe() else "",
            authority=self.words() if self.maybe() else "",
            org_id="8254265b-2729-46b6-b9e3-3dfca2d5bfca" if self.maybe(0.8) else "",
            short_name="example",
        )

    def evidence(self) -> ReleaseEvidence | None:
        if not self.maybe(0.7):
            return None
        return ReleaseEvidence(
            verdict=Verdict.CONFIRMED,
            level=self.dice.choice((EvidenceLevel.E1, EvidenceLevel.E3, EvidenceLevel.E4)),
            reasons=tuple(self.words() for _ in range(self.dice.randint(0, 4))),
        )

    def timeline(self) -> Iterator[TimelineEvent]:
        for day in range(0 if self.small else self.dice.randint(0, 5)):
            yield TimelineEvent(at=_START + timedelta(days=day), what=self.words())

    def statements(self) -> Iterator[VexStatement]:
        for number in range(0 if self.small else self.dice.choice((0, 0, 1, 3, 12))):
            status = self.dice.choice(tuple(VexStatus))
            justified = self.maybe()
            silent = status is not VexStatus.NOT_AFFECTED
            yield VexStatement(
                product=f"pkg:npm/product-{number}@{self.dice.randint(1, 9)}.0.0",
                name=f"Product {number} {self.words()}" if self.maybe() else "",
                status=status,
                justification=None
                if silent or not justified
                else self.dice.choice(tuple(VexJustification)),
                impact="" if silent or (justified and self.maybe()) else self.words(),
                action=self.words() if self.maybe(0.3) else "",
                notes=self.words() if self.maybe(0.3) else "",
            )

    def canonical(self) -> str:
        if not self.maybe():
            return ""
        name = self.tracking.lower()
        return f"https://clearinghouse.example/csaf/white/2026/{name}.json"
