"""Python requirements: which versions they allow, and the least change that mends them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from osvrecords import osv
from seawall.client.plans import Refusal
from seawall.client.remedies import Remedies
from seawall.client.requirements import mend_requirement, read_requirement
from seawall.client.specifiers import read_specifier
from seawall.matching.index import AdvisoryIndex
from seawall.matching.layers import Layer
from seawall.vocab.errors import BadInput

VERSION = st.from_regex(r"[0-3]\.[0-3](\.[0-3])?", fullmatch=True)
CLAUSES = st.lists(
    st.tuples(st.sampled_from(["==", "!=", "<=", ">=", "<", ">", "~="]), VERSION).map("".join)
    | st.from_regex(r"(==|!=)[0-3]\.[0-3]\.\*", fullmatch=True),
    max_size=4,
).map(",".join)


@given(CLAUSES, VERSION)
def test_a_specifier_allows_what_pip_allows(clauses, version):
    assert read_specifier(clauses).allows(version) is SpecifierSet(clauses).contains(version)


@pytest.mark.parametrize("text", ["=1", ">=1 <2", ">=", "abc", "==1;", ">=1,,<2"])
def test_what_is_no_specifier_is_refused(text):
    with pytest.raises(BadInput):
        read_specifier(text)


def remedies(*advisories, others=()):
    made = advisories or (osv("SEAWALL-2026-0001"),)
    beside = AdvisoryIndex.build(others) if others else None
    return Remedies((Layer(index=AdvisoryIndex.build(made)),), others=beside)


def mended(text, found=None, **more):
    done = mend_requirement(text, found or remedies(), where="here", **more)
    return done.why if isinstance(done, Refusal) else done and done[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("jinja2==3.1.4", "jinja2==3.1.5"),
        ("Jinja2[a] == 3.1.4 ; os_name != 'nt'", "Jinja2[a] == 3.1.5 ; os_name != 'nt'"),
        ("jinja2===3.1.4", "jinja2===3.1.5"),
        ("jinja2>=2,<4", "jinja2>=3.1.5,<4"),
        ("jinja2 >= 2, < 4", "jinja2 >= 3.1.5, < 4"),
        ("jinja2>2", "jinja2>=3.1.5"),
        ("jinja2~=3.1.2", "jinja2~=3.1.5"),
        ("jinja2~=3.1", "jinja2~=3.1,>=3.1.5"),
        ("jinja2==3.1.*", "jinja2==3.1.*,>=3.1.5"),
        ("jinja2!=3.0", "jinja2!=3.0,>=3.1.5"),
        ("jinja2<=4", "jinja2<=4,>=3.1.5"),
        ("jinja2", "jinja2>=3.1.5"),
        ("jinja2 ; os_name=='nt'", "jinja2 >=3.1.5; os_name=='nt'"),
        ("jinja2 (>=2)", "jinja2 (>=3.1.5)"),
    ],
)  # fmt: skip
def test_it_is_raised_to_the_least_fixed_version_and_all_else_stays(before, after):
    assert mended(before) == after
    assert mended(after) is None


@pytest.mark.parametrize(
    "text",
    ["jinja2==3.1.5", "jinja2>=3.1.5", "flask==1.0", "jinja2==4", "-r x", "./jinja2", "", "#"],
)
def test_what_allows_no_affected_version_is_left_alone(text):
    assert mended(text) is None


def test_a_range_that_leaves_out_every_fix_is_refused():
    assert mended("jinja2<3.1") == "it leaves out every fixed version (3.1.5)"
    assert mended("jinja2==3.1.4,<3.1.5") == "it leaves out every fixed version (3.1.5)"


def test_without_a_stated_fix_nothing_is_invented():
    assert mended("jinja2==1", remedies(osv("S-1", fixed=""))) == (
        "no release states a fixed version"
    )


def test_a_fix_that_another_release_affects_is_passed_over():
    both = remedies(osv("S-1"), osv("S-2", fixed="3.1.6"))
    assert mended("jinja2==3.1.4", both) == "jinja2==3.1.6"


def test_the_catalogue_forbids_a_version_but_states_none():
    beside = remedies(osv("S-1"), others=[osv("GHSA-2", fixed="3.1.6")])
    assert mended("jinja2==3.1.4", beside) == "every fixed version (3.1.5) is affected by another"
    both = remedies(osv("S-1"), osv("S-3", fixed="3.1.7"), others=[osv("GHSA-2", fixed="3.1.6")])
    assert mended("jinja2==3.1.4", both) == "jinja2==3.1.7"


def ranged(id_, *events):
    advisory = {"package": {"ecosystem": "PyPI", "name": "jinja2"}}
    advisory["ranges"] = [{"type": "ECOSYSTEM", "events": [dict([e]) for e in events]}]
    return osv(id_, affected=[advisory])


def test_a_newer_version_is_never_lowered_to_an_older_fix():
    two = ranged("S-1", ("introduced", "0"), ("fixed", "1.5"), ("introduced", "2.0"))
    assert mended("jinja2==2.1", remedies(two)) == "2.1 is newer than every fixed version (1.5)"
    assert mended("jinja2>=2.1", remedies(two)) == "2.1 is newer than every fixed version (1.5)"


def test_each_branch_is_raised_to_its_own_fix():
    events = [("introduced", "0"), ("fixed", "1.5"), ("introduced", "2.0"), ("fixed", "2.3")]
    two = remedies(ranged("S-1", *events))
    assert mended("jinja2==1.2", two) == "jinja2==1.5"
    assert mended("jinja2==2.1", two) == "jinja2==2.3"
    assert mended("jinja2>=2.0", two) == "jinja2>=2.3"
    assert mended("jinja2>=1.6,<2", two) is None
    assert mended("jinja2>=1.6", two) == "jinja2>=2.3"


def test_hashes_and_addresses_are_refused_with_what_to_do():
    assert "--upgrade-package jinja2==3.1.5" in mended("jinja2==3.1.4", hashes=True)
    assert "taken from an address" in mended("jinja2 @ https://x.test/j.whl")
    assert mended("flask @ https://x.test/f.whl") is None


@given(st.text(max_size=40))
def test_any_text_is_read_or_not(text):
    read = read_requirement(text)
    if read is not None and not read.is_address:
        assert read_specifier(text[read.start : read.end]) == read.specifier
