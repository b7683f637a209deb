"""Who takes part in a case, how much they read, and what they consented to."""

from datetime import timedelta

import pytest

from cases.casework import finding
from cases.roomwork import bring, embargoed, fresh, house, party, proven, said, somebody
from seawall.cases import actions, embargoes, participants
from seawall.cases.access import tier
from seawall.cases.actions import CaseRefused
from seawall.cases.models import Case, Participant
from seawall.cases.reading import tier_of
from seawall.core.report_states import ReportStep
from seawall.dedup.links import Strength
from seawall.findings import duplicates
from seawall.findings.actions import submit
from seawall.findings.duplicates import Reason
from seawall.findings.files import received
from seawall.parties.access import NotFound, NotPermitted
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput
from validation.records import NOON

LATER = NOON + timedelta(days=3)
SAME = Reason(signal="person", explanation="The same.", strength=Strength.CERTAIN)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def case() -> Case:
    house()
    return proven(reporter="Ann Lab")


def present(case: Case) -> list[tuple[str, str, str]]:
    rows = case.participants.filter(left_at=None).select_related("party")
    return [(each.party.name, each.part, Tier(each.tier).name) for each in rows]


def again(case: Case, reporter: str = "Bo Lab") -> None:
    """Somebody else reports the same."""
    row = finding("B", reporter=reporter, at=LATER)
    duplicates.link(case.finding, row, reason=SAME, by=LOCAL, now=LATER)
    actions.regroup([row.pk], by=LOCAL, now=LATER)


def test_the_house_and_the_reporter_take_part_when_a_case_opens(case):
    assert present(case) == [
        ("House CERT", "coordinator", "T1"),
        ("Ann Lab", "finder", "T1"),
    ]


def test_a_second_finder_joins_at_t0_and_never_sees_the_earlier_report(case):
    again(case)
    assert ("Bo Lab", "finder", "T0") in present(case)
    bo = somebody("Bo", party("Bo Lab"))
    assert tier_of(bo, fresh(case), now=LATER) is Tier.T0
    assert said(case)[-2:] == ["case.joined", "case.rediscovered"]


def test_who_sends_the_same_bytes_again_is_a_second_finder_too(case):
    embargoed(case, days=60)
    data = received(case.finding.report)
    submit(data, name="r.json", by=LOCAL, now=LATER, reporter="Bo Lab")
    assert ("Bo Lab", "finder", "T0") in present(case)
    assert fresh(case).embargo_ends_at == LATER + timedelta(days=7)


def test_a_finder_whose_finding_was_something_else_takes_part_no_longer(case):
    row = finding("B", reporter="Bo Lab", at=LATER)
    made = duplicates.link(case.finding, row, reason=SAME, by=LOCAL, now=LATER)
    actions.regroup([row.pk, case.finding_id], by=LOCAL, now=LATER)
    duplicates.undo(made, because="Other sink.", by=LOCAL, now=LATER)
    actions.regroup([row.pk, case.finding_id], by=LOCAL, now=LATER)
    assert "Bo Lab" not in [name for name, _part, _tier in present(case)]
    assert "Ann Lab" in [name for name, _part, _tier in present(case)]


def test_a_finder_who_was_invited_stays_whatever_the_findings_say(case):
    bring(case, party("Cy Lab"), Part.FINDER, Tier.T0)
    actions.regroup([case.finding_id], by=LOCAL, now=LATER)
    assert ("Cy Lab", "finder", "T0") in present(case)


def test_a_party_is_brought_in_once_at_its_parts_tier(case):
    vendor = party("Pallets")
    assert bring(case, vendor, Part.VENDOR) == bring(case, vendor, Part.VENDOR)
    bring(case, party("Hospital"), Part.DEPLOYER)
    assert present(case)[2:] == [("Pallets", "vendor", "T3"), ("Hospital", "deployer", "T0")]


def test_nobody_brings_in_higher_than_they_read(case):
    other = party("CERT Two")
    bring(case, other, Part.COORDINATOR, Tier.T2)
    lea = somebody("Lea", other)
    with pytest.raises(CaseRefused, match="cannot give T3"):
        participants.bring_in(case, party("Pallets"), Part.VENDOR, by=lea, now=NOON)
    row = participants.bring_in(case, party("Pallets"), Part.VENDOR, tier=Tier.T2, by=lea, now=NOON)
    with pytest.raises(CaseRefused, match="cannot give T3"):
        participants.set_tier(row, Tier.T3, by=lea, now=NOON)


def test_who_left_reads_nothing_and_is_not_gathered_again(case):
    ann = somebody("Ann", party("Ann Lab"))
    assert tier(ann, case, now=NOON) is Tier.T1
    row = case.participants.get(party__name="Ann Lab")
    participants.leave(row, by=ann, now=NOON)
    with pytest.raises(NotFound):
        tier(ann, fresh(case), now=NOON)
    actions.regroup([case.finding_id], by=LOCAL, now=NOON)
    assert [each[0] for each in present(case)] == ["House CERT"]


def test_only_a_partys_own_lead_leaves_for_it(case):
    row = case.participants.get(party__name="Ann Lab")
    for who in (
        somebody("Abe", party("Ann Lab"), MemberRole.MEMBER),
        somebody("Vera", party("Pallets")),
    ):
        with pytest.raises(NotPermitted):
            participants.leave(row, by=who, now=NOON)


def test_a_party_moves_its_own_report_state_and_no_other(case):
    mine = bring(case, party("Pallets"), Part.VENDOR)
    theirs = bring(case, party("Other Inc"), Part.VENDOR)
    vera = somebody("Vera", party("Pallets"), MemberRole.MEMBER)
    assert participants.take_step(mine, ReportStep.VALIDATE, by=vera, now=NOON) == "valid"
    with pytest.raises(NotPermitted):
        participants.take_step(theirs, ReportStep.VALIDATE, by=vera, now=NOON)
    with pytest.raises(CaseRefused, match="valid report cannot close"):
        participants.take_step(mine, ReportStep.CLOSE, by=vera, now=NOON)
    cora = somebody("Cora", house(), MemberRole.MEMBER)
    assert participants.take_step(theirs, ReportStep.INVALIDATE, by=cora, now=NOON) == "invalid"
    assert fresh(case).report_state == "valid", "the case has a state of its own"


def test_who_has_not_consented_reads_t0_until_a_lead_does(case):
    bring(case, party("Pallets"), Part.VENDOR)
    vera = somebody("Vera", party("Pallets"))
    assert tier(vera, fresh(case), now=NOON) is Tier.T3
    embargoed(case)
    assert tier(vera, fresh(case), now=NOON) is Tier.T0
    participants.consent(fresh(case), by=vera, now=NOON)
    assert tier(vera, fresh(case), now=NOON) is Tier.T3


def test_revised_terms_need_new_consent_unless_they_are_shorter(case):
    bring(case, party("Pallets"), Part.VENDOR)
    vera = somebody("Vera", party("Pallets"))
    embargoed(case, days=30)
    participants.consent(fresh(case), by=vera, now=NOON)
    embargoed(fresh(case), days=20)
    assert tier(vera, fresh(case), now=NOON) is Tier.T3, "shorter"
    embargoed(fresh(case), days=60)
    assert tier(vera, fresh(case), now=NOON) is Tier.T0, "longer"


def test_after_the_embargo_consent_does_not_matter(case):
    bring(case, party("Pallets"), Part.VENDOR)
    embargoed(case, days=30)
    vera = somebody("Vera", party("Pallets"))
    assert tier(vera, fresh(case), now=NOON + timedelta(days=30)) is Tier.T3


def test_whoever_proposes_or_accepts_has_consented_for_their_party(case):
    bring(case, party("Pallets"), Part.VENDOR)
    vera, lena = somebody("Vera", party("Pallets")), somebody("Lena", house())
    actions.observe(case, actions.cvd.CvdEvent.VENDOR_AWARE, by=LOCAL, now=NOON)
    until = NOON + timedelta(days=20)
    embargoes.propose(case, until=until, by=vera, now=NOON)
    embargoes.accept(fresh(case), by=lena, now=NOON)
    agreed = Participant.objects.filter(case=case, consented_until=until)
    assert {each.party.name for each in agreed} == {"Pallets", "House CERT"}


def test_nobody_accepts_the_terms_of_their_own_party(case):
    bring(case, party("Pallets"), Part.VENDOR)
    vera, vic = somebody("Vera", party("Pallets")), somebody("Vic", party("Pallets"))
    actions.observe(case, actions.cvd.CvdEvent.VENDOR_AWARE, by=LOCAL, now=NOON)
    embargoes.propose(case, until=NOON + timedelta(days=20), by=vera, now=NOON)
    for who in (vera, vic):
        with pytest.raises(CaseRefused, match="another party answers them"):
            embargoes.accept(fresh(case), by=who, now=NOON)


def test_there_is_nothing_to_consent_to_without_an_embargo(case):
    ann = somebody("Ann", party("Ann Lab"))
    with pytest.raises(CaseRefused, match="no embargo is proposed"):
        participants.consent(case, by=ann, now=NOON)


@pytest.mark.parametrize(
    ("name", "of", "role"),
    [
        ("Abe", "Ann Lab", MemberRole.MEMBER),
        ("Vera", "Pallets", MemberRole.LEAD),
    ],
)
def test_only_leads_of_participants_consent(case, name, of, role):
    embargoed(case)
    with pytest.raises(NotPermitted):
        participants.consent(fresh(case), by=somebody(name, party(of), role), now=NOON)


def test_the_installation_says_for_which_party_it_notes_a_consent(case):
    embargoed(case)
    with pytest.raises(BadInput, match="for which party"):
        participants.consent(fresh(case), by=LOCAL, now=NOON)
    ann = party("Ann Lab")
    participants.consent(fresh(case), by=LOCAL, now=NOON, party=ann.pk)
    assert case.participants.get(party=ann).consented_until == NOON + timedelta(days=30)
    with pytest.raises(NotPermitted):
        participants.consent(fresh(case), by=LOCAL, now=NOON, party=party("Pallets").pk)
