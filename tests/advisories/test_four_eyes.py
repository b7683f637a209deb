"""Grave steps take two people of two parties: release, export, break-glass, shredding."""

from datetime import timedelta

import pytest

from cases.casework import finding, prove, reload
from findings.reports import bundle, report_with_proof
from parties.members import HOUR, MINUTE, actor, lead, member, party, person
from seawall.advisories.actions import PublicationRefused, draft, publish
from seawall.advisories.models import Advisory
from seawall.advisories.releasing import ask_release
from seawall.cases import embargoes, fixes, grave, read_ins
from seawall.cases.actions import observe, open_case
from seawall.cases.messages import Upload
from seawall.cases.models import Case, Participant, ReadIn
from seawall.cases.models.clocks import Sign
from seawall.cases.participants import bring_in, consent
from seawall.cases.reading import tier_of
from seawall.cases.refusals import CaseRefused
from seawall.core.cvd import CvdEvent
from seawall.core.embargo import ExitReason
from seawall.core.four_eyes import Grave
from seawall.findings.access import attachment_bytes
from seawall.findings.actions import submit
from seawall.findings.exporting import ask_export
from seawall.findings.models import Attachment, Finding
from seawall.ledger.models import Event
from seawall.parties import approvals
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.approvals import NotApproved, SignatureRefused
from seawall.parties.grave import subject_of
from seawall.parties.models import Approval, ApprovalSignature, Party, Person
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput
from seawall.vocab.fixes import FixOutcome, FixVerification
from seawall.vocab.tlp import Tlp
from validation.records import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home", "publisher")]
LATER = NOON + timedelta(days=10)


@pytest.fixture
def publisher(settings) -> None:
    settings.SEAWALL_PUBLISHER_NAME = "Test CERT"
    settings.SEAWALL_PUBLISHER_NAMESPACE = "https://cert.example"


@pytest.fixture
def house() -> Party:
    return party("House", house=True)


@pytest.fixture
def ann(house) -> Person:
    return lead("Ann", house)


@pytest.fixture
def vendor() -> Party:
    return party("Vendor", Party.Role.VENDOR)


@pytest.fixture
def bob(vendor) -> Person:
    return lead("Bob", vendor)


@pytest.fixture
def case(house, vendor, bob) -> Case:
    """A proven case in which the vendor takes part."""
    row = finding(
        "Template text escapes the sandbox", severity="CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"
    )
    prove(row)
    made = open_case(row, by=LOCAL, now=NOON)
    bring_in(made, vendor, Part.VENDOR, by=LOCAL, now=NOON)
    return reload(made)


def under_embargo(case: Case, bob: Person) -> Advisory:
    """The draft of the case's advisory, held by an embargo that the vendor consented to."""
    observe(case, CvdEvent.VENDOR_AWARE, by=LOCAL, now=NOON)
    embargoes.propose(case, until=LATER, by=LOCAL, now=NOON)
    embargoes.accept(reload(case), by=LOCAL, now=NOON)
    consent(reload(case), by=actor(bob), now=NOON)
    return draft(reload(case), by=LOCAL, now=NOON).advisory


def sign(row: Approval, who: Person, of: Party, *, at=NOON) -> None:
    approvals.sign(
        row,
        party=of.pk,
        digest=row.digest,
        how=ApprovalSignature.How.CONFIRMED,
        evidence={},
        by=actor(who),
        now=at,
    )


def verify_fix(case: Case) -> None:
    fix = fixes.add_fix(case, version="3.1.6", by=LOCAL, now=NOON)
    result = FixVerification(
        outcome=FixOutcome.VERIFIED,
        reasons=("all silent",),
        checks=(),
        silenced=("ab" * 32,),
        started_at=NOON,
        finished_at=NOON,
    )
    fixes.record_verification(fix, result, by=LOCAL, now=NOON)


# Release


def test_an_approved_release_publishes_and_ends_the_embargo(case, house, vendor, ann, bob):
    advisory = under_embargo(case, bob)
    row = ask_release(advisory, by=actor(ann), now=NOON)
    sign(row, ann, house)
    with pytest.raises(PublicationRefused, match=r"embargoed until .* It takes a second person"):
        publish(advisory, by=actor(ann), now=NOON)
    sign(row, bob, vendor)
    assert publish(advisory, by=actor(ann), now=NOON).published_at == NOON
    embargo = embargoes.embargo_of(reload(case))
    assert (embargo.holds, embargo.reason) == (False, ExitReason.PUBLISHED)
    assert Approval.objects.get().used_at == NOON


def test_without_an_approval_the_embargo_holds_as_before(case, ann, bob):
    advisory = under_embargo(case, bob)
    with pytest.raises(PublicationRefused, match="embargoed until"):
        publish(advisory, by=LOCAL, now=NOON)
    assert embargoes.embargo_of(reload(case)).holds


@pytest.mark.parametrize("how", ["event", "sign", "policy"])
def test_who_cuts_the_embargo_short_does_not_also_publish(case, house, ann, bob, how):
    advisory = under_embargo(case, bob)
    match how:
        case "event":
            observe(reload(case), CvdEvent.PUBLIC_AWARE, by=actor(ann), now=NOON)
        case "sign":
            embargoes.sign(reload(case), Sign.Kind.LEAK, by=actor(ann), now=NOON)
        case "policy":
            verify_fix(case)
            embargoes.choose_policy(reload(case), "linux-kernel", by=actor(ann), now=NOON)
    later = NOON + timedelta(days=8)
    assert not embargoes.pass_time(reload(case), by=LOCAL, now=later).holds
    with pytest.raises(PublicationRefused, match="waits for somebody else"):
        publish(advisory, by=actor(ann), now=later)
    assert publish(advisory, by=actor(lead("Cleo", house)), now=later).published_at == later


def test_after_the_agreed_end_anybody_who_may_publishes(case, ann, bob):
    advisory = under_embargo(case, bob)
    observe(reload(case), CvdEvent.PUBLIC_AWARE, by=actor(ann), now=NOON)
    assert publish(advisory, by=actor(ann), now=LATER).published_at == LATER


def test_an_embargo_whose_time_is_over_asks_for_nobody_else(case, ann, bob):
    advisory = under_embargo(case, bob)
    assert publish(advisory, by=actor(ann), now=LATER).published_at == LATER


def test_a_new_revision_takes_a_new_approval(case, house, vendor, ann, bob):
    advisory = under_embargo(case, bob)
    row = ask_release(advisory, by=actor(ann), now=NOON)
    sign(row, ann, house)
    sign(row, bob, vendor)
    verify_fix(case)
    changed = draft(reload(case), by=LOCAL, now=NOON)
    assert changed.number == 1  # the draft was replaced: same number, other documents
    with pytest.raises(PublicationRefused, match="It takes the approval of two people"):
        publish(changed.advisory, by=actor(ann), now=NOON)
    assert ask_release(changed.advisory, by=actor(ann), now=NOON) != row


def test_publication_that_fails_uses_no_approval_and_ends_no_embargo(
    case, house, vendor, ann, bob, monkeypatch
):
    advisory = under_embargo(case, bob)
    row = ask_release(advisory, by=actor(ann), now=NOON)
    sign(row, ann, house)
    sign(row, bob, vendor)
    from seawall.advisories.models import Revision

    def fail(self: Revision) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(Revision, "open_documents", fail)
    with pytest.raises(OSError, match="disk"):
        publish(advisory, by=actor(ann), now=NOON)
    assert Approval.objects.get().used_at is None
    assert embargoes.embargo_of(reload(case)).holds


def test_one_lead_of_the_house_does_not_end_an_embargo_to_publish(case, ann, bob):
    under_embargo(case, bob)
    with pytest.raises(CaseRefused, match="two people of two parties"):
        embargoes.end(reload(case), reason=ExitReason.PUBLISHED, by=actor(ann), now=NOON)


def test_a_release_is_asked_for_only_while_an_embargo_holds(case, ann, bob):
    advisory = draft(case, by=LOCAL, now=NOON).advisory
    with pytest.raises(BadInput, match="no embargo holds"):
        ask_release(advisory, by=actor(ann), now=NOON)


def test_the_statement_tells_nothing_of_the_vulnerability(case, ann, bob):
    row = ask_release(under_embargo(case, bob), by=actor(ann), now=NOON)
    assert "sandbox" not in str(row.statement).lower()
    assert set(row.statement["facts"]) == {"case", "revision", "documents"}


def test_a_stranger_neither_sees_nor_signs(case, house, ann, bob):
    other = party("Other", Party.Role.VENDOR)
    eve = lead("Eve", other)
    row = ask_release(under_embargo(case, bob), by=actor(ann), now=NOON)
    assert approvals.approvals(actor(eve), now=NOON, open_only=True) == []
    for id in (row.public_id, "AP-999999"):
        with pytest.raises(NotFound, match=rf"There is no approval {id}\."):
            approvals.approval(actor(eve), id, now=NOON)
    with pytest.raises(SignatureRefused, match="Your party does not take part"):
        sign(row, eve, other)
    assert approvals.approval(actor(bob), row.public_id, now=NOON) == row


def test_who_is_barred_since_neither_sees_nor_signs(case, vendor, ann, bob):
    row = ask_release(under_embargo(case, bob), by=actor(ann), now=NOON)
    read_ins.bar(reload(case), bob, reason="conflict of interest", by=LOCAL, now=NOON)
    assert approvals.approvals(actor(bob), now=NOON, open_only=True) == []
    with pytest.raises(SignatureRefused, match="It takes tier T1"):
        sign(row, bob, vendor)


def test_a_party_that_left_does_not_sign(case, vendor, ann, bob):
    row = ask_release(under_embargo(case, bob), by=actor(ann), now=NOON)
    Participant.objects.filter(party=vendor).update(left_at=NOON)
    with pytest.raises(SignatureRefused, match="Your party does not take part"):
        sign(row, bob, vendor)


def test_carrying_out_a_release_takes_who_may_publish(case, house, vendor, ann, bob):
    row = ask_release(under_embargo(case, bob), by=actor(ann), now=NOON)
    sign(row, ann, house)
    sign(row, bob, vendor)
    step = subject_of(Grave.RELEASE).carry_out
    assert step is not None
    with pytest.raises(NotPermitted):
        step(row, actor(bob), NOON)
    step(row, actor(ann), NOON)
    assert Advisory.objects.get().published_at == NOON


# Export


@pytest.fixture
def proof(house) -> Attachment:
    lab = party("Ann Lab", Party.Role.FINDER)
    lead("Fay", lab)
    submit(report_with_proof(bundle()), name="r.json", by=LOCAL, now=NOON)
    return Attachment.objects.get()


def fetched(proof: Attachment, who: Person, *, at=NOON) -> bytes:
    return attachment_bytes(actor(who), proof, now=at)


def test_who_sent_a_reproducer_fetches_it(proof):
    assert fetched(proof, Person.objects.get(name="Fay")) == bundle()
    assert attachment_bytes(LOCAL, proof, now=NOON) == bundle()


def test_a_coordinator_takes_a_reproducer_away_with_an_approval_for_seven_days(proof, house, ann):
    fay, lab = Person.objects.get(name="Fay"), Party.objects.get(name="Ann Lab")
    with pytest.raises(NotPermitted, match="two people of two parties approve first"):
        fetched(proof, ann)
    row = ask_export(Finding.objects.get(), by=actor(ann), now=NOON)
    assert row.statement["facts"]["artefact"] == proof.digest
    sign(row, ann, house)
    with pytest.raises(NotPermitted):
        fetched(proof, ann)
    sign(row, fay, lab)
    assert fetched(proof, ann) == bundle()
    assert fetched(proof, ann, at=NOON + timedelta(days=7) - MINUTE) == bundle()
    with pytest.raises(NotPermitted):
        fetched(proof, ann, at=NOON + timedelta(days=7))


def test_an_export_is_for_the_party_and_the_artefact_that_it_names(proof, house, ann):
    fay, lab = Person.objects.get(name="Fay"), Party.objects.get(name="Ann Lab")
    row = ask_export(Finding.objects.get(), by=actor(ann), now=NOON)
    sign(row, ann, house)
    sign(row, fay, lab)
    Attachment.objects.update(digest="00" * 32)
    with pytest.raises(NotPermitted):
        fetched(Attachment.objects.get(), ann)


def test_a_party_without_a_part_does_not_let_a_reproducer_out(proof, house, ann):
    """Everybody who signed in reads the summary of what is GREEN; that makes nobody a second
    pair of eyes."""
    stranger = party("Stranger")
    sam = lead("Sam", stranger)
    case = open_case(Finding.objects.get(), by=LOCAL, now=NOON)
    Case.objects.filter(pk=case.pk).update(tlp=Tlp.GREEN.value)
    row = ask_export(Finding.objects.get(), by=actor(ann), now=NOON)
    assert approvals.readable([row], actor(sam), now=NOON) == [row]
    with pytest.raises(SignatureRefused, match="no part in the finding"):
        sign(row, sam, stranger)
    bring_in(reload(case), stranger, Part.VENDOR, by=LOCAL, now=NOON)
    sign(row, sam, stranger)


def test_who_may_not_read_a_reproducer_does_not_ask_for_it(proof, house):
    vi = person("Vi")
    member(vi, house, MemberRole.VIEWER)
    with pytest.raises(NotPermitted, match="T3"):
        ask_export(Finding.objects.get(), by=actor(vi), now=NOON)


# Break-glass


@pytest.fixture
def red(case) -> Case:
    Case.objects.filter(pk=case.pk).update(tlp=Tlp.RED.value)
    return reload(case)


def test_break_glass_reads_in_for_an_hour(red, house, vendor, ann, bob):
    cid = person("Cid")
    member(cid, house)
    assert tier_of(actor(cid), red, now=NOON) is Tier.T0
    row = grave.ask_break_glass(red, reason="ransom, tonight", by=actor(cid), now=NOON)
    step = subject_of(Grave.BREAK_GLASS).carry_out
    assert step is not None
    with pytest.raises(NotApproved):
        step(row, actor(cid), NOON)
    sign(row, ann, house)
    sign(row, bob, vendor)
    with pytest.raises(NotPermitted, match="Only who asked"):
        step(row, actor(ann), NOON)
    step(row, actor(cid), NOON)
    case = reload(red)
    assert tier_of(actor(cid), case, now=NOON) is Tier.T2
    assert tier_of(actor(ann), case, now=NOON) is Tier.T0
    assert tier_of(actor(cid), case, now=NOON + HOUR) is Tier.T0
    assert Event.objects.filter(what="case.glass_broken").count() == 1
    with pytest.raises(NotPermitted, match="You can read this case already"):
        step(row, actor(cid), NOON + MINUTE)
    with pytest.raises(NotApproved):
        step(row, actor(cid), NOON + HOUR)


def test_an_hour_after_asking_nothing_is_opened(red, house, vendor, ann, bob):
    row = grave.ask_break_glass(red, reason="tonight", by=actor(ann), now=NOON)
    sign(row, ann, house)
    sign(row, bob, vendor)
    step = subject_of(Grave.BREAK_GLASS).carry_out
    with pytest.raises(NotApproved):
        step(row, actor(ann), NOON + HOUR)
    assert ReadIn.objects.count() == 0


def test_only_coordinators_who_cannot_read_break_the_glass(red, case, house, ann, bob):
    with pytest.raises(NotPermitted, match="Only coordinators"):
        grave.ask_break_glass(red, reason="x", by=actor(bob), now=NOON)
    with pytest.raises(BadInput, match="needs a reason"):
        grave.ask_break_glass(red, reason=" ", by=actor(ann), now=NOON)
    Case.objects.update(tlp=Tlp.AMBER.value)
    with pytest.raises(NotPermitted, match="You can read this case already"):
        grave.ask_break_glass(reload(case), reason="x", by=actor(ann), now=NOON)


def test_who_is_barred_breaks_no_glass(red, house, ann, bob, vendor):
    row = grave.ask_break_glass(red, reason="tonight", by=actor(ann), now=NOON)
    sign(row, ann, house)
    sign(row, bob, vendor)
    read_ins.bar(red, ann, reason="conflict of interest", by=LOCAL, now=NOON)
    with pytest.raises(NotPermitted, match="There is nothing to read"):
        subject_of(Grave.BREAK_GLASS).carry_out(row, actor(ann), NOON)


# Shredding


def test_a_case_is_shredded_by_two_parties(case, house, vendor, ann, bob):
    row = grave.ask_shred(case, by=actor(ann), now=NOON)
    sign(row, ann, house)
    with pytest.raises(NotApproved):
        grave.shred_approved(case, by=actor(ann), now=NOON)
    assert reload(case).shredded_at is None
    sign(row, bob, vendor)
    with pytest.raises(NotPermitted):
        subject_of(Grave.SHRED).carry_out(row, actor(bob), NOON)
    grave.shred_approved(case, by=actor(ann), now=NOON)
    assert reload(case).shredded_at == NOON


def test_the_command_line_shreds_alone_only_where_nobody_else_could_sign(case, bob, vendor):
    assert grave.has_second_party(case, now=NOON)
    Participant.objects.filter(party=vendor).update(left_at=NOON)
    assert not grave.has_second_party(reload(case), now=NOON)


# Files of a room


def test_a_file_of_t3_leaves_for_another_party_with_an_approval(case, house, vendor, ann, bob):
    from seawall.cases.file_exports import ask_file_export
    from seawall.cases.messages import attach, content_of

    participant = Participant.objects.get(party=vendor)
    participant.tier = Tier.T3
    participant.save()
    made = attach(
        reload(case), Upload(name="poc.py", data=b"boom"), tier=Tier.T3, by=actor(ann), now=NOON
    )
    assert content_of(made, by=actor(ann), now=NOON) == b"boom"
    assert content_of(made, by=LOCAL, now=NOON) == b"boom"
    with pytest.raises(NotPermitted, match="two people of two parties"):
        content_of(made, by=actor(bob), now=NOON)
    row = ask_file_export(made, by=actor(bob), now=NOON)
    assert row in approvals.approvals(actor(ann), now=NOON, open_only=True)
    sign(row, ann, house)
    sign(row, bob, vendor)
    assert content_of(made, by=actor(bob), now=NOON) == b"boom"
    with pytest.raises(BadInput, match="may be fetched as it is"):
        ask_file_export(made, by=actor(bob), now=NOON)
    with pytest.raises(NotPermitted):
        content_of(made, by=actor(bob), now=NOON + timedelta(days=7))
