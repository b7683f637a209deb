"""OSV records: read into advisories, and written back as they were."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from realdata import read_jsonl
from seawall.formats.osv import read_osv, write_osv
from seawall.vocab.advisories import AffectedPackage, EventKind, RangeEvent, RangeKind
from seawall.vocab.errors import BadInput
from seawall.vocab.tlp import Tlp

EXCERPTS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "vectors/formats/osv-excerpts.jsonl")
    .read_text()
    .splitlines()
]
SOURCES = ["almalinux", "bitnami", "go", "ossfuzz", "psf", "pypa", "rustsec"]
COUNTS = {
    "almalinux": 5680,
    "bitnami": 7444,
    "go": 4291,
    "ossfuzz": 4026,
    "psf": 132,
    "pypa": 2661,
    "rustsec": 1205,
}


def record(**fields: Any) -> dict[str, Any]:
    return {"id": "X-1", "modified": "2026-01-02T03:04:05Z", **fields}


def ranged(**fields: Any) -> dict[str, Any]:
    one = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}], **fields}
    return record(affected=[{"package": {"ecosystem": "PyPI", "name": "x"}, "ranges": [one]}])


def same_json(left: Any, right: Any) -> bool:
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


@pytest.mark.parametrize("obj", EXCERPTS, ids=lambda obj: obj["id"])
def test_a_real_record_is_written_as_it_was_read(obj):
    assert same_json(write_osv(read_osv(obj)), obj)


@pytest.mark.parametrize("source", SOURCES)
def test_a_sample_of_each_database_is_imported_and_written_as_it_was_read(source):
    for number, obj in enumerate(read_jsonl(f"advisories/osv-{source}.jsonl.zst")):
        if number % 25 == 0:
            assert same_json(write_osv(read_osv(obj)), obj), obj["id"]


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES)
def test_every_record_is_imported_and_written_as_it_was_read(source):
    count = 0
    for obj in read_jsonl(f"advisories/osv-{source}.jsonl.zst"):
        assert same_json(write_osv(read_osv(obj)), obj), obj["id"]
        count += 1
    assert count == COUNTS[source]


def test_a_record_is_read_into_its_fields():
    advisory = read_osv(next(obj for obj in EXCERPTS if obj["id"] == "PYSEC-2005-1"))
    (package,) = advisory.affected
    assert advisory.aliases == ("CVE-2005-4644",)
    assert advisory.published_at == datetime(2005, 12, 31, 5, tzinfo=UTC)
    assert (package.ecosystem, package.name, package.purl) == ("PyPI", "trac", "pkg:pypi/trac")
    assert package.versions == ("0.8.4", "0.9")
    assert package.ranges[0].kind is RangeKind.ECOSYSTEM
    assert package.ranges[0].events == (
        RangeEvent(kind=EventKind.INTRODUCED, version="0"),
        RangeEvent(kind=EventKind.FIXED, version="0.10"),
    )
    assert advisory.references[0].kind == "WEB"


def test_events_keep_their_order_even_when_it_is_odd():
    events = [{"fixed": "2"}, {"introduced": "1"}, {"introduced": "0"}]
    advisory = read_osv(ranged(events=events))
    assert [event.version for event in advisory.affected[0].ranges[0].events] == ["2", "1", "0"]
    assert write_osv(advisory) == ranged(events=events)


def test_two_events_in_one_object_are_read_as_two_and_written_as_they_were():
    obj = ranged(events=[{"introduced": "0", "fixed": "1"}])
    advisory = read_osv(obj)
    assert len(advisory.affected[0].ranges[0].events) == 2
    assert write_osv(advisory) == obj


@pytest.mark.parametrize(
    "odd",
    [
        {"aliases": []},
        {"aliases": None},
        {"affected": [{"versions": [], "ranges": []}]},
        {"published": "2024-01-02T03:04:05.123456789Z"},
        {"published": "0001-01-01T00:00:00Z"},
        {"withdrawn": "2024-01-02T03:04:05+02:00"},
        {"credits": [{"name": "A", "x": 1}]},
        {"references": [{"url": "https://a.example", "x": 1}]},
        {"severity": [{"type": "CVSS_V3", "score": "x", "source": "y"}]},
        {"affected": [{"package": {"ecosystem": "", "name": "x", "note": 1}, "severity": []}]},
        {"database_specific": {"cwe_ids": ["CWE-79", "CWE-79", "none", None]}},
        {"database_specific": {"cwe_ids": "CWE-79"}},
        {"unheard_of": {"deep": [1, 2.5, None]}},
    ],
)
def test_unusual_spellings_and_unknown_fields_survive_the_round_trip(odd):
    obj = record(**odd)
    assert same_json(write_osv(read_osv(obj)), obj)


def test_a_changed_field_is_written_changed_although_its_old_spelling_was_kept():
    advisory = read_osv(record(aliases=[], published="2024-01-02T03:04:05.000000001Z"))
    changed = replace(advisory, aliases=("CVE-2024-1234",), published_at=None)
    assert write_osv(changed) == record(aliases=["CVE-2024-1234"])


def test_weaknesses_come_from_and_go_to_database_specific():
    advisory = read_osv(record(database_specific={"cwe_ids": ["CWE-079"], "x": 1}))
    assert advisory.cwes == ("CWE-79",)
    changed = write_osv(replace(advisory, cwes=("CWE-22",)))
    assert changed["database_specific"] == {"cwe_ids": ["CWE-22"], "x": 1}


def test_a_restricted_advisory_carries_its_label():
    written = write_osv(replace(read_osv(record()), tlp=Tlp.RED))
    assert written["database_specific"] == {"tlp": "TLP:RED"}
    assert read_osv(written).tlp is Tlp.RED


def test_an_affected_part_without_a_package_is_kept():
    obj = record(affected=[{"ranges": [{"type": "GIT", "repo": "r", "events": [{"fixed": "c"}]}]}])
    assert read_osv(obj).affected[0].name == ""
    assert write_osv(read_osv(obj)) == obj


def test_a_zero_time_means_not_set():
    assert read_osv(record(published="0001-01-01T00:00:00Z")).published_at is None


def test_a_new_advisory_can_be_written():
    advisory = replace(
        read_osv(record()), affected=(AffectedPackage(ecosystem="npm", name="left-pad"),)
    )
    assert write_osv(advisory)["affected"] == [
        {"package": {"ecosystem": "npm", "name": "left-pad"}}
    ]


@pytest.mark.parametrize(
    ("obj", "where"),
    [
        ([], "/"),
        ({}, "/"),
        ({"id": " "}, "/id"),
        (record(modified="yesterday"), "/modified"),
        (record(aliases="CVE-2024-1"), "/aliases"),
        (record(aliases=[5]), "/aliases/0"),
        (record(affected=[{"package": {"ecosystem": "PyPI"}}]), "/affected/0/package"),
        (ranged(type="RPM"), "/affected/0/ranges/0/type"),
        (ranged(events=[]), "/affected/0/ranges/0/events"),
        (ranged(events=[{"removed": "1"}]), "/affected/0/ranges/0/events/0/removed"),
        (ranged(events=[{"fixed": ""}]), "/affected/0/ranges/0/events/0/fixed"),
        (ranged(events=[{"fixed": 1}]), "/affected/0/ranges/0/events/0/fixed"),
        (record(references=[{"type": "WEB"}]), "/references/0"),
        (record(severity=[{"type": "CVSS_V3"}]), "/severity/0"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_place(obj, where):
    with pytest.raises(BadInput) as caught:
        read_osv(obj)
    assert caught.value.where == where
