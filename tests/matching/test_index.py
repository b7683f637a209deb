"""The advisory index: matches, merging, what is left out, and the file."""

import pytest

from osvrecords import osv
from seawall.formats.osv import read_osv
from seawall.matching.index import AdvisoryIndex
from seawall.vocab.components import Component
from seawall.vocab.errors import BadInput


def component(purl, ref="c"):
    return Component(ref=ref, name="c", purl=purl)


JINJA = component("pkg:pypi/jinja2@3.1.4")


def test_a_match_names_the_advisory_the_reason_and_the_fix():
    index = AdvisoryIndex.build([osv("GHSA-1", aliases=["CVE-1"], summary="Escapes the sandbox")])
    (match,) = index.match(JINJA)
    assert (match.id, match.aliases) == ("GHSA-1", ("CVE-1",))
    assert match.why == "affected from the first version, fixed in 3.1.5"
    assert match.fixed == ("3.1.5",)
    assert match.package == "PyPI jinja2"
    assert match.records[0].summary == "Escapes the sandbox"
    assert index.match(component("pkg:pypi/jinja2@3.1.5")) == ()


def test_records_that_share_an_identifier_are_one_match_that_keeps_them_all():
    index = AdvisoryIndex.build(
        [
            osv("PYSEC-1", aliases=["CVE-1"], fixed="3.1.6"),
            osv("GHSA-1", aliases=["CVE-1"]),
            osv("GHSA-2", aliases=["CVE-2"]),
        ]
    )
    one, two = index.match(JINJA)
    assert [record.id for record in one.records] == ["GHSA-1", "PYSEC-1"]
    assert one.identifiers == ("GHSA-1", "CVE-1", "PYSEC-1")
    assert one.fixed == ("3.1.6", "3.1.5")
    assert two.identifiers == ("GHSA-2", "CVE-2")


def test_a_record_that_joins_two_others_makes_them_one():
    index = AdvisoryIndex.build(
        [osv("A-1", aliases=["CVE-1"]), osv("B-1", aliases=["CVE-2"]),
         osv("C-1", aliases=["CVE-2", "CVE-1"]), osv("D-1", aliases=["CVE-3"])]
    )  # fmt: skip
    assert [m.identifiers for m in index.match(JINJA)] == [
        ("A-1", "B-1", "C-1", "CVE-1", "CVE-2"),
        ("D-1", "CVE-3"),
    ]


def test_a_record_of_the_same_vulnerability_that_says_otherwise_is_shown_as_doubt():
    index = AdvisoryIndex.build(
        [osv("GHSA-1", aliases=["CVE-1"]), osv("PYSEC-1", aliases=["CVE-1"], fixed="3.0")]
    )
    (match,) = index.match(JINJA)
    assert match.doubts == ("PYSEC-1: in no affected range",)


def test_withdrawn_advisories_and_products_without_package_are_left_out_and_counted():
    index = AdvisoryIndex.build(
        [
            osv("GHSA-1", withdrawn="2026-02-01T00:00:00Z"),
            read_osv({"id": "X-1", "modified": "2026-01-01T00:00:00Z", "affected": [{}]}),
            osv("GHSA-2"),
        ]
    )
    assert [match.id for match in index.match(JINJA)] == ["GHSA-2"]
    assert index.skipped == {"advisory withdrawn": 1, "names a product, not a package": 1}
    assert index.advisories == 1
    assert index.ecosystems == {"PyPI": 1}


def test_nothing_is_silently_clean():
    index = AdvisoryIndex.build([osv("GHSA-1"), osv("A", ecosystem="Debian:11", package="curl")])

    def why(purl):
        return index.examine(component(purl)).not_checked

    assert why("pkg:pypi/anything@1.0") == ""
    assert why("pkg:npm/lodash@1.0") == "no advisories for npm"
    assert why("pkg:deb/debian/curl@1?distro=debian-12") == "no advisories for Debian:12"
    assert why("pkg:deb/debian/curl@1?distro=debian-11") == ""
    assert why("pkg:deb/debian/curl@1") == "distribution release not named"
    assert why("") == "no package URL"
    assert why("pkg:pypi/jinja2@unknown") == "unreadable pypi version"


def test_an_unreadable_version_makes_the_advisories_of_its_package_undecided():
    index = AdvisoryIndex.build([osv("GHSA-1"), osv("GHSA-2", package="flask")])
    (undecided,) = index.examine(component("pkg:pypi/jinja2@unknown")).undecided
    assert (undecided.id, undecided.why) == (
        "GHSA-1",
        "'unknown' is not a PyPI version: it has no number",
    )


def test_a_broken_range_makes_its_advisory_undecided_not_clean():
    index = AdvisoryIndex.build([osv("GHSA-1", fixed="???"), osv("GHSA-2")])
    examination = index.examine(JINJA)
    assert [match.id for match in examination.matches] == ["GHSA-2"]
    assert [one.id for one in examination.undecided] == ["GHSA-1"]


def test_an_advisory_that_has_only_a_purl_is_found():
    raw = {
        "id": "X-1",
        "modified": "2026-01-01T00:00:00Z",
        "affected": [{"package": {"name": "x", "purl": "pkg:npm/%40a/b"}, "versions": ["1.0.0"]}],
    }
    index = AdvisoryIndex.build([read_osv(raw)])
    assert [m.id for m in index.match(component("pkg:npm/%40a/b@1.0.0"))] == ["X-1"]


def test_a_saved_index_answers_as_the_built_one(tmp_path):
    built = AdvisoryIndex.build(
        [osv("GHSA-1", aliases=["CVE-1"]), osv("W", withdrawn="2026-02-01T00:00:00Z"),
         osv("É", package="naïve", ecosystem="npm")]
    )  # fmt: skip
    built.save(tmp_path / "sub" / "index")
    loaded = AdvisoryIndex.load(tmp_path / "sub" / "index")
    for purl in ("pkg:pypi/jinja2@3.1.4", "pkg:npm/na%C3%AFve@1.0.0", "pkg:gem/a@1"):
        assert loaded.examine(component(purl)) == built.examine(component(purl))
    assert (loaded.advisories, loaded.ecosystems, loaded.skipped) == (
        built.advisories,
        built.ecosystems,
        built.skipped,
    )
    assert [path.name for path in (tmp_path / "sub").iterdir()] == ["index"]


def test_a_damaged_index_is_refused(tmp_path):
    path = tmp_path / "index"
    AdvisoryIndex.build([osv("GHSA-1")]).save(path)
    good = path.read_bytes()
    for bad in (b"", b"not an index", good[:-9], good[:30] + b"\0\0\0\0" + good[34:]):
        path.write_bytes(bad)
        with pytest.raises(BadInput, match="build the index again"):
            AdvisoryIndex.load(path)


def test_an_informational_notice_is_not_called_a_vulnerability():
    raw = {
        "id": "RUSTSEC-1",
        "modified": "2026-01-01T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": "crates.io", "name": "old"},
                "ranges": [{"type": "SEMVER", "events": [{"introduced": "0.0.0-0"}]}],
                "database_specific": {"informational": "unmaintained"},
            }
        ],
    }
    (match,) = AdvisoryIndex.build([read_osv(raw)]).match(component("pkg:cargo/old@1.0.0"))
    assert match.informational == "unmaintained"


def test_an_advisory_of_a_distribution_names_the_vulnerabilities_that_it_fixes():
    alma = osv(
        "ALSA-1", ecosystem="AlmaLinux:9", package="bash", fixed="5.1-6.el9",
        related=["CVE-2024-1", "CVE-2024-2"],
    )  # fmt: skip
    similar = osv("GHSA-1", related=["CVE-2024-3"])
    debian = osv(
        "DEBIAN-1", ecosystem="Debian:12", package="curl", fixed="8", upstream=["CVE-2024-4"]
    )
    index = AdvisoryIndex.build([alma, similar, debian])
    (match,) = index.match(component("pkg:rpm/almalinux/bash@5.1-2.el9"))
    assert (match.identifiers, match.covers) == (("ALSA-1",), ("CVE-2024-1", "CVE-2024-2"))
    assert index.match(JINJA)[0].covers == ()
    (match,) = index.match(component("pkg:deb/debian/curl@7.88?distro=debian-12"))
    assert match.covers == ("CVE-2024-4",)


def test_a_listed_version_outside_the_ranges_counts_in_every_spelling():
    raw = {
        "id": "PYSEC-1",
        "modified": "2026-01-01T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "jinja2"},
                "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.0"}]}
                ],
                "versions": ["0.9", "2.0rc1"],
            }
        ],
    }
    index = AdvisoryIndex.build([read_osv(raw)])
    hit = [v for v in ("0.9.0", "0.8", "2.0.0RC1", "2.0rc1", "2.0rc2", "1.0")
           if index.match(component(f"pkg:pypi/jinja2@{v}"))]  # fmt: skip
    assert hit == ["0.9.0", "0.8", "2.0.0RC1", "2.0rc1"]


def test_names_that_would_break_the_file_are_left_out_and_counted(tmp_path):
    bad = [osv("X-1", package="a\tb"), osv("X-2", ecosystem="PyPI\n"), osv("X-3", package="\ud800")]
    built = AdvisoryIndex.build([*bad, osv("GHSA-1")])
    built.save(tmp_path / "index")
    loaded = AdvisoryIndex.load(tmp_path / "index")
    assert [match.id for match in loaded.match(JINJA)] == ["GHSA-1"]
    assert loaded.skipped == {"names a product, not a package": 3}
