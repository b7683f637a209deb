"""How right the grouping is on labelled findings; exact numbers are the benchmark's."""

import json
from pathlib import Path

import pytest

from realdata import read_jsonl
from seawall.dedup import Strength, group, of_crash, of_finding
from seawall.dedup.measure import score
from seawall.formats.sanitizer import parse_sanitizer
from seawall.vocab.findings import Finding, Location

VECTORS = Path(__file__).parent.parent / "vectors" / "dedup" / "findings.jsonl"


def test_planted_bugs_are_told_apart_and_held_together():
    records = list(read_jsonl("findings/libsndfile-asan-labelled.jsonl.zst"))
    labels = {str(n): r["label"] for n, r in enumerate(records)}
    reports = [parse_sanitizer(r["report"]) for r in records]
    groups = group(of_crash(r, key=str(n)) for n, r in enumerate(reports) if r)
    found = score((g.members for g in groups), labels)
    assert len(groups) == 4
    assert found.precision > 0.999
    assert found.recall > 0.995


@pytest.mark.parametrize("split", ["dev", "held-out"])
def test_hand_labelled_findings_never_merge_wrongly(split):
    records = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]
    records = [r for r in records if r["split"] == split]
    labels = {r["id"]: r["bug"] for r in records}
    signatures = [
        of_finding(
            Finding(
                key=r["id"],
                title=r["title"],
                description=r["description"],
                target=r["target"],
                cwes=tuple(r.get("cwes", ())),
                identifiers=tuple(r.get("identifiers", ())),
                locations=tuple(Location(**place) for place in r.get("locations", ())),
            ),
            source=r.get("source", ""),
        )
        for r in records
    ]
    merged = score((g.members for g in group(signatures)), labels)
    near = group(signatures, at_least=Strength.POSSIBLE)
    shown = score((g.members for g in near), labels)
    assert merged.precision == 1.0
    assert shown.precision == 1.0
    assert merged.recall > 0.2
    assert shown.recall > 0.6


def test_scores_count_pairs():
    found = score([["a", "b", "c"], ["d"]], {"a": "1", "b": "1", "c": "2", "d": "1"})
    assert (found.joined, found.same, found.both) == (3, 3, 1)
    assert (found.precision, found.recall, found.f1) == (1 / 3, 1 / 3, 1 / 3)
    nothing = score([["a"]], {"a": "1"})
    assert (nothing.precision, nothing.recall, nothing.f1) == (1.0, 1.0, 1.0)
