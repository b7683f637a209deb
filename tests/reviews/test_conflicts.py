"""Nobody determines, evaluates, selects or grants where their own lab or party is concerned."""

from collections.abc import Callable
from typing import Any

import pytest

from reviews.folk import NOW, Folk, folk
from reviews.test_access import _evaluation, _grant, _partner, _submission
from seawall.core.submissions import Step
from seawall.parties.access import NotPermitted, actor_of
from seawall.parties.models import Approval, Membership, Party, Person
from seawall.reviews import access, shown
from seawall.reviews.grave import _readable
from seawall.reviews.models import Determination, Submission
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor, ActorKind
from seawall.vocab.reviews import Voice

pytestmark = pytest.mark.django_db
Judge = Callable[[Actor, str, str], Any]


@pytest.fixture
def them() -> Folk:
    return folk()


@pytest.fixture
def opened(them) -> Submission:
    return _submission(them.lab, "blue-fox", "window open")


def _joins(by: Actor, of: Party) -> Actor:
    """That person once they lead this party as well."""
    person = Person.objects.get(pk=by.person)
    Membership.objects.create(person=person, party=of, role=MemberRole.LEAD.value, since=NOW)
    return actor_of(person)


def _program(by: Actor, of: Party) -> Actor:
    """A token of that person which acts for one of their parties alone."""
    return Actor(
        kind=ActorKind.TOKEN,
        id="t",
        scopes=frozenset({"read", "submit", "coordinate"}),
        person=by.person,
        seats=tuple(seat for seat in by.seats if seat.party == of.pk),
    )


def _of(name: str) -> Party:
    return Party.objects.get(name=name)


ABOUT_A_MODEL: list[Judge] = [
    lambda by, m, e: access.submission_to(by, Step.BEGIN, m),
    lambda by, m, e: access.submission_to(by, Step.DETERMINE, m),
    lambda by, m, e: access.submission_to(by, Step.SHARE, m),
    lambda by, m, e: access.submission_to_evaluate(by, m),
    lambda by, m, e: access.evaluation_to_run(by, e),
    lambda by, m, e: access.evaluation_to_determine(by, e),
    lambda by, m, e: access.evaluation_for(by, Voice.GOVERNMENT, e),
]


@pytest.mark.parametrize("judge", ABOUT_A_MODEL)
def test_who_joins_the_lab_judges_its_models_no_more(them, opened, judge):
    run, office = _evaluation(opened), _of("Office of Reviews")
    ids = (opened.public_id, run.public_id)
    judge(them.olu, *ids)
    judge(_program(them.olu, office), *ids)
    both = _joins(them.olu, them.lab)
    with pytest.raises(NotPermitted, match="Nobody judges the model of their own lab"):
        judge(both, *ids)
    with pytest.raises(NotPermitted, match="Nobody decides about their own party"):
        judge(_program(both, office), *ids)


def test_who_left_the_lab_judges_again(them, opened):
    both = _joins(them.olu, them.lab)
    Membership.objects.filter(person=both.person, party=them.lab).update(ended_at=NOW)
    office = _of("Office of Reviews")
    assert access.submission_to_evaluate(_program(both, office), opened.public_id) == opened


def test_one_person_draws_one_nonce(them, opened):
    run = _evaluation(opened)
    both = _joins(them.ada, _of("Bench"))
    assert access.evaluation_for(both, Voice.LAB, run.public_id) == run
    assert access.evaluation_for(_program(both, them.lab), Voice.LAB, run.public_id) == run
    for by in (both, _program(both, _of("Bench"))):
        with pytest.raises(NotPermitted, match="Nobody"):
            access.evaluation_for(by, Voice.GOVERNMENT, run.public_id)


def test_one_person_has_one_voice_about_a_partner(them):
    row, office = _partner(them.hospital, them.lab), _of("Office of Reviews")
    both = _joins(them.olu, them.lab)
    for by in (both, _program(both, them.lab)):
        assert access.partner_for(by, Voice.LAB, row.public_id) == row
    for by in (both, _program(both, office)):
        with pytest.raises(NotPermitted, match="Nobody"):
            access.partner_for(by, Voice.GOVERNMENT, row.public_id)


@pytest.mark.parametrize("voice", list(Voice))
def test_nobody_selects_their_own_party_with_a_token_of_another(them, voice):
    row = _partner(them.hospital, them.lab)
    for who, of in ((them.ada, them.lab), (them.olu, _of("Office of Reviews"))):
        both = _joins(who, them.hospital)
        with pytest.raises(NotPermitted):
            access.partner_for(_program(both, of), voice, row.public_id)
    with pytest.raises(NotPermitted, match="Nobody selects their own party"):
        access.partner_for(both, voice, row.public_id)


def test_nobody_grants_access_to_their_own_party(them, opened):
    row = _grant(_partner(them.hospital, them.lab), opened, "quiet-river")
    assert access.grant_to_change(them.ada, row.public_id) == row
    for who, of in ((them.ada, them.lab), (them.olu, _of("Office of Reviews"))):
        both = _joins(who, them.hospital)
        for by in (both, _program(both, of)):
            with pytest.raises(NotPermitted, match="Nobody decides about"):
                access.grant_to_change(by, row.public_id)


def test_an_official_of_the_lab_reads_what_the_lab_reads(them, opened):
    run = _evaluation(opened)
    Determination.objects.create(
        submission=opened, verdict="covered", statistics={}, by="somebody", at=NOW
    )
    asked = Approval.objects.create(
        what="designation",
        on=opened.public_id,
        statement={},
        digest="d",
        asked_by="somebody",
        asked_at=NOW,
        expires_at=NOW,
    )
    assert shown.assessment(them.olu, opened).verdict == "covered"
    assert _readable([asked], them.olu, NOW) == [asked.pk]
    both = _joins(them.olu, them.lab)
    assert _readable([asked], both, NOW) == []
    for by in (both, _program(both, _of("Office of Reviews"))):
        assert shown.assessment(by, opened) is None
        assert access.determination(by, opened) is None
        assert not access.reads_verdict(by, opened)
        with pytest.raises(NotPermitted, match="has not shared the results"):
            access.evaluation_in_full(by, run.public_id)
    opened.assessment_shared, opened.assessment_shared_at = ["report"], NOW
    opened.save()
    for by in (both, _program(both, _of("Office of Reviews"))):
        assert access.determination(by, opened) is not None
        assert shown.assessment(by, opened) is None
