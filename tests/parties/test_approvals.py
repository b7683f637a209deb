"""Approvals: two people of two parties, over exactly what they were shown."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from parties.members import HOUR, MINUTE, NOON, actor, lead, member, party, person
from seawall.core.four_eyes import LIFE, Grave
from seawall.ledger.models import Event
from seawall.parties import approvals, grave, people
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.grave import Subject
from seawall.parties.models import Approval, ApprovalSignature, Membership, Party, Person
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL, Actor, ActorKind
from seawall.vocab.decisions import Allowed, Refused

pytestmark = pytest.mark.django_db
FACTS = {"revision": 3, "documents": "ab" * 32}
ON = "SEAWALL-2026-0001"
HOW = ApprovalSignature.How.CONFIRMED


@pytest.fixture(autouse=True)
def _everybody_may_know(monkeypatch):
    """Designations, about which no app says anything yet, are known to and signed by everybody."""
    subject = Subject(
        readable=lambda rows, by, now: [row.pk for row in rows],
        may_sign=lambda approval, by, of, now: Allowed(),
    )
    monkeypatch.setitem(grave._subjects, Grave.DESIGNATION, subject)


@pytest.fixture
def house():
    return party("House", house=True)


@pytest.fixture
def vendor():
    return party("Vendor")


def ask(facts=FACTS, *, by: Actor = LOCAL, at=NOON, life=LIFE) -> Approval:
    return approvals.ask(
        what=Grave.DESIGNATION, on=ON, facts=facts, effect="It happens.", by=by, now=at, life=life
    )


def sign(row: Approval, who: Person, of: Party, *, digest: str = "", at=NOON) -> None:
    approvals.sign(
        row,
        party=of.pk,
        digest=digest or row.digest,
        how=HOW,
        evidence={},
        by=actor(who),
        now=at,
    )


def answer(facts=FACTS, *, at=NOON):
    return approvals.approved_for(what=Grave.DESIGNATION, on=ON, facts=facts, now=at)


def use(facts=FACTS, *, at=NOON) -> Approval:
    return approvals.use(what=Grave.DESIGNATION, on=ON, facts=facts, by=LOCAL, now=at)


def approve(house: Party, vendor: Party) -> Approval:
    row = ask()
    sign(row, lead("Ann", house), house)
    sign(row, lead("Bob", vendor), vendor)
    return row


def test_two_people_of_two_parties_approve_once(house, vendor):
    approve(house, vendor)
    assert answer() == Allowed()
    assert use().used_at == NOON
    with pytest.raises(approvals.NotApproved):
        use()
    assert answer() == Refused("it takes the approval of two people")


def test_one_signature_is_not_enough(house):
    sign(ask(), lead("Ann", house), house)
    assert answer() == Refused("it takes a second person, of another party")
    with pytest.raises(approvals.NotApproved, match="a second person, of another party"):
        use()


def test_two_people_of_one_party_are_one_pair_of_eyes(house):
    row = ask()
    sign(row, lead("Ann", house), house)
    sign(row, lead("Cid", house), house)
    assert isinstance(answer(), Refused)


def test_one_person_signs_once_however_many_parties_they_lead(house, vendor):
    row, ann = ask(), lead("Ann", house)
    member(ann, vendor, MemberRole.LEAD)
    sign(row, ann, house)
    with pytest.raises(approvals.SignatureRefused, match="You have signed already"):
        sign(row, ann, vendor)


@pytest.mark.parametrize("role", [MemberRole.VIEWER, MemberRole.MEMBER])
def test_only_who_leads_signs_for_a_party(house, role):
    ann = person("Ann")
    member(ann, house, role)
    with pytest.raises(approvals.SignatureRefused, match="It takes a lead of the party"):
        sign(ask(), ann, house)


def test_nobody_signs_for_a_party_of_others(house, vendor):
    with pytest.raises(approvals.SignatureRefused, match="It takes a lead of the party"):
        sign(ask(), lead("Ann", house), vendor)


@pytest.mark.parametrize("kind", [ActorKind.TOKEN, ActorKind.OPERATOR, ActorKind.JOB])
def test_only_people_sign(house, kind):
    ann = actor(lead("Ann", house))
    row = ask()
    with pytest.raises(approvals.SignatureRefused, match="Only people"):
        approvals.sign(
            row,
            party=house.pk,
            digest=row.digest,
            how=HOW,
            evidence={},
            by=replace(ann, kind=kind),
            now=NOON,
        )


def test_a_digest_other_than_the_one_shown_is_refused(house):
    row = ask()
    with pytest.raises(approvals.SignatureRefused, match="What was signed is not what is asked"):
        sign(row, lead("Ann", house), house, digest="00" * 32)


def test_a_statement_that_was_changed_cannot_be_signed_nor_used(house, vendor):
    row = approve(house, vendor)
    Approval.objects.filter(pk=row.pk).update(statement=row.statement | {"effect": "Nothing."})
    with pytest.raises(approvals.NotApproved, match="The statement is not the one"):
        use()
    with pytest.raises(approvals.SignatureRefused, match="What was signed"):
        sign(Approval.objects.get(), lead("Cid", house), house)


@pytest.mark.parametrize(
    "facts",
    [FACTS | {"revision": 4}, FACTS | {"documents": "cd" * 32}, FACTS | {"more": 1}, {}],
)
def test_what_changed_since_is_not_approved(house, vendor, facts):
    approve(house, vendor)
    assert isinstance(answer(facts), Refused)
    with pytest.raises(approvals.NotApproved):
        use(facts)
    assert answer() == Allowed()


def test_an_approval_ends_when_its_time_is_over(house, vendor):
    row = approve(house, vendor)
    assert answer(at=NOON + LIFE - MINUTE) == Allowed()
    assert isinstance(answer(at=NOON + LIFE), Refused)
    with pytest.raises(approvals.SignatureRefused, match="This is no longer open"):
        sign(row, lead("Cid", house), house, at=NOON + LIFE)


def test_a_withdrawn_question_is_not_signed_and_not_used(house, vendor):
    row = approve(house, vendor)
    approvals.withdraw(row, by=LOCAL, now=NOON)
    assert isinstance(answer(), Refused)
    with pytest.raises(approvals.SignatureRefused):
        sign(row, lead("Cid", house), house)


def test_only_who_asked_withdraws(house):
    ann, cid = actor(lead("Ann", house)), actor(lead("Cid", house))
    row = ask(by=ann)
    with pytest.raises(NotPermitted):
        approvals.withdraw(row, by=cid, now=NOON)
    approvals.withdraw(row, by=ann, now=NOON)
    assert Approval.objects.get().withdrawn_at == NOON


def ends_membership(who: Person) -> None:
    people.end_member(Membership.objects.get(person=who), by=LOCAL, now=NOON)


def loses_lead(who: Person) -> None:
    Membership.objects.filter(person=who).update(role=MemberRole.MEMBER.value)


def is_deactivated(who: Person) -> None:
    people.set_person_active(who, False, by=LOCAL, now=NOON)


def party_is_deactivated(who: Person) -> None:
    people.set_party_active(Party.objects.get(name="Vendor"), False, by=LOCAL, now=NOON)


@pytest.mark.parametrize(
    "change", [ends_membership, loses_lead, is_deactivated, party_is_deactivated]
)
def test_a_signature_counts_only_while_its_signer_leads_that_party(house, vendor, change):
    approve(house, vendor)
    change(Person.objects.get(name="Bob"))
    assert answer() == Refused("it takes a second person, of another party")


def test_the_same_question_is_asked_once(house):
    first = ask()
    assert ask(at=NOON + HOUR) == first
    assert ask(FACTS | {"revision": 4}) != first
    assert ask(at=NOON + LIFE) != first


def test_two_questions_about_the_same_never_have_the_same_digest(house, vendor):
    first = approve(house, vendor)
    use()
    second = ask()
    assert second.digest != first.digest
    with pytest.raises(approvals.SignatureRefused, match="What was signed"):
        sign(second, lead("Cid", house), house, digest=first.digest)


def test_a_kind_about_which_no_app_says_anything_is_hidden_and_nobodys(house, monkeypatch):
    monkeypatch.delitem(grave._subjects, Grave.DESIGNATION)
    row, ann = ask(), actor(lead("Ann", house, admin=True))
    assert approvals.approvals(ann, now=NOON, open_only=True) == []
    with pytest.raises(NotFound, match=r"There is no approval AP-[0-9]+\."):
        approvals.approval(ann, row.public_id, now=NOON)
    with pytest.raises(NotFound, match=r"There is no approval AP-999999\."):
        approvals.approval(ann, "AP-999999", now=NOON)
    with pytest.raises(approvals.SignatureRefused, match="Nobody here can sign this"):
        sign(row, Person.objects.get(name="Ann"), house)
    assert approvals.approvals(LOCAL, now=NOON, open_only=True) == [row]


def test_each_step_is_in_the_ledger(house, vendor):
    row = approve(house, vendor)
    use()
    events = Event.objects.filter(on=f"approval:{row.public_id}").order_by("index")
    assert [event.what for event in events] == [
        "approval.asked",
        "approval.signed",
        "approval.signed",
        "approval.used",
    ]
    assert all(row.digest in event.entry for event in events)


def test_a_list_costs_as_many_queries_for_one_as_for_three(house, vendor, count_queries):
    ann = actor(lead("Ann", house))

    def look() -> None:
        rows = approvals.approvals(ann, now=NOON, open_only=True)
        approvals.decisions(rows, now=NOON)

    sign(ask(), Person.objects.get(name="Ann"), house)
    once = count_queries(look)
    for revision in (4, 5):
        sign(ask(FACTS | {"revision": revision}), Person.objects.get(name="Ann"), house)
    assert count_queries(look) == once


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask again", "sign", "wait", "withdraw", "other digest"]),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    max_size=25,
)


def _play(steps, signers: list[Person], parties: list[Party]) -> bool:
    """Whether the step ever became approved."""
    at = NOON
    for step, who, of in steps:
        signer, side = signers[who % len(signers)], parties[of % len(parties)]
        row = Approval.objects.order_by("-pk").first()
        try:
            match step:
                case "ask":
                    ask(at=at)
                case "ask again":
                    ask(FACTS | {"revision": who}, at=at, life=HOUR)
                case "wait":
                    at += timedelta(minutes=20 * who)
                case "withdraw" if row:
                    approvals.withdraw(row, by=LOCAL, now=at)
                case "sign" if row:
                    sign(row, signer, side, at=at)
                case "other digest" if row:
                    sign(row, signer, side, digest="11" * 32, at=at)
        except approvals.SignatureRefused:
            pass
        if any(isinstance(answer(f, at=at), Allowed) for f in (FACTS, FACTS | {"revision": who})):
            return True
    return False


class _Undo(Exception):
    pass


def _tried(steps, make) -> bool:
    """Play in a world that is gone afterwards."""
    found = False
    try:
        with transaction.atomic():
            found = _play(steps, *make())
            raise _Undo
    except _Undo:
        return found


def one_person() -> tuple[list[Person], list[Party]]:
    ann, sides = person("Ann"), [party(f"P{n}") for n in range(3)]
    for side in sides:
        member(ann, side, MemberRole.LEAD, admin=True)
    return [ann], sides


def one_party() -> tuple[list[Person], list[Party]]:
    side = party("Alone")
    return [lead(f"L{n}", side, admin=True) for n in range(3)], [side, party("Empty")]


def two_of_two() -> tuple[list[Person], list[Party]]:
    sides = [party("One"), party("Two")]
    return [lead(f"L{n}", side) for n, side in enumerate(sides)], sides


@settings(max_examples=40)
@given(STEPS)
def test_one_person_alone_never_gets_anything_approved(steps):
    assert not _tried(steps, one_person)


@settings(max_examples=40)
@given(STEPS)
def test_one_party_alone_never_gets_anything_approved(steps):
    assert not _tried(steps, one_party)


def test_the_same_game_is_won_by_two_people_of_two_parties():
    assert _tried([("ask", 0, 0), ("sign", 0, 0), ("sign", 1, 1)], two_of_two)


def test_an_expired_signature_game_is_not_won(house):
    steps = [("ask again", 2, 0), ("sign", 0, 0), ("wait", 3, 0), ("sign", 1, 1)]
    assert not _tried(steps, two_of_two)
