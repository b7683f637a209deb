"""From an application to a bound key, and how access ends."""

import base64
import hashlib

import pytest

from cases.casework import finding
from reviews.folk import DAY, NOW, Folk, designated, drafted, folk, signed
from seawall.parties.access import NotFound
from seawall.parties.approvals import NotApproved, SignatureRefused
from seawall.reviews import access, grants, partners, submissions
from seawall.reviews.grants import GrantRefused
from seawall.reviews.models import BoundKey, Grant, Partner, Submission
from seawall.reviews.partners import Finding, PartnerRefused
from seawall.vocab.reviews import PartnerKind, Voice

pytestmark = pytest.mark.django_db(transaction=True)
THUMB = base64.urlsafe_b64encode(hashlib.sha256(b"key").digest()).rstrip(b"=").decode()


@pytest.fixture
def them() -> Folk:
    return folk()


def _opened(them: Folk) -> Submission:
    row = submissions.submit(drafted(them), by=them.ada, now=NOW)
    Submission.objects.update(state="determined")
    return submissions.open_window(row, by=them.ada, now=NOW)


def _applied(them: Folk) -> Partner:
    return partners.apply(
        party=them.hospital,
        lab=them.lab,
        kind=PartnerKind.HOSPITAL,
        statement="wards",
        by=them.hal,
        now=NOW,
    )


def _granted(them: Folk) -> Grant:
    partner, row = designated(them), _opened(them)
    made = grants.request(
        submission=row,
        partner=partner,
        purpose="scan our own software",
        starts_at=NOW,
        ends_at=NOW + 10 * DAY,
        by=them.hal,
        now=NOW,
    )
    return grants.approve(made, by=them.ada, now=NOW)


def test_nobody_is_selected_before_every_criterion_is_met(them):
    row = _applied(them)
    with pytest.raises(PartnerRefused, match="Not recorded as met: mission, security"):
        partners.select(row, voice=Voice.LAB, yes=True, by=them.ada, now=NOW)


def test_a_designation_takes_both_voices_and_two_signatures(them):
    row = _applied(them)
    for criterion in partners.rulebook().criteria:
        partners.record_criterion(row, Finding(id=criterion.id, met=True), by=them.olu, now=NOW)
    row = partners.select(row, voice=Voice.LAB, yes=True, by=them.ada, now=NOW)
    assert row.state == "applied"
    row = partners.select(row, voice=Voice.GOVERNMENT, yes=True, by=them.olu, now=NOW)
    assert row.state == "selected"
    signed(row.public_id, them.ada)
    with pytest.raises(NotApproved, match="second person"):
        partners.designate(row, by=them.olu, now=NOW)
    with pytest.raises(SignatureRefused, match=r"Nobody designates their own party\."):
        signed(row.public_id, them.hal)
    signed(row.public_id, them.olu)
    row = partners.designate(row, by=them.olu, now=NOW)
    assert (row.state, row.expires_at) == ("designated", NOW + 365 * DAY)


def test_a_refusal_gives_reasons_and_is_appealed_once(them):
    row = _applied(them)
    row = partners.select(
        row, voice=Voice.GOVERNMENT, yes=False, because="no named people", by=them.olu, now=NOW
    )
    assert (row.state, row.refused_because) == ("refused", "no named people")
    row = partners.appeal(row, because="they are named now", by=them.hal, now=NOW + DAY)
    row = partners.select(row, voice=Voice.LAB, yes=False, because="no", by=them.ada, now=NOW)
    with pytest.raises(PartnerRefused, match=r"An appeal is decided once; apply anew\."):
        partners.appeal(row, because="again", by=them.hal, now=NOW + DAY)


def test_a_grant_lies_inside_the_window(them):
    partner, row = designated(them), _opened(them)
    with pytest.raises(GrantRefused, match=r"The window closes on 2026-12-13 12:00 UTC\."):
        grants.request(
            submission=row,
            partner=partner,
            purpose="scan",
            starts_at=NOW,
            ends_at=NOW + 21 * DAY,
            by=them.hal,
            now=NOW,
        )


def test_a_bound_key_provisions_the_grant_and_its_token_is_kept_as_a_digest(them):
    row = _granted(them)
    bound = grants.bind_key(
        row, binding=BoundKey.Binding.DPOP, thumbprint=THUMB, by=them.hal, now=NOW
    )
    assert Grant.objects.get().state == "provisioned"
    key = BoundKey.objects.get()
    assert key.token_digest == hashlib.sha256(bound.token.encode()).hexdigest()
    assert key.expires_at == row.ends_at


def test_access_ends_with_the_withdrawal_of_the_model(them):
    row = _granted(them)
    submissions.withdraw(row.submission, by=them.ada, now=NOW)
    assert Grant.objects.get().state == "revoked"


def test_access_ends_with_the_designation(them):
    row = _granted(them)
    partners.revoke(row.partner, because="shared its key", by=them.olu, now=NOW)
    assert Grant.objects.get().state == "revoked"
    with pytest.raises(GrantRefused):
        grants.bind_key(row, binding=BoundKey.Binding.DPOP, thumbprint=THUMB, by=them.hal, now=NOW)


def test_a_partner_sees_its_own_grants_alone(them):
    row = _granted(them)
    assert access.grant(them.hal, row.alias) == row
    for other in (them.cora, them.eva):
        with pytest.raises(NotFound, match=f"There is no grant {row.public_id}."):
            access.grant(other, row.public_id)


def test_a_report_of_the_partner_counts_for_the_model_once_and_not_from_before(them):
    row = _granted(them)
    old = finding(reporter=them.hospital.name, at=NOW - DAY).report
    new = finding("Another", reporter=them.hospital.name, at=NOW + DAY).report
    other = finding("Of somebody else", reporter="Other Lab", at=NOW + DAY).report
    with pytest.raises(GrantRefused, match="The report is older than the grant"):
        grants.attribute(old, row, by=them.hal, now=NOW)
    with pytest.raises(GrantRefused, match="not sent by the partner"):
        grants.attribute(other, row, by=them.hal, now=NOW)
    made = grants.attribute(new, row, by=them.hal, now=NOW)
    assert grants.attribute(new, row, by=them.hal, now=NOW) == made
    assert made.submission == row.submission
