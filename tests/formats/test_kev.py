"""The KEV catalogue and Vulnrichment's SSVC decisions."""

import json
from datetime import date
from typing import Any

import pytest

from realdata import read_bytes, read_json
from seawall.formats.kev import SsvcRecord, read_kev, read_ssvc, read_vulnrichment
from seawall.vocab.errors import BadInput
from seawall.vocab.findings import RejectedPart
from seawall.vocab.ssvc import Automatable, Exploitation, TechnicalImpact

ENTRY = {
    "cveID": "CVE-2025-48384",
    "vendorProject": "Git",
    "product": "Git",
    "vulnerabilityName": "Git Link Following Vulnerability",
    "dateAdded": "2025-08-25",
    "dueDate": "2025-09-15",
    "knownRansomwareCampaignUse": "Known",
    "notes": "n",
    "cwes": ["CWE-59"],
}


def catalogue(*entries: Any) -> dict[str, Any]:
    return {"catalogVersion": "2025.08.25", "vulnerabilities": list(entries)}


def record(*options: dict[str, str], **adp: Any) -> dict[str, Any]:
    metric = {"other": {"type": "ssvc", "content": {"options": list(options)}}}
    return {"id": "CVE-2024-1234", "adp": [{"metrics": [metric], **adp}]}


def test_an_entry_is_read_into_its_fields():
    (entry,) = read_kev(catalogue(ENTRY)).entries
    assert (entry.cve, entry.vendor, entry.product) == ("CVE-2025-48384", "Git", "Git")
    assert (entry.date_added, entry.due_date) == (date(2025, 8, 25), date(2025, 9, 15))
    assert entry.ransomware is True
    assert entry.cwes == ("CWE-59",)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"cveID": "CVE-1"}, "/vulnerabilities/0/cveID"),
        ({"dueDate": "soon"}, "/vulnerabilities/0/dueDate"),
        ({"dateAdded": None}, "/vulnerabilities/0/dateAdded"),
        (
            {"knownRansomwareCampaignUse": "Perhaps"},
            "/vulnerabilities/0/knownRansomwareCampaignUse",
        ),
    ],
)
def test_a_broken_entry_is_rejected_alone(change, where):
    read = read_kev(catalogue({**ENTRY, **change}, ENTRY))
    assert len(read.entries) == 1
    assert [part.where for part in read.rejected] == [where]


def test_a_cve_that_stands_twice_is_rejected_once():
    read = read_kev(catalogue(ENTRY, ENTRY))
    assert len(read.entries) == len(read.rejected) == 1


@pytest.mark.parametrize("obj", [{}, [], {"catalogVersion": "1", "vulnerabilities": {}}])
def test_what_is_no_catalogue_is_refused(obj):
    with pytest.raises(BadInput):
        read_kev(obj)


def test_the_whole_catalogue_is_read():
    read = read_kev(read_json("catalogs/kev.json.zst"))
    assert (len(read.entries), read.rejected) == (1404, ())
    assert sum(entry.ransomware for entry in read.entries) == 293


def test_decision_points_are_read_whatever_their_case():
    read = read_ssvc(
        record({"Exploitation": "PoC"}, {"Automatable": "Yes"}, {"Technical Impact": "total"})
    )
    assert read == SsvcRecord(
        cve="CVE-2024-1234",
        exploitation=Exploitation.POC,
        automatable=Automatable.YES,
        technical_impact=TechnicalImpact.TOTAL,
    )


def test_a_record_without_a_decision_says_none():
    assert read_ssvc({"id": "CVE-2024-1234", "adp": []}).exploitation is None


def test_a_broken_line_is_named_and_the_rest_is_read():
    lines = [
        b"{",
        b"",
        json.dumps(record({"Automatable": "maybe"})).encode(),
        json.dumps(record()).encode(),
    ]
    first, second, third = read_vulnrichment(lines)
    assert isinstance(first, RejectedPart) and first.where == "line 1 line 1 column 2"
    assert isinstance(second, RejectedPart) and "'maybe' is no value" in second.reason
    assert isinstance(third, SsvcRecord)


@pytest.mark.slow
def test_every_record_of_vulnrichment_is_read():
    lines = read_bytes("catalogs/vulnrichment-compact.jsonl.zst").splitlines()
    read = list(read_vulnrichment(lines))
    records = [one for one in read if isinstance(one, SsvcRecord)]
    assert (len(read), len(records)) == (44_115, 44_115)
    assert sum(one.exploitation is None for one in records) == 104
    assert sum(one.in_kev for one in records) == 224
