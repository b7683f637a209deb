"""Approvals on pages: from a draft under embargo to its release by two people of two parties."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.casework import finding, prove, reload
from seawall.advisories.models import Advisory
from seawall.cases import embargoes
from seawall.cases.actions import observe, open_case
from seawall.cases.models import Case
from seawall.cases.participants import bring_in, consent
from seawall.core.cvd import CvdEvent
from seawall.parties.models import Approval, ApprovalSignature, Person, SignIn
from seawall.vocab.access import MemberRole, Part
from seawall.vocab.actors import LOCAL
from seawall.vocab.tlp import Tlp
from web.people import Visitor, member, party, visitor
from web.told import told

pytestmark = pytest.mark.django_db
PASSWORD = "four plain words suffice here"


@pytest.fixture(autouse=True)
def _publisher(home, settings) -> None:
    settings.SEAWALL_PUBLISHER_NAME = "House CERT"
    settings.SEAWALL_PUBLISHER_NAMESPACE = "https://cert.example"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def lena() -> Visitor:
    """A lead of the house."""
    house = party("House CERT", "coordinator", is_house=True)
    return visitor(member(house, "Lena", MemberRole.LEAD))


@pytest.fixture
def vera(lena) -> Visitor:
    """A lead of the vendor."""
    return visitor(member(party("Pallets", "vendor"), "Vera", MemberRole.LEAD))


@pytest.fixture
def case(lena, vera) -> Case:
    row = finding(severity="CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H")
    prove(row)
    now = timezone.now()
    made = open_case(row, by=LOCAL, now=now)
    bring_in(made, party("Pallets"), Part.VENDOR, by=LOCAL, now=now)
    return reload(made)


@pytest.fixture
def advisory(case, lena, vera) -> str:
    """The id of the case's draft, which an embargo holds."""
    now = timezone.now()
    observe(case, CvdEvent.VENDOR_AWARE, by=LOCAL, now=now)
    embargoes.propose(reload(case), until=now + timedelta(days=9), by=LOCAL, now=now)
    embargoes.accept(reload(case), by=LOCAL, now=now)
    consent(reload(case), by=vera.actor, now=now)
    lena.post(f"/cases/{case.public_id}/advisory")
    return Advisory.objects.get().public_id


def sign(who: Visitor, row: Approval, **more: str) -> None:
    of = who.person.memberships.get().party_id
    who.post(f"/approvals/{row.public_id}/sign", {"digest": row.digest, "party": of} | more)


def test_a_release_goes_from_the_draft_to_the_public_by_two_signatures(lena, vera, advisory):
    assert "An embargo holds." in lena.get(f"/advisories/{advisory}")
    lena.post(f"/approvals/ask/release/{advisory}")
    row = Approval.objects.get()
    for who in (lena, vera):
        shown = who.get(f"/approvals/{row.public_id}")
        assert row.digest in shown
        assert f"{advisory} revision 1 becomes public at once" in shown
        assert row.public_id in who.get("/approvals")
        sign(who, row)
    assert "2" in vera.get("/approvals")
    assert "Carry it out…" in lena.get(f"/approvals/{row.public_id}")
    vera.post(f"/approvals/{row.public_id}/carry-out", status=403)
    lena.post(f"/approvals/{row.public_id}/carry-out")
    assert Advisory.objects.get().published_at is not None
    assert "Template text escapes the sandbox" in visitor().get(f"/advisories/{advisory}")
    assert "used" in lena.get(f"/approvals/{row.public_id}")
    assert row.public_id not in lena.get("/approvals")
    assert row.public_id in lena.get("/approvals?state=all")


def test_publishing_without_the_approval_says_why_not(lena, advisory):
    lena.post(f"/advisories/{advisory}/publish")
    assert "waits: embargoed until" in lena.get(f"/advisories/{advisory}")
    assert Advisory.objects.get().published_at is None


def test_a_form_with_another_digest_signs_nothing(lena, advisory):
    lena.post(f"/approvals/ask/release/{advisory}")
    row = Approval.objects.get()
    sign(lena, row, digest="00" * 32)
    assert "What was signed is not what is asked." in lena.get(f"/approvals/{row.public_id}")
    assert ApprovalSignature.objects.count() == 0


def test_who_did_not_just_prove_who_they_are_is_asked_first(lena, advisory):
    lena.post(f"/approvals/ask/release/{advisory}")
    row = Approval.objects.get()
    SignIn.objects.filter(person=lena.person).update(
        confirmed_at=timezone.now() - timedelta(minutes=6)
    )
    of = lena.person.memberships.get().party_id
    asked = lena.post(f"/approvals/{row.public_id}/sign", {"digest": row.digest, "party": of})
    assert asked["Location"] == f"/confirm?next=%2Fapprovals%2F{row.public_id}"
    assert ApprovalSignature.objects.count() == 0


def test_a_made_up_passkey_signs_nothing(lena, advisory):
    lena.post(f"/approvals/ask/release/{advisory}")
    sign(lena, Approval.objects.get(), credential='{"rawId": "AAAA", "response": {}}')
    sign(lena, Approval.objects.get(), credential="x")
    assert ApprovalSignature.objects.count() == 0


def test_the_evidence_says_how_the_signer_proved_who_they_are(lena, advisory):
    lena.post(f"/approvals/ask/release/{advisory}")
    sign(lena, Approval.objects.get())
    evidence = ApprovalSignature.objects.get().evidence
    assert evidence["signed_in_by"] == "password"
    assert evidence["session"] == SignIn.objects.get(person=lena.person).public_id


@pytest.mark.parametrize(
    ("kind", "status"), [("nobody", 303), ("finder", 404), ("operator", 404), ("viewer", 200)]
)
def test_an_approval_that_one_may_not_see_is_like_none(lena, advisory, visit, kind, status):
    lena.post(f"/approvals/ask/release/{advisory}")
    id, who = Approval.objects.get().public_id, visit(kind)
    there = who.client.get(f"/approvals/{id}")
    absent = who.client.get("/approvals/AP-999999")
    assert there.status_code == status
    if status == 404:
        text = told(there).replace(id, "AP-999999")
        assert text == told(absent)
        for step in ("sign", "withdraw", "carry-out", "options"):
            who.post(f"/approvals/{id}/{step}", status=404)


def test_a_viewer_sees_and_does_not_sign(lena, advisory, visit):
    lena.post(f"/approvals/ask/release/{advisory}")
    row, vito = Approval.objects.get(), visit("viewer")
    assert "You cannot sign: it takes a lead of the party" in vito.get(
        f"/approvals/{row.public_id}"
    )
    sign(vito, row)
    assert ApprovalSignature.objects.count() == 0


@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("viewer", 404), ("coordinator", 403)])
def test_only_who_may_publish_asks_for_a_release(advisory, vera, visit, who, status):
    asking = vera if who == "vera" else visit(who)
    asking.post(f"/approvals/ask/release/{advisory}", status=status)
    asking.post(f"/advisories/{advisory}/publish", status=status)
    assert Approval.objects.count() == 0


def test_who_asked_withdraws(lena, vera, advisory):
    lena.post(f"/approvals/ask/release/{advisory}")
    id = Approval.objects.get().public_id
    vera.post(f"/approvals/{id}/withdraw", status=403)
    lena.post(f"/approvals/{id}/withdraw")
    assert "withdrawn" in lena.get(f"/approvals/{id}")


def test_the_glass_is_broken_for_who_asked(case, lena, vera, visit):
    Case.objects.update(tlp=Tlp.RED.value)
    cora = visit("coordinator")
    assert "Break the glass" in cora.get(f"/cases/{case.public_id}")
    cora.post(f"/approvals/ask/break-glass/{case.public_id}", {"reason": "attacks tonight"})
    row = Approval.objects.get()
    for who in (lena, vera):
        assert "attacks tonight" in who.get(f"/approvals/{row.public_id}")
        sign(who, row)
    assert "Template text escapes" not in cora.get(f"/cases/{case.public_id}")
    cora.post(f"/approvals/{row.public_id}/carry-out")
    assert "Template text escapes" in cora.get(f"/cases/{case.public_id}")
    assert "Template text escapes" not in lena.get(f"/cases/{case.public_id}")


@pytest.mark.django_db(transaction=True)
def test_a_case_is_shredded_by_two_parties(case, lena, vera):
    lena.post(f"/approvals/ask/shred/{case.public_id}")
    row = Approval.objects.get()
    for who in (lena, vera):
        sign(who, row)
    vera.post(f"/approvals/{row.public_id}/carry-out", status=403)
    lena.post(f"/approvals/{row.public_id}/carry-out")
    assert reload(case).shredded_at is not None


def test_the_vendor_does_not_ask_for_a_shredding(case, vera):
    vera.post(f"/approvals/ask/shred/{case.public_id}", status=403)


def test_the_list_costs_as_many_queries_for_one_as_for_three(case, lena, count_queries):
    from seawall.cases.grave import ask_shred
    from seawall.parties import approvals

    ask_shred(case, by=LOCAL, now=timezone.now())
    lena.get("/approvals")
    once = count_queries(lambda: lena.get("/approvals"))
    for number in (2, 3):
        approvals.ask(
            what=approvals.Grave.SHRED,
            on=case.public_id,
            facts={"case": case.public_id, "n": number},
            effect="x",
            by=LOCAL,
            now=timezone.now(),
        )
    assert count_queries(lambda: lena.get("/approvals")) == once


def test_an_empty_list_says_where_approvals_come_from(lena):
    assert "Nothing waits for approval" in lena.get("/approvals")
    assert Person.objects.count() == 1
