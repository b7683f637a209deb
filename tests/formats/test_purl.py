"""Package URLs: the whole package-url suite, and what real SBOMs hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.formats.purl import Purl, build_purl, parse_purl
from seawall.vocab.errors import BadInput
from vectorcases import cases, failures, files, known_failures, listed


def _parts(purl: Purl) -> dict[str, object]:
    made = {
        "type": purl.type,
        "namespace": purl.namespace,
        "name": purl.name,
        "version": purl.version,
        "qualifiers": dict(purl.qualifiers),
        "subpath": purl.subpath,
    }
    return {key: value for key, value in made.items() if value}


def _answer(case: dict) -> object:
    try:
        if case["test_type"] == "build":
            given = {key: value or "" for key, value in case["input"].items()}
            return str(build_purl(**{**given, "qualifiers": given["qualifiers"] or {}}))
        return parse_purl(case["input"])
    except BadInput:
        return None


@pytest.mark.parametrize("file", files("purl", "parse"))
def test_the_suite_is_parsed(file):
    def passes(case):
        found = _answer(case)
        if case.get("expected_failure"):
            return found is None
        expected = {key: value for key, value in case["expected_output"].items() if value}
        return found is not None and _parts(found) == expected

    assert list(failures("purl", file, "parse", passes)) == listed("purl", file, "parse")


@pytest.mark.parametrize("file", files("purl", "build"))
def test_the_suite_is_built(file):
    def passes(case):
        return _answer(case) == (None if case.get("expected_failure") else case["expected_output"])

    assert list(failures("purl", file, "build", passes)) == listed("purl", file, "build")


@pytest.mark.parametrize("file", files("purl", "validate"))
def test_the_suite_is_written_canonically(file):
    def passes(case):
        return str(parse_purl(case["input"])) == case["expected_output"]

    assert list(failures("purl", file, "validate", passes)) == listed("purl", file, "validate")


def test_every_case_of_the_suite_runs():
    kinds = ("parse", "build", "validate")
    assert sum(1 for file in files("purl", *kinds) for _ in cases("purl", file, *kinds)) == 586
    assert sum(map(len, known_failures()["purl"].values())) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pkg:",
        "pkg:npm",
        "pkg:npm/",
        "pkg:npm/@1.0",
        "pkg:npm/%2F",
        "pkg:npm/%2F/a",
        "npm/lodash@1.0",
        "pkg:npm/lodash?a=1&A=2",
        "pkg:npm/%FF",
        "pkg:npm/" + "a" * 5000,
        "pkg:1npm/lodash",
        "pkg:npm/lodash?k%20y=1",
    ],
)
def test_what_names_no_package_is_refused(text):
    with pytest.raises(BadInput):
        parse_purl(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("pkg:npm/@babel/core@7.1.0", "pkg:npm/%40babel/core@7.1.0"),
        ("pkg:pypi/Foo_Bar@1.0", "pkg:pypi/foo-bar@1.0"),
        ("PKG:pypi/foo", "pkg:pypi/foo"),
        ("pkg:deb/debian/curl@7.88.1-10+deb12u5", "pkg:deb/debian/curl@7.88.1-10%2Bdeb12u5"),
        ("pkg:npm/a?empty=&b=c", "pkg:npm/a?b=c"),
        ("pkg:npm/a#./x/../y/", "pkg:npm/a#x/y"),
    ],
)
def test_tolerated_spellings_become_canonical(text, canonical):
    assert str(parse_purl(text)) == canonical
    assert str(parse_purl(canonical)) == canonical


def test_the_package_of_a_purl_has_no_version_and_no_qualifiers():
    purl = parse_purl("pkg:deb/debian/curl@7.88?arch=amd64#usr")
    assert purl.package == "pkg:deb/debian/curl"
    assert purl.qualifier("arch") == "amd64"
    assert purl.qualifier("distro") == ""


_PIECES = st.sampled_from(
    ["pkg:", "npm", "pypi", "swift", "git", "/", "//", "@", "?", "#", "&", "=", "%40", "%2F", "%",
     "%zz", "%FF", "a", "B", "1.0", "..", ".", "+", ":", " ", "é", "_", "-"]
)  # fmt: skip


@settings(max_examples=300)
@given(text=st.lists(_PIECES, max_size=12).map("".join) | st.text(max_size=30))
def test_any_text_is_a_purl_with_one_canonical_spelling_or_refused(text):
    for candidate in (text, f"pkg:npm/{text}"):
        try:
            purl = parse_purl(candidate)
        except BadInput:
            continue
        assert str(parse_purl(str(purl))) == str(purl)
