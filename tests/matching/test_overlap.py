"""What two version ranges have in common."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.matching.overlap import common
from seawall.matching.vers import Constraint, Vers, make_vers, parse_vers
from seawall.vocab.errors import BadInput

VERSIONS = [f"{major}.{minor}" for major in range(3) for minor in range(3)] + ["1.0.0"]
# Between any two of VERSIONS there are versions here, so that the order is dense enough.
PROBES = ["0.0.dev1", *(f"{v}{more}" for v in VERSIONS for more in ("", ".0.1", ".0.2"))]


@st.composite
def ranges(draw: st.DrawFn) -> Vers:
    """Ranges in which each version comes once, as the standard wants it; 1.0 and 1.0.0 are one."""
    versions = draw(st.lists(st.sampled_from(VERSIONS), max_size=5, unique_by=_bare))
    signs = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
    return make_vers("pypi", [Constraint(draw(signs), version) for version in versions])


def _bare(version: str) -> str:
    return version.removesuffix(".0").removesuffix(".0")


@given(ranges(), ranges())
def test_it_is_the_versions_that_lie_in_both(a, b):
    both = common(a, b)
    for version in PROBES:
        expected = a.contains(version) and b.contains(version)
        assert (both is not None and both.contains(version)) == expected, (version, str(both))


@given(ranges(), ranges())
def test_it_is_symmetric_and_idempotent(a, b):
    assert common(a, b) == common(b, a)
    both = common(a, b)
    assert both is None or common(both, a) == common(both, b) == common(both, both) == both


@given(ranges())
def test_nothing_is_lost_between_a_range_and_everything(a):
    alone = common(a, Vers(scheme="pypi"))
    for version in PROBES:
        assert (alone is not None and alone.contains(version)) == a.contains(version)


@pytest.mark.parametrize(
    ("a", "b", "both"),
    [
        ("vers:pypi/*", "vers:pypi/*", "vers:pypi/*"),
        ("vers:pypi/>=1|<2", "vers:pypi/>=1.5|<3", "vers:pypi/>=1.5|<2"),
        ("vers:pypi/<2", "vers:pypi/>=2", None),
        ("vers:pypi/<=2", "vers:pypi/>=2", "vers:pypi/2"),
        ("vers:pypi/<=2", "vers:pypi/>=2.0", "vers:pypi/2"),
        ("vers:npm/1.2.3", "vers:npm/>=1.0.0|<2.0.0", "vers:npm/1.2.3"),
        ("vers:npm/1.2.3", "vers:npm/!=1.2.3", None),
        ("vers:npm/*", "vers:npm/!=1.2.3", "vers:npm/!=1.2.3"),
        ("vers:deb/>=1:2.0", "vers:deb/<3.0", None),
        ("vers:pypi/<1|1.0", "vers:pypi/*", "vers:pypi/<=1.0"),
        ("vers:pypi/<1|>1", "vers:pypi/*", "vers:pypi/!=1"),
        ("vers:pypi/<1|1.0|>1.0.0", "vers:pypi/>=1|<2", "vers:pypi/>=1|<2"),
        ("vers:pypi/1|3", "vers:pypi/>=1|<2|>=3|<4", "vers:pypi/1|3"),
    ],
)
def test_ranges_of_several_schemes(a, b, both):
    found = common(parse_vers(a), parse_vers(b))
    assert (str(found) if found else None) == both


def test_versions_of_two_schemes_cannot_be_compared():
    with pytest.raises(BadInput, match="npm and pypi versions cannot be compared"):
        common(parse_vers("vers:npm/*"), parse_vers("vers:pypi/*"))


def test_an_unknown_order_cannot_be_compared():
    with pytest.raises(BadInput, match="order of nosuch versions is not known"):
        common(Vers(scheme="nosuch"), Vers(scheme="nosuch"))
