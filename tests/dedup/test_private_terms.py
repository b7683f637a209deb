"""What private matching compares: two descriptions of one bug share a term, of two bugs none."""

import json
from itertools import combinations
from pathlib import Path

import pytest

from seawall.dedup import Facts, Strength, of_crash, of_finding
from seawall.dedup.private_terms import MAX_TERMS, Family, Term, met_by, terms_of
from seawall.formats.sanitizer import parse_sanitizer
from seawall.vocab.findings import Finding, Location

JINJA = "pkg:pypi/jinja2@3.1.4"
REPORT = """==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000011
READ of size 1 at 0x602000000011 thread T0
    #0 0x1 in read_chunk /src/lib/{file}:{line}:5
    #1 0x2 in read_file /src/lib/io.c:80:9
    #2 0x3 in main /src/lib/tool.c:20:3
"""


def finding(key: str = "1", **more) -> Finding:
    return Finding(**({"key": key, "title": "A", "target": JINJA} | more))


def texts(given: Finding, *families: Family) -> set[str]:
    found = terms_of(of_finding(given))
    return {term.text for term in found if not families or term.family in families}


def crash(line: int, file: str = "chunk.c", component: str = "expat"):
    report = parse_sanitizer(REPORT.format(file=file, line=line))
    assert report is not None
    return of_crash(report, key=f"{file}:{line}", component=component)


def shared(a, b) -> set[Family]:
    other = {term.text for term in terms_of(b)}
    return {term.family for term in terms_of(a) if term.text in other}


def test_identifiers_meet_however_they_are_spelled():
    one = finding(identifiers=("CVE-2024-56326",))
    other = finding(identifiers=("cve-2024-56326", "GHSA-q2x7-8rv6-6q7h"), target="Jinja")
    assert texts(one, Family.IDENTIFIER) <= texts(other, Family.IDENTIFIER)


def test_a_finding_that_names_many_cves_is_not_met_by_one_of_them():
    many = finding(identifiers=tuple(f"CVE-2024-100{n}" for n in range(4)))
    assert texts(many, Family.IDENTIFIER) == set()


def test_the_same_input_meets():
    facts = Facts(reproducer="AB" * 32)
    one, other = (of_finding(finding(), facts=f) for f in (facts, Facts(reproducer="ab" * 32)))
    assert shared(one, other) == {Family.INPUT}


def test_crashes_at_one_line_meet_exactly_and_drifted_ones_by_their_functions():
    assert shared(crash(100), crash(100)) >= {Family.CRASH_LINE, Family.CRASH_STACK}
    drifted = shared(crash(100), crash(140))
    assert Family.CRASH_LINE not in drifted and Family.CRASH_STACK in drifted


def test_crashes_of_two_components_or_files_do_not_meet_by_line():
    assert shared(crash(100), crash(100, component="zlib")) == set()
    assert Family.CRASH_LINE not in shared(crash(100), crash(100, file="other.c"))


def test_without_a_component_the_function_stands_for_it():
    assert Family.CRASH_LINE in shared(crash(9, component=""), crash(9, component=""))


@pytest.mark.parametrize(("line", "meets"), [(100, True), (106, True), (113, False), (140, False)])
def test_places_meet_when_their_lines_are_near(line, meets):
    one = finding(cwes=("CWE-22",), locations=(Location(file="src/a.py", line=100),))
    near = finding(cwes=("CWE-73",), locations=(Location(file="lib/src/a.py", line=line),))
    assert bool(texts(one, Family.LINES) & texts(near, Family.LINES)) == meets


def test_a_function_meets_in_other_lines_and_kinds_of_path():
    place = Location(file="src/a.py", line=1, function="Env.run")
    other = Location(file="a.py", line=900, function="run")
    one, two = (finding(cwes=("CWE-22",), locations=(at,)) for at in (place, other))
    assert texts(one, Family.FUNCTION) == texts(two, Family.FUNCTION) != set()
    elsewhere = finding(cwes=("CWE-89",), locations=(other,))
    assert texts(one).isdisjoint(texts(elsewhere))


def test_parts_cannot_be_moved_between_neighbours():
    one = of_finding(finding(cwes=("CWE-22",), locations=(Location(file="ab", function="c"),)))
    two = of_finding(finding(cwes=("CWE-22",), locations=(Location(file="a", function="bc"),)))
    assert shared(one, two) == set()


def test_sharper_terms_are_given_alone_when_asked_for():
    given = of_finding(
        finding(
            identifiers=("CVE-2024-1",), cwes=("CWE-22",), locations=(Location(file="a", line=1),)
        )
    )
    families = [
        {term.family.strength for term in terms_of(given, at_least=least)}
        for least in (Strength.CERTAIN, Strength.POSSIBLE)
    ]
    assert families == [{Strength.CERTAIN}, {Strength.CERTAIN, Strength.POSSIBLE}]


def test_a_finding_has_few_terms_whatever_it_says():
    many = finding(
        identifiers=tuple(f"GHSA-{n:04d}" for n in range(200)),
        description=" ".join(f"someFunction{n} other_name{n}" for n in range(200)),
        cwes=("CWE-22", "CWE-89", "CWE-79"),
    )
    assert len(terms_of(of_finding(many))) == MAX_TERMS


def test_matched_terms_are_told_by_finding_sharpest_family_first():
    met = [
        Term(family=family, text=f"{family}{key}", finding=key)
        for key, family in (("a", Family.SYMBOLS), ("a", Family.INPUT), ("b", Family.LINES))
    ]
    assert met_by(met) == {"a": (Family.INPUT, Family.SYMBOLS), "b": (Family.LINES,)}


def test_labelled_findings_meet_as_measured():
    """Recall beyond the plaintext engine's, at the price of some precision (see the ADR)."""
    path = Path(__file__).parents[1] / "vectors" / "dedup" / "findings.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    found = {"dev": [0, 0, 0], "held-out": [0, 0, 0]}
    terms = {r["id"]: texts(_labelled(r)) for r in records}
    for a, b in combinations(records, 2):
        if a["split"] == b["split"]:
            met, same = bool(terms[a["id"]] & terms[b["id"]]), a["bug"] == b["bug"]
            counts = found[a["split"]]
            counts[0] += met and same
            counts[1] += met
            counts[2] += same
    assert found == {"dev": [8, 10, 11], "held-out": [5, 6, 11]}


def _labelled(record: dict) -> Finding:
    return Finding(
        key=record["id"],
        title=record["title"],
        description=record["description"],
        target=record["target"],
        cwes=tuple(record.get("cwes", ())),
        identifiers=tuple(record.get("identifiers", ())),
        locations=tuple(Location(**place) for place in record.get("locations", ())),
    )
