"""Advisories: drafted only when right, revised when facts change, published when nothing holds."""

from datetime import timedelta

import pytest

from at_once import at_once
from cases.casework import finding, prove
from seawall.advisories import checking
from seawall.advisories.actions import AdvisoryInvalid, PublicationRefused, draft, publish
from seawall.advisories.drafts import NothingProven
from seawall.advisories.models import Advisory, Revision
from seawall.cases import embargoes, fixes
from seawall.cases.actions import observe, open_case
from seawall.cases.models import Case
from seawall.core.cvd import CvdEvent
from seawall.formats.consistency import check_consistency
from seawall.formats.validate import is_valid, validate_document
from seawall.ledger.models import Outbox
from seawall.vocab.actors import LOCAL
from seawall.vocab.fixes import FixOutcome, FixVerification
from seawall.vocab.problems import Problem
from validation.records import NOON

LATER = NOON + timedelta(days=1)
CVE = "CVE-2024-56326"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "publisher")]


@pytest.fixture
def publisher(settings) -> None:
    settings.SEAWALL_PUBLISHER_NAME = "Test CERT"
    settings.SEAWALL_PUBLISHER_NAMESPACE = "https://cert.example"
    settings.SEAWALL_PUBLISHER_ORG_ID = "5b1f5f0e-0c1f-4c3a-9d58-0f6f7a3c2b11"
    settings.SEAWALL_PUBLISHER_SHORT_NAME = "testcert"


@pytest.fixture
def case() -> Case:
    row = finding(
        "Template text escapes the sandbox",
        identifiers=[CVE],
        cwes=["CWE-1336"],
        severity="CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H",
        description="A template can reach str.format and run commands.",
    )
    prove(row)
    return open_case(row, by=LOCAL, now=NOON)


def by_suffix(revision: Revision, suffix: str) -> dict:
    (found,) = (doc for name, doc in revision.documents.items() if name.endswith(suffix))
    return found


def test_a_proven_case_yields_five_valid_documents_that_agree(case):
    revision = draft(case, by=LOCAL, now=NOON)
    assert sorted(revision.documents) == [
        "CVE-2024-56326.json",
        "SEAWALL-2026-0001.openvex.json",
        "SEAWALL-2026-0001.osv.json",
        "seawall-2026-0001-vex.json",
        "seawall-2026-0001.json",
    ]
    for document in revision.documents.values():
        assert is_valid(validate_document(document))
    assert check_consistency(revision.documents.values()) == ()
    assert revision.left_out == {}


def test_the_documents_say_what_was_proven_and_who_found_it(case):
    document = by_suffix(draft(case, by=LOCAL, now=NOON), ".osv.json")
    assert document["aliases"] == [CVE]
    (affected,) = document["affected"]
    assert affected["package"]["name"] == "jinja2"
    assert affected["ranges"][0]["events"] == [{"introduced": "0"}, {"fixed": "3.1.5"}]
    assert [c["name"] for c in document["credits"]] == ["Ann Lab", "finder-model 3"]
    assert "Proven by execution (E3 attributed)" in document["details"]


def test_a_finder_who_did_not_ask_to_be_named_is_not_named(case):
    case.finding.report.provenance["credit"] = None
    case.finding.report.save()
    document = by_suffix(draft(case, by=LOCAL, now=NOON), ".osv.json")
    assert "credits" not in document


def test_nothing_is_drafted_of_what_is_not_proven():
    case = open_case(finding(), by=LOCAL, now=NOON)
    with pytest.raises(NothingProven):
        draft(case, by=LOCAL, now=NOON)
    assert not Advisory.objects.exists()


def test_a_document_with_a_problem_leaves_nothing_behind(case, monkeypatch):
    problem = Problem(test="consistency-fixed", message="they differ")
    monkeypatch.setattr(checking, "check_documents", lambda documents: {None: (problem,)})
    with pytest.raises(AdvisoryInvalid, match="they differ"):
        draft(case, by=LOCAL, now=NOON)
    assert not Advisory.objects.exists()


def test_without_a_cve_the_cve_record_is_left_out_with_its_reason():
    row = finding()
    prove(row)
    revision = draft(open_case(row, by=LOCAL, now=NOON), by=LOCAL, now=NOON)
    ((name, why),) = revision.left_out.items()
    assert name == "cve"
    assert "CVE" in why
    assert len(revision.documents) == 4


def test_drafting_again_changes_nothing_until_the_facts_do(case):
    first = draft(case, by=LOCAL, now=NOON)
    assert draft(case, by=LOCAL, now=LATER) == first
    verify(case)
    second = draft(case, by=LOCAL, now=LATER)
    assert second.pk != first.pk
    assert second.number == 1, "an unpublished revision is replaced, not followed"


def verify(case: Case, version: str = "3.1.6") -> None:
    fix = fixes.add_fix(case, version=version, by=LOCAL, now=NOON)
    result = FixVerification(
        outcome=FixOutcome.VERIFIED, reasons=("Silent.",), checks=(), silenced=("ab" * 32,),
        started_at=NOON, finished_at=NOON,
    )  # fmt: skip
    fixes.record_verification(fix, result, by=LOCAL, now=NOON)


def test_a_verified_fix_goes_before_the_version_that_the_proof_named(case):
    verify(case)
    document = by_suffix(draft(case, by=LOCAL, now=NOON), ".osv.json")
    assert document["affected"][0]["ranges"][0]["events"][-1] == {"fixed": "3.1.6"}


def test_a_published_revision_is_followed_by_the_next_number(case):
    first = draft(case, by=LOCAL, now=NOON)
    publish(first.advisory, by=LOCAL, now=NOON)
    verify(case)
    second = draft(case, by=LOCAL, now=LATER)
    assert (first.number, second.number) == (1, 2)
    csaf = by_suffix(second, "0001.json")
    assert [r["number"] for r in csaf["document"]["tracking"]["revision_history"]] == ["1", "2"]


def test_publishing_makes_the_public_aware_and_asks_for_distribution_once(case):
    advisory = draft(case, by=LOCAL, now=NOON).advisory
    assert publish(advisory, by=LOCAL, now=NOON) == publish(advisory, by=LOCAL, now=LATER)
    case.refresh_from_db()
    assert case.public_aware
    assert Outbox.objects.filter(topic="advisory.published").count() == 1


def test_an_embargo_holds_publication_to_the_minute(case):
    observe(case, CvdEvent.VENDOR_AWARE, by=LOCAL, now=NOON)
    embargoes.propose(case, until=LATER, by=LOCAL, now=NOON)
    embargoes.accept(case, by=LOCAL, now=NOON)
    advisory = draft(case, by=LOCAL, now=NOON).advisory
    with pytest.raises(PublicationRefused, match="embargoed until 2026-11-24 12:00 UTC"):
        publish(advisory, by=LOCAL, now=LATER - timedelta(minutes=1))
    assert publish(advisory, by=LOCAL, now=LATER).published_at == LATER


def test_nobody_publishes_without_a_name(case, settings):
    settings.SEAWALL_PUBLISHER_NAME = ""
    advisory = draft(case, by=LOCAL, now=NOON).advisory
    with pytest.raises(PublicationRefused, match="SEAWALL_PUBLISHER_NAME"):
        publish(advisory, by=LOCAL, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_advisories_drafted_at_the_same_moment_have_numbers_of_their_own():
    cases = []
    for number in range(4):
        row = finding(f"Bug {number}", target=f"pkg:pypi/package-{number}@1.0")
        prove(row, digest=f"{number:064x}")
        cases.append(open_case(row, by=LOCAL, now=NOON))
    drafts = [lambda case=case: draft(case, by=LOCAL, now=NOON) for case in [*cases, *cases]]
    assert [each for each in at_once(drafts) if isinstance(each, Exception)] == []
    assert sorted(Advisory.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    assert Revision.objects.count() == 4


def test_a_published_revision_that_says_the_same_is_made_only_when_asked_for(case):
    first = draft(case, by=LOCAL, now=NOON)
    assert draft(case, by=LOCAL, now=NOON, anew=True) == first
    publish(first.advisory, by=LOCAL, now=NOON)
    assert draft(case, by=LOCAL, now=NOON) == first
    second = draft(case, by=LOCAL, now=NOON, anew=True, summary="Signed anew.")
    assert (second.number, second.summary) == (2, "Signed anew.")
    assert second.facts_digest == first.facts_digest
