"""Validations: signed, recorded once per job, and the best one speaks for the finding."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from findings.reports import seawall_report
from seawall.dedup.links import Strength
from seawall.findings.actions import submit
from seawall.findings.duplicates import Reason, link
from seawall.findings.models import Finding
from seawall.ledger.models import Event, Outbox
from seawall.proofs.attest import statement_for
from seawall.signing.dsse import Envelope
from seawall.signing.statements import open_statement
from seawall.validation import actions, queries
from seawall.validation.models import Validation
from seawall.vocab.actors import LOCAL
from seawall.vocab.evidence import EvidenceLevel, Verdict
from validation.records import CRASH, NOON, RECORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def findings(home) -> list[Finding]:
    submit(seawall_report("A", "B", "C"), name="r.json", by=LOCAL, now=NOON)
    return list(Finding.objects.order_by("pk"))


def record(finding: Finding, *, job_key: str | None = None, **change) -> Validation:
    verdict = change.get("verdict", Verdict.CONFIRMED)
    if verdict != Verdict.CONFIRMED:
        change.setdefault("level", EvidenceLevel.E0)
    result = replace(RECORD, **change)
    return actions.record(
        result,
        finding=finding,
        statement=statement_for(result),
        by=LOCAL,
        now=NOON,
        job_key=job_key,
    )


def best(finding: Finding) -> tuple[str, str | None]:
    found = queries.best_evidence([finding.pk])[finding.pk]
    return found.level.name, found.verdict.value if found.verdict else None


def test_a_record_comes_back_whole_and_signed(findings):
    row = record(findings[0])
    row.refresh_from_db()
    assert row.value() == RECORD
    statement = open_statement(
        Envelope.from_json(row.attestation), trusted=[actions.signer().public]
    )
    assert statement == statement_for(RECORD)


def test_recording_is_told_to_the_ledger_and_to_who_follows_up(findings):
    row = record(findings[0])
    event = Event.objects.get(what="validation.recorded")
    assert event.on == f"validation:{row.public_id}"
    assert Outbox.objects.get(topic="validation.recorded").ids == {
        "validation_id": row.pk,
        "finding_id": findings[0].pk,
    }


def test_a_job_that_runs_twice_records_once(findings):
    assert record(findings[0], job_key="outbox:7").pk == record(findings[0], job_key="outbox:7").pk
    assert Validation.objects.count() == 1
    assert queries.has_run("outbox:7")
    assert not queries.has_run("outbox:8")


def test_without_a_run_a_finding_is_claimed(findings):
    assert best(findings[0]) == ("E0", None)


def test_the_highest_level_speaks_whatever_came_later(findings):
    a = findings[0]
    record(a, level=EvidenceLevel.E1)
    assert best(a) == ("E1", "confirmed")
    record(a, level=EvidenceLevel.E3)
    record(a, level=EvidenceLevel.E2)
    record(a, verdict=Verdict.FLAKY)
    assert best(a) == ("E3", "confirmed")
    assert Validation.objects.filter(is_best=True).count() == 1


def test_a_bundle_once_found_forged_proves_nothing_any_more(findings):
    a = findings[0]
    record(a, level=EvidenceLevel.E3)
    record(a, verdict=Verdict.FORGED)
    assert best(a) == ("E0", "forged")


def test_a_forged_bundle_takes_nothing_from_another_one(findings):
    a = findings[0]
    record(a, verdict=Verdict.FORGED, reproducer_digest="cd" * 32)
    record(a, level=EvidenceLevel.E2)
    assert best(a) == ("E2", "confirmed")


def test_the_verdict_that_says_most_speaks_for_an_unproven_finding(findings):
    a = findings[0]
    record(a, verdict=Verdict.NOT_REPRODUCED)
    record(a, verdict=Verdict.ERROR)
    assert best(a) == ("E0", "not reproduced")
    record(a, verdict=Verdict.FLAKY)
    assert best(a) == ("E0", "flaky")


def test_the_database_refuses_a_level_without_a_confirmation(findings):
    with pytest.raises(IntegrityError), transaction.atomic():
        record(findings[0], verdict=Verdict.FORGED, level=EvidenceLevel.E3)


@pytest.mark.parametrize("count", [1, 3])
def test_the_evidence_of_a_list_takes_one_query(findings, count, django_assert_num_queries):
    for finding in findings[:count]:
        record(finding)
    with django_assert_num_queries(1):
        found = queries.best_evidence([finding.pk for finding in findings])
    assert [e.level.name for e in found.values()] == ["E3"] * count + ["E0"] * (3 - count)


def test_proven_duplicates_count_once(findings):
    a, b, c = findings
    record(b)
    record(c)
    assert queries.count_proven() == 2
    same = Reason(signal="same crash", explanation="x", strength=Strength.CERTAIN)
    link(b, c, reason=same, by=LOCAL, now=NOON)
    assert queries.count_proven() == 1
    link(a, b, reason=same, by=LOCAL, now=NOON)
    assert queries.count_proven() == 1


def test_findings_are_narrowed_by_level_and_verdict(findings):
    a, b, c = findings
    record(a, level=EvidenceLevel.E1)
    record(b, level=EvidenceLevel.E3)
    record(c, verdict=Verdict.FORGED)
    rows = Finding.objects.order_by("pk")
    assert list(queries.at_least(rows, EvidenceLevel.E0)) == [a, b, c]
    assert list(queries.at_least(rows, EvidenceLevel.E1)) == [a, b]
    assert list(queries.at_least(rows, EvidenceLevel.E2)) == [b]
    assert list(queries.with_verdict(rows, Verdict.FORGED)) == [c]
    assert queries.count_by_verdict() == {"confirmed": 2, "forged": 1}


def test_what_execution_showed_serves_the_search_for_duplicates(findings):
    a, b, _ = findings
    record(a)
    record(b, verdict=Verdict.FORGED)
    facts = queries.facts_of([a.pk, b.pk])
    assert set(facts) == {a.pk}
    assert (facts[a.pk].reproducer, facts[a.pk].sanitizer) == ("ab" * 32, CRASH)


def test_nothing_is_kept_when_the_statement_cannot_be_signed(findings):
    from seawall.vocab.errors import BadInput

    with pytest.raises(BadInput):
        actions.record(RECORD, finding=findings[0], statement={}, by=LOCAL, now=NOON)
    assert not Validation.objects.exists()
    assert not Event.objects.filter(what="validation.recorded").exists()
