"""Targets and versions of claims, read and compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.claims.scope import Common, Scope, overlap, read_scope
from seawall.vocab.claims import Closeness
from seawall.vocab.errors import BadInput


@pytest.mark.parametrize(
    ("target", "versions", "scope"),
    [
        ("pkg:pypi/Jinja2", "", Scope(target="pkg:pypi/jinja2")),
        ("pkg:pypi/jinja2", "*", Scope(target="pkg:pypi/jinja2")),
        ("pkg:pypi/jinja2@3.1.4", "", Scope(target="pkg:pypi/jinja2", versions="vers:pypi/3.1.4")),
        (
            "pkg:pypi/jinja2@3.1.4",
            "<3",
            Scope(target="pkg:pypi/jinja2", versions="vers:pypi/<3"),
        ),
        (
            "pkg:npm/lodash?x=y",
            " < 4.17.21 , >= 4 ",
            Scope(target="pkg:npm/lodash", versions="vers:npm/>=4|<4.17.21"),
        ),
        (
            "pkg:pypi/jinja2",
            "3.1.5, 3.1.4",
            Scope(target="pkg:pypi/jinja2", versions="vers:pypi/3.1.4|3.1.5"),
        ),
        (
            "pkg:pypi/jinja2",
            "3.1.4 1!2.0 >= 3",
            Scope(target="pkg:pypi/jinja2", versions="vers:pypi/>=3|3.1.4|1%212.0"),
        ),
        (
            "pkg:deb/debian/expat",
            "vers:deb/<2.5.0-1",
            Scope(target="pkg:deb/debian/expat", versions="vers:deb/<2.5.0-1"),
        ),
        ("https://github.com/pallets/jinja.git", "", Scope(target="https://github.com/pallets/jinja")),
        (
            "https://github.com/pallets/jinja/",
            "bbb aaa",
            Scope(target="https://github.com/pallets/jinja", versions="aaa|bbb"),
        ),
        ("Example  Router", "", Scope(target="Example Router")),
    ],
)  # fmt: skip
def test_a_target_and_its_versions_have_one_spelling(target, versions, scope):
    assert read_scope(target, versions) == scope
    assert read_scope(scope.target, scope.versions) == scope


@pytest.mark.parametrize(
    ("target", "versions", "why"),
    [
        ("", "", "a target has 1 to 500 characters"),
        ("x" * 501, "", "a target has 1 to 500 characters"),
        ("pkg:pypi/", "", "purl"),
        ("...", "", "names nothing"),
        ("pkg:pypi/jinja2", "not a version!", "blanks|version"),
        ("pkg:pypi/jinja2", "vers:npm/1.0.0", "not how versions of pkg:pypi are ordered"),
        ("pkg:pypi/jinja2", "vers:nosuch/1.0.0", "not how versions of pkg:pypi are ordered"),
        ("https://github.com/pallets/jinja", ">=3", "has no ranges"),
        ("Example Router", "vers:semver/>=3", "has no ranges"),
        ("Example Router", "a" * 101, "100 characters each"),
        ("pkg:pypi/jinja2", ",".join(map(str, range(1001))), "more than 1000 versions"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(target, versions, why):
    with pytest.raises(BadInput, match=why):
        read_scope(target, versions)


SAME, MAYBE = Closeness.SAME, Closeness.MAYBE
REPOSITORY = "https://github.com/pallets/jinja"


@pytest.mark.parametrize(
    ("a", "b", "common"),
    [
        (("pkg:pypi/jinja2", ""), ("pkg:pypi/Jinja2", ""), (SAME, "*")),
        (("pkg:pypi/jinja2", ">=3"), ("pkg:pypi/jinja2", ""), (SAME, "vers:pypi/>=3")),
        (("pkg:pypi/jinja2", ">=3"), ("pkg:pypi/jinja2", "<4"), (SAME, "vers:pypi/>=3|<4")),
        (("pkg:pypi/jinja2", "<3"), ("pkg:pypi/jinja2", ">=3"), None),
        (("pkg:pypi/jinja2", "3.1"), ("pkg:pypi/jinja2", "3.1.0"), (SAME, "vers:pypi/3.1")),
        (("pkg:pypi/jinja2", ""), ("pkg:npm/jinja2", ""), None),
        (("pkg:pypi/jinja2", "<3"), (REPOSITORY, ""), (MAYBE, "")),
        ((REPOSITORY, "aaa bbb"), (REPOSITORY, "bbb ccc"), (SAME, "bbb")),
        ((REPOSITORY, "aaa"), (REPOSITORY, "ccc"), None),
        ((REPOSITORY, "aaa"), (REPOSITORY, ""), (SAME, "aaa")),
        (("Example Router", ""), ("example-router", ""), (SAME, "*")),
    ],
)
def test_what_two_scopes_have_in_common(a, b, common):
    found = overlap(read_scope(*a), read_scope(*b))
    assert (found and (found.closeness, found.versions)) == common


VERSIONS = ["1.0", "1.5", "2.0", "3"]
scopes = st.builds(
    read_scope,
    st.sampled_from(["pkg:pypi/jinja2", "pkg:npm/jinja2", REPOSITORY, "jinja2", "other"]),
    st.just(""),
) | st.builds(
    lambda sign, version: read_scope("pkg:pypi/jinja2", sign + version),
    st.sampled_from(["", "<", ">=", "!=", "<=", ">"]),
    st.sampled_from(VERSIONS),
)


@given(scopes, scopes)
def test_an_overlap_is_symmetric(a, b):
    assert overlap(a, b) == overlap(b, a)


@given(scopes)
def test_everything_overlaps_itself_in_all_its_versions(scope):
    found = overlap(scope, scope)
    assert found == Common(closeness=SAME, versions=scope.versions, why=found.why)
