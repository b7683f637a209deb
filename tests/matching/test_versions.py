"""Version order of each scheme: chains from the published specifications, each rising strictly."""

import random
import subprocess
from itertools import combinations, pairwise
from shutil import which

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.matching.schemes import SCHEMES, scheme_for_ecosystem, scheme_for_purl_type
from seawall.vocab.errors import BadInput

CHAINS = {
    # Debian Policy §5.6.12 and deb-version(7), with dpkg's own notes on "~", "+" and epochs
    "deb tildes": ["~~", "~~a", "~", "0", "a"],
    "deb": "1.0~beta1~svn1245 1.0~beta1 1.0 1.0-0+deb1 1.0-1~bpo1 1.0-1 1.0-1+b1 1.0-1.1 1.0-2 "
    "1.0a-1 1.0+b1-1 1.0.4-1 1.2.3-1 1.2.10-1 1:0.1-1 2:0-1",
    "deb letters": "1.2.24 1.2.24-+x 1.2.24a 1.2.24+x",
    # rpm-version(7) and rpm's tests/rpmvercmp.at
    "rpm": "1.0~rc1-1 1.0~rc1^git1-1 1.0-1 1.0-1.el8 1.0-1.el8_4 1.0-1.el8_10 1.0-2 1.0^-1 "
    "1.0^20210501-1 1.0^20210502-1 1.0.1-1 1.0.1^git1-1 1.1-1 2.0-1 10.0-1 1:0.1-1",
    "rpm segments": "1a 1b 1.1 5.5p1 5.5p2 5.5p10 6.0 6.0.rc1 6.0.1",
    "rpm letters before numbers": "xyz.4 xyz10 xyz10.1 2 8 10xyz 10.1xyz",
    # semver.org §11
    "semver": "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 "
    "1.0.0-rc.1 1.0.0 1.0.1 1.2.0 1.10.0 2.0.0",
    "npm": "0.0.0-0 0.0.0 1.2.3-4 1.2.3-4-foo 1.2.3-a 1.2.3-a.5 1.2.3-a.b 1.2.3-asdf 1.2.3",
    "cargo": "0.0.0-0 0.9.0 0.10.0-alpha.1 0.10.0-alpha.10 0.10.0-alpha.beta 0.10.0",
    # go.dev/ref/mod: pseudo-versions
    "golang": "v0.0.0-20170915032832-14c0d48ead0c v0.0.0-20191109021931-daa7c04131f5 v0.0.1 "
    "v1.2.3-pre v1.2.3-pre.0.20191109021931-daa7c04131f5 v1.2.3 "
    "v1.2.4-0.20191109021931-daa7c04131f5 v1.2.4 v2.0.0+incompatible v3.0.0",
    "golang toolchains": "1.20rc1 go1.20rc2 1.20.0 go1.20.1 go1.21 1.22beta1 1.22",
    # PEP 440, "Summary of permitted suffixes and relative ordering"; legacy below everything
    "pypi": "0.1legacy-x 2004d-foo 1.dev0 1.0.dev456 1.0a1 1.0a2.dev456 1.0a12.dev456 1.0a12 "
    "1.0b1.dev456 1.0b2 1.0b2.post345.dev456 1.0b2.post345 1.0rc1.dev456 1.0rc1 1.0 1.0+abc.5 "
    "1.0+abc.7 1.0+5 1.0.post456.dev34 1.0.post456 1.0.15 1.1.dev1 1!0.1",
    # Gem::Version
    "gem": "0.0.beta 0.beta.1 0 1.0.a 1.0.a2 1.0.a10 1.0.b1 1.0 1.0.1.pre 1.0.1 1.1.a 1.9.3 1.10",
    # Maven's ComparableVersion
    "maven": "1-alpha2snapshot 1-alpha2 1-alpha-123 1-beta-2 1-beta123 1-m2 1-m11 1-rc 1-cr2 "
    "1-rc123 1-SNAPSHOT 1 1-sp 1-sp2 1-sp123 1-abc 1-def 1-pom-1 1-1-snapshot 1-1 1-2 1-123",
    "maven jars": "2.0.0.RELEASE 2.0.1.RELEASE 2.1.0.M1 2.1.0.RC1 2.1.0.RELEASE 30.0-jre 31",
    # learn.microsoft.com: NuGet
    "nuget": "1.0.0-alpha 1.0.0-Alpha.2 1.0.0-alpha.10 1.0.0-beta 1.0.0 1.0.0.1 1.0.1",
    # apk-tools
    "apk": "1.0_alpha 1.0_beta2 1.0_pre1 1.0_rc1 1.0 1.0-r1 1.0_git20200101 1.0_p1 1.0a 1.01 1.1",
    "gentoo": "1_alpha 1_beta 1_pre 1_rc 1 1-r1 1_p 1_p1 1a 1.01 1.1",
    # composer/semver
    "composer": "1.0.0-dev v1.0.0-alpha1 1.0.0-alpha2 1.0b1 1.0.0-RC1 1.0.0 1.0.0-patch1 1.0.1 "
    "2.0 10.0.0.1",
    "bitnami": "1.2.3-rc.1 1.2.3 1.2.3-1 1.2.3-r2 1.2.3-10 1.2.4",
    "pub": "1.0.0-a 1.0.0 1.0.0+1 1.0.0+2 1.0.1",
    "conan": "1.0-rc1 1.0 1.0+1 1.0.1 1.a",
    "openssl": "0.9.8 0.9.8a 0.9.8z 0.9.8za 0.9.8zh 1.0.0-beta1 1.0.0 1.0.2a 3.0.0-alpha1 3.0.0",
    "alpm": "1.0a 1.0 1.0-1 1.0-2 1.0.a 1.0.1 1:0",
    "intdot": "0.9 1.0 1.0.1 1.0-2 1.10",
}  # fmt: skip

EQUAL = {
    "deb": ["1.0", "1.0-0", "0:1.0", "00:1.00"],
    "rpm": ["1.0", "0:1.0", "1..0", "1_0", "1.00"],
    "semver": ["1.0.0", "v1.0.0", "1", "1.0", "1.0.0+build"],
    "golang": ["v1.20.0", "go1.20", "1.20"],
    "pypi": ["1.0", "1", "v1.0.0", "1.0.0.0"],
    "gem": ["1", "1.0", "1.0.0"],
    "maven": ["1", "1.0", "1.0.0", "1-ga", "1.final", "1.0.RELEASE", "1-0"],
    "nuget": ["1.0", "1.0.0.0", "1.0.0+meta"],
    "composer": ["1.0", "v1.0.0", "1.0.0.0", "1.0.0-stable"],
    "apk": ["1.0", "1.0-r0"],
    "alpm": ["1.0", "0:1.0"],
    "intdot": ["1.0", "1", "1-0"],
}

NONSENSE = {
    "deb": ["", "-1", "1.0 2", "1.0/2", "a:1"],
    "rpm": ["", ":", "-", "1 2"],
    "semver": ["", "abc", "1.x", "1.2.3 beta", "(devel)"],
    "golang": ["(devel)", "abcdef"],
    "pypi": ["", "unknown", "1 2"],
    "gem": ["", "x", "1..2", "1.0_x"],
    "maven": ["", "1 0"],
    "nuget": ["", "1.x", "1.2.3.4.5"],
    "apk": ["", "1.0-foo", "1.0_x", "v1"],
    "composer": ["dev-main", "1.x-dev", "abc"],
    "gentoo": ["1.0-r", "x"],
    "datetime": ["2024", "yesterday", "2024-01-01T00:00:00"],
    "openssl": ["1.0", "x"],
    "lexicographic": [""],
    "intdot": ["1.a", ""],
}


def _words(chain):
    return chain.split() if isinstance(chain, str) else chain


@pytest.mark.parametrize("name", CHAINS)
def test_published_order_rises_strictly(name):
    scheme = SCHEMES[name.split()[0]]
    keys = [(version, scheme.key(version)) for version in _words(CHAINS[name])]
    wrong = [(a, b) for (a, one), (b, other) in combinations(keys, 2) if not one < other]
    assert wrong == []


@pytest.mark.parametrize("name", EQUAL)
def test_spellings_of_one_version_have_one_key(name):
    assert len({SCHEMES[name].key(version) for version in EQUAL[name]}) == 1


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_refused_in_words(name):
    for version in NONSENSE[name]:
        with pytest.raises(BadInput):
            SCHEMES[name].key(version)


@pytest.mark.parametrize("name", SCHEMES)
def test_a_version_too_long_to_be_one_is_refused(name):
    if name != "lexicographic":
        with pytest.raises(BadInput):
            SCHEMES[name].key("1" * 5000)


_PIECES = st.sampled_from(
    [*"0123456789", "10", "00", "01", ".", ".", "-", "_", "+", "~", "^", ":", "a", "b", "z", "A",
     "rc", "alpha", "beta", "dev", "post", "pre", "p", "r1", "sp", "snapshot", "v", "!", "é", "²"]
)  # fmt: skip
_VERSIONS = st.lists(_PIECES, min_size=1, max_size=9).map("".join)


@pytest.mark.parametrize("name", SCHEMES)
@given(versions=st.lists(_VERSIONS | st.text(max_size=8), min_size=3, max_size=3))
def test_order_is_total_and_transitive_and_nothing_crashes(name, versions):
    keys = []
    for version in versions:
        try:
            keys.append(SCHEMES[name].key(version))
        except BadInput:
            continue
    for one, other in combinations(keys, 2):
        assert (one < other) + (other < one) + (one == other) == 1
    assert all(one <= other for one, other in pairwise(sorted(keys)))
    if len(keys) == 3:
        a, b, c = sorted(keys)
        assert a <= c and (not a == b == c or a == c)


@given(version=_VERSIONS)
def test_keys_are_hashable_and_stable(version):
    for scheme in SCHEMES.values():
        try:
            key = scheme.key(version)
        except BadInput:
            continue
        assert {key: 1}[scheme.key(version)] == 1


def test_ecosystems_with_releases_have_the_order_of_their_distribution():
    names = {"Debian:12": "deb", "Ubuntu:22.04:LTS": "deb", "AlmaLinux:9": "rpm",
             "Alpine:v3.19": "apk", "PyPI": "pypi", "Go": "golang"}  # fmt: skip
    assert {eco: scheme_for_ecosystem(eco).name for eco in names} == names
    assert scheme_for_ecosystem("OSS-Fuzz") is None
    assert scheme_for_ecosystem("") is None
    assert scheme_for_purl_type("alpine").name == "apk"
    assert scheme_for_purl_type("unheard-of") is None


@pytest.mark.slow
@pytest.mark.skipif(which("dpkg") is None, reason="dpkg is absent")
def test_dpkg_itself_agrees():
    rng = random.Random(3)
    pieces = [*"0123456789", *"..-+~~abZ", "rc", "10", "0", "00"]
    key = SCHEMES["deb"].key
    compared = 0
    for _ in range(400):
        one = "1" + "".join(rng.choices(pieces, k=rng.randint(0, 7)))
        other = one[: rng.randint(1, len(one))] + "".join(rng.choices(pieces, k=2))
        try:
            expected = (key(one) > key(other)) - (key(one) < key(other))
        except BadInput:
            continue
        relation = {-1: "lt", 0: "eq", 1: "gt"}[expected]
        done = subprocess.run(["dpkg", "--compare-versions", one, relation, other], check=False)
        assert done.returncode == 0, (one, relation, other)
        compared += 1
    assert compared > 200
