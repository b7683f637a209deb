"""Version order and ranges against the real advisories: agreement with their own enumeration."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from realdata import read_jsonl
from seawall.formats.osv import read_osv
from seawall.matching.ranges import compile_package
from seawall.matching.schemes import SCHEMES, scheme_for_ecosystem
from seawall.vocab.advisories import RangeKind
from seawall.vocab.errors import BadInput

# Records whose list holds versions that their own ranges leave out; all are slips of the source:
# PYSEC-2021-114 lists the fixed version itself, PYSEC-2023-177 the same and its post-release, and
# PYSEC-2023-61 the pre-releases of versions that it says introduced the flaw.
LISTED_OUTSIDE = {"PYSEC-2021-114": 1, "PYSEC-2023-177": 2, "PYSEC-2023-61": 6}


@pytest.mark.slow
def test_ranges_agree_with_the_versions_that_pypi_advisories_enumerate():
    advisories = [read_osv(record) for record in read_jsonl("advisories/osv-pypa.jsonl.zst")]
    known = defaultdict(set)
    for advisory in advisories:
        for package in advisory.affected:
            known[package.name] |= set(package.versions)
    agreement: Counter[tuple[bool, bool]] = Counter()
    outside: Counter[str] = Counter()
    for advisory in advisories:
        for package in advisory.affected:
            if not package.versions or all(r.kind is RangeKind.GIT for r in package.ranges):
                continue
            compiled = compile_package(replace(package, versions=()), SCHEMES["pypi"])
            assert compiled.problems == ()
            listed = set(package.versions)
            for version in known[package.name]:
                try:
                    ranged = compiled.decide(version).affected
                except BadInput:
                    assert not any(c.isdigit() for c in version)
                    continue
                agreement[version in listed, ranged] += 1
                if version in listed and not ranged:
                    outside[advisory.id] += 1
    assert outside == LISTED_OUTSIDE
    agreed = agreement[True, True] / (agreement[True, True] + agreement[True, False])
    assert agreed > 0.9999
    # In range and not listed: versions that came after the list was made, mostly of records
    # without a fix.
    extra = agreement[False, True] / sum(agreement.values())
    assert extra < 0.01


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "undecidable", "odd"),
    [("go", 0, 0), ("rustsec", 0, 0), ("bitnami", 1, 4), ("almalinux", 0, 0), ("pypa", 1, 0)],
)
def test_every_range_of_the_real_advisories_can_be_evaluated(name, undecidable, odd):
    problems: Counter[str] = Counter()
    oddities = 0
    for record in read_jsonl(f"advisories/osv-{name}.jsonl.zst"):
        for package in read_osv(record).affected:
            compiled = compile_package(package, scheme_for_ecosystem(package.ecosystem))
            problems.update(compiled.problems)
            oddities += bool(compiled.oddities)
    assert (problems.total(), oddities) == (undecidable, odd)
