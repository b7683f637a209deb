"""VERS: version order and ranges of the whole vendored suite."""

from itertools import pairwise

import pytest

from seawall.matching.schemes import scheme_for_purl_type
from seawall.matching.vers import Vers, make_vers, parse_canonical_vers, parse_vers
from seawall.matching.vers_native import vers_from_native
from seawall.vocab.errors import BadInput
from vectorcases import cases, failures, files, known_failures, listed

NEVER_LISTED = ("pypi", "npm", "go", "cargo", "maven", "deb", "rpm", "gem")


def is_sorted(case):
    scheme = scheme_for_purl_type(case["input"]["input_scheme"])
    expected = case["expected_output"]
    given = sorted(case["input"]["versions"], key=scheme.key)
    rising = all(
        scheme.key(one) < scheme.key(other) or one.lower() == other.lower()
        for one, other in pairwise(expected)
    )
    return rising and [scheme.key(v) for v in given] == [scheme.key(v) for v in expected]


def is_equal_as_said(case):
    scheme = scheme_for_purl_type(case["input"]["input_scheme"])
    one, other = case["input"]["versions"]
    return (scheme.key(one) == scheme.key(other)) == case["expected_output"]


def is_parsed_or_refused_with_the_reason(case):
    try:
        found = parse_canonical_vers(case["input"])
    except BadInput as bad:
        return bad.what == case.get("expected_message")
    constraints = [[one.comparator, one.version] for one in found.constraints]
    made = {"scheme": found.scheme, "version_constraints": constraints}
    return case.get("expected_output") == made


def is_put_into_canonical_order(case):
    return str(parse_vers(case["input"])) == case["expected_output"]


def is_contained_as_said(case):
    given = case["input"]
    return parse_vers(given["vers"]).contains(given["version"]) == case["expected_output"]


def is_read_from_native(case):
    try:
        found = vers_from_native(case["input"]["scheme"], case["input"]["native_range"])
    except BadInput:
        return False
    return str(found) == case["expected_output"]


CHECKS = {
    "comparison": is_sorted,
    "equality": is_equal_as_said,
    "parse": is_parsed_or_refused_with_the_reason,
    "validate": is_put_into_canonical_order,
    "containment": is_contained_as_said,
    "from_native": is_read_from_native,
}


@pytest.mark.parametrize(
    ("file", "kind"), [(file, kind) for kind in CHECKS for file in files("vers", kind)]
)
def test_the_suite_is_passed_but_for_what_is_listed(file, kind):
    assert list(failures("vers", file, kind, CHECKS[kind])) == listed("vers", file, kind)


def test_every_case_of_the_suite_runs():
    found = [case for file in files("vers", *CHECKS) for case in cases("vers", file, *CHECKS)]
    assert len(found) == 2701


def test_no_order_of_the_main_ecosystems_is_on_the_list_of_failures():
    order = [file for file in known_failures()["vers"] if "_cmp_" in file]
    assert order == ["alpm_version_cmp_test.json"]
    assert not any(file.startswith(NEVER_LISTED) for file in order)


@pytest.mark.parametrize(
    ("range_", "inside", "outside"),
    [
        ("vers:npm/*", ["1.0.0"], []),
        ("vers:npm/>=1.0.0|<2.0.0", ["1.0.0", "1.9.9"], ["0.9.9", "2.0.0", "2.0.0-rc.1x"][:2]),
        ("vers:npm/<1.0.0|>=2.0.0", ["0.1.0", "2.0.0"], ["1.5.0"]),
        ("vers:npm/!=1.0.0", ["1.0.1"], ["1.0.0"]),
        ("vers:npm/<1.1.0|<2.0.0", ["1.5.0"], ["2.0.0"]),
        ("vers:npm/>1.1.0|>2.0.0", ["1.5.0"], ["1.1.0"]),
        ("vers:npm/1.0.0|>=2.0.0|<=3.0.0", ["1.0.0", "3.0.0"], ["1.0.1", "3.0.1"]),
        ("vers:deb/>=1.0~rc1|<1.0", ["1.0~rc2"], ["1.0", "1.0~beta"]),
    ],
)
def test_ranges_contain_what_they_say(range_, inside, outside):
    vers = parse_vers(range_)
    assert [v for v in inside if not vers.contains(v)] == []
    assert [v for v in outside if vers.contains(v)] == []


@pytest.mark.parametrize(
    "text", ["", "vers:", "vers:npm", "vers:npm/", "npm/>=1", "vers:npm/>=", "vers:N/1|*|2"]
)
def test_what_is_no_range_is_refused(text):
    with pytest.raises(BadInput):
        parse_vers(text)


def test_a_scheme_without_known_order_is_kept_but_not_evaluated():
    vers = parse_vers("vers:unheard-of/1")
    assert str(vers) == "vers:unheard-of/1"
    with pytest.raises(BadInput, match="order of unheard-of versions is not known"):
        vers.contains("1")


def test_all_versions_are_written_as_a_star():
    assert str(Vers(scheme="npm")) == "vers:npm/*"
    assert str(make_vers("npm", [])) == "vers:npm/*"
