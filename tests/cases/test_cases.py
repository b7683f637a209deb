"""Cases: what opens them, how they follow their findings, and what the rules refuse."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from cases.casework import finding, prove, refute, reload
from seawall.cases import actions, embargoes
from seawall.cases.access import cases
from seawall.cases.actions import CaseRefused, open_case
from seawall.cases.models import Case
from seawall.core.cvd import CvdEvent
from seawall.core.embargo import ExitReason
from seawall.core.report_states import ReportStep
from seawall.dedup.links import Strength
from seawall.findings import duplicates
from seawall.findings.duplicates import Reason
from seawall.ledger.models import Event
from seawall.vocab.actors import LOCAL, Actor, ActorKind
from seawall.vocab.evidence import Verdict
from validation.records import NOON

JOB = Actor(kind=ActorKind.JOB, id="finding.assessed")
SAME = Reason(signal="person", explanation="The same.", strength=Strength.CERTAIN)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def proven(title: str = "Escape", **more) -> Case:
    row = finding(title, **more)
    prove(row, digest=row.public_id.encode().hex()[:64].ljust(64, "0"))
    return open_case(row, by=JOB, now=NOON)


def test_a_proven_finding_becomes_a_valid_case():
    case = proven("Escape", identifiers=["CVE-2024-56326"])
    assert (case.title, case.cve) == ("Escape", "CVE-2024-56326")
    assert (case.report_state, case.embargo_state) == ("valid", "none")
    assert str(case.cvd) == "vfdpxa"


@pytest.mark.parametrize("verdict", [None, Verdict.NOT_REPRODUCED, Verdict.FORGED])
def test_workers_open_no_case_on_what_is_not_proven(verdict):
    row = finding()
    if verdict:
        refute(row, verdict)
    with pytest.raises(CaseRefused):
        open_case(row, by=JOB, now=NOON)
    assert not Case.objects.exists()


def test_a_person_may_open_a_case_on_a_claim_but_not_on_a_forgery():
    claim, forged = finding("Claim"), finding("Forged")
    refute(forged)
    assert open_case(claim, by=LOCAL, now=NOON).report_state == "received"
    with pytest.raises(CaseRefused, match="its proof was found forged"):
        open_case(forged, by=LOCAL, now=NOON)


def test_a_group_has_one_case_whoever_asks():
    first, second = finding("A"), finding("B", reporter="Bo Lab")
    prove(second)
    duplicates.link(first, second, reason=SAME, by=LOCAL, now=NOON)
    opened = open_case(second, by=JOB, now=NOON)
    first.refresh_from_db()
    assert open_case(first, by=JOB, now=NOON) == opened
    assert opened.finding == first
    assert opened.title == "B", "the proven finding names the case"
    assert [each.title for each in actions.findings_of(opened)] == ["A", "B"]


def test_linked_findings_merge_their_cases_and_undoing_splits_them_again():
    one, other = proven("A"), proven("B", reporter="Bo Lab")
    made = duplicates.link(one.finding, other.finding, reason=SAME, by=LOCAL, now=NOON)
    ids = [one.finding_id, other.finding_id]
    actions.regroup(ids, by=JOB, now=NOON)
    assert reload(other).merged_into == one
    assert list(cases(LOCAL)) == [one]
    assert actions.findings_of(reload(other)) == []
    duplicates.undo(made, because="other file", by=LOCAL, now=NOON)
    actions.regroup(ids, by=JOB, now=NOON)
    assert reload(other).merged_into is None
    assert [f.title for f in actions.findings_of(reload(one))] == ["A"]
    whats = Event.objects.filter(what__startswith="case.").values_list("what", flat=True)
    moves = [what for what in whats if what in ("case.merged", "case.split")]
    assert moves == ["case.merged", "case.split"]


def test_regrouping_again_changes_and_records_nothing():
    one, other = proven("A"), proven("B", reporter="Bo Lab")
    duplicates.link(one.finding, other.finding, reason=SAME, by=LOCAL, now=NOON)
    ids = [one.finding_id, other.finding_id]
    actions.regroup(ids, by=JOB, now=NOON)
    events = Event.objects.count()
    actions.regroup(ids, by=JOB, now=NOON)
    assert Event.objects.count() == events


def test_the_report_moves_by_the_steps_of_the_model_only():
    case = proven()
    actions.take_step(case, ReportStep.ACCEPT, by=LOCAL, now=NOON)
    assert reload(case).report_state == "accepted"
    with pytest.raises(CaseRefused, match="accepted report cannot invalidate"):
        actions.take_step(case, ReportStep.INVALIDATE, by=LOCAL, now=NOON)


def test_what_follows_is_recorded_with_its_cause():
    case = proven()
    actions.observe(case, CvdEvent.EXPLOIT_PUBLIC, by=LOCAL, now=NOON)
    assert str(reload(case).cvd) == "VfdPXa"
    assert {m.event for m in case.moments.all()} == {"V", "P", "X"}
    with pytest.raises(CaseRefused, match="known already"):
        actions.observe(reload(case), CvdEvent.PUBLIC_AWARE, by=LOCAL, now=NOON)


def test_the_database_refuses_a_fix_without_a_vendor():
    case = proven()
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(fix_ready=True)


def embargoed(case: Case, days: int = 30) -> None:
    actions.observe(case, CvdEvent.VENDOR_AWARE, by=LOCAL, now=NOON)
    embargoes.propose(case, until=NOON + timedelta(days=days), by=LOCAL, now=NOON)
    embargoes.accept(case, by=LOCAL, now=NOON)


def test_no_clock_runs_and_no_embargo_begins_before_the_vendor_knows():
    case = proven()
    assert embargoes.longest_embargo(case) is None
    with pytest.raises(CaseRefused, match="no clock runs yet"):
        embargoes.propose(case, until=NOON + timedelta(days=1), by=LOCAL, now=NOON)


def test_no_clock_runs_on_an_unproven_finding():
    case = open_case(finding(), by=LOCAL, now=NOON)
    actions.observe(case, CvdEvent.VENDOR_AWARE, by=LOCAL, now=NOON)
    assert embargoes.longest_embargo(case) is None


def test_an_embargo_holds_until_its_end_and_then_ends_by_itself():
    case = proven()
    embargoed(case)
    assert (case.embargo_state, case.embargo_ends_at) == ("active", NOON + timedelta(days=30))
    embargoes.pass_time(case, by=JOB, now=NOON + timedelta(days=29, hours=23))
    assert reload(case).embargo_state == "active"
    embargoes.pass_time(case, by=JOB, now=NOON + timedelta(days=30))
    assert reload(case).embargo_state == "exited"
    assert embargoes.embargo_of(reload(case)).reason is ExitReason.EXPIRED


def test_an_embargo_is_no_longer_than_the_policy():
    case = proven()
    with pytest.raises(CaseRefused, match="90 days"):
        embargoed(case, days=91)


def test_a_second_finder_shortens_the_embargo():
    case = proven("A")
    embargoed(case, days=60)
    later = NOON + timedelta(days=3)
    again = finding("B", reporter="Bo Lab", at=later)
    duplicates.link(case.finding, again, reason=SAME, by=LOCAL, now=later)
    embargoes.pass_time(case, by=JOB, now=later)
    assert reload(case).embargo_ends_at == later + timedelta(days=7)


def test_attacks_end_the_embargo():
    case = proven()
    embargoed(case)
    actions.observe(case, CvdEvent.ATTACKS_OBSERVED, by=LOCAL, now=NOON)
    embargoes.pass_time(case, by=JOB, now=NOON)
    assert embargoes.embargo_of(reload(case)).reason is ExitReason.ATTACKS


@pytest.mark.parametrize("count", [1, 3])
def test_cases_are_listed_at_a_fixed_query_count(count, django_assert_num_queries):
    for number in range(count):
        proven(f"Number {number}", reporter=f"Lab {number}")
    with django_assert_num_queries(6):
        rows = list(cases(LOCAL))
        assert [list(row.fixes.all()) for row in rows] == [[]] * count


def test_who_is_barred_stays_out_when_cases_merge():
    """The earlier case takes in the later one, with whoever is kept out of it."""
    from parties.members import actor, lead, party
    from seawall.cases.read_ins import bar
    from seawall.cases.reading import tier_of

    ann = lead("Ann", party("House", house=True))
    first, second = finding("One"), finding("Two")
    prove(first)
    prove(second)
    kept, merged = (open_case(row, by=LOCAL, now=NOON) for row in (first, second))
    bar(merged, ann, reason="conflict of interest", by=LOCAL, now=NOON)
    assert tier_of(actor(ann), reload(kept), now=NOON) is not None
    duplicates.link(first, second, reason=SAME, by=LOCAL, now=NOON)
    assert reload(merged).merged_into == kept
    assert tier_of(actor(ann), reload(kept), now=NOON) is None
