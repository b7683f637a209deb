"""Whose webhooks and notices somebody sees: those of the parties that they administer."""

import pytest

from parties import seats
from parties.members import NOON, party, person
from seawall.notices import access
from seawall.notices.models import Channel, Notice
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.models import Party
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL, PUBLIC, Actor

pytestmark = pytest.mark.django_db
LEAD = MemberRole.LEAD


@pytest.fixture
def lab() -> Party:
    return party("Ann Lab")


@pytest.fixture
def other() -> Party:
    return party("Other")


def admin(*of: Party) -> Actor:
    return seats.person(*(seats.seat(each, LEAD, admin=True) for each in of))


def webhook(of: Party, **more) -> Channel:
    url = f"https://{Channel.objects.count()}.example/"
    kind = more.pop("kind", Channel.Kind.WEBHOOK)
    return Channel.objects.create(kind=kind, party=of, url=url, made_by="x", made_at=NOON, **more)


def mail(number: int, **more) -> Channel:
    return Channel.objects.create(
        kind=Channel.Kind.MAIL, person_id=number, made_by="x", made_at=NOON, **more
    )


def test_administrators_see_the_webhooks_of_their_parties(lab, other):
    ours, theirs = webhook(lab), webhook(other)
    webhook(lab, ended_at=NOON)
    assert list(access.webhooks(admin(lab))) == [ours]
    assert list(access.webhooks(admin(lab, other))) == [theirs, ours]
    assert list(access.webhooks(LOCAL)) == [theirs, ours]
    assert list(access.webhooks(seats.person(seats.seat(lab, LEAD)))) == []
    assert access.webhook(admin(lab), ours.public_id) == ours
    for row in (ours, theirs):
        assert access.webhook(LOCAL, row.public_id) == row
    assert access.webhook(LOCAL, theirs.public_id) == theirs


def test_mail_is_no_webhook(lab):
    mail(person("Ann").pk)
    assert list(access.webhooks(LOCAL)) == []


def test_another_webhook_and_an_absent_one_are_the_same(lab, other):
    theirs, ended = webhook(other), webhook(lab, ended_at=NOON)
    for id in (theirs.public_id, ended.public_id, "CH-999999", "CH-x", ""):
        with pytest.raises(NotFound, match=f"There is no webhook {id}"):
            access.webhook(admin(lab), id)


def test_webhooks_take_the_scope_to_read(lab):
    own = (seats.seat(lab, LEAD, admin=True),)
    ours = webhook(lab)
    assert list(access.webhooks(seats.token("read", seats=own))) == [ours]
    for by in (seats.token("submit", "coordinate", seats=own), PUBLIC):
        with pytest.raises(NotPermitted):
            access.webhooks(by)


def test_a_webhook_is_made_for_a_party_that_one_administers(lab, other):
    house = party("House", house=True)
    assert access.party_for(admin(lab), "") == lab
    assert access.party_for(admin(lab, other), other.public_id) == other
    assert access.party_for(LOCAL, other.public_id) == other
    assert access.party_for(LOCAL, "") == house


@pytest.mark.parametrize("named", ["other", "gone", "P-999999", "Ann Lab"])
def test_another_party_and_an_absent_one_are_the_same(lab, other, named):
    gone = party("Gone")
    Party.objects.filter(pk=gone.pk).update(is_active=False)
    id = {"other": other.public_id, "gone": gone.public_id}.get(named, named)
    with pytest.raises(NotFound, match=f"There is no party {id}"):
        access.party_for(admin(lab, gone), id)


def test_who_administers_several_says_which(lab, other):
    for by in (admin(lab, other), LOCAL):
        with pytest.raises(NotFound, match="Say which party"):
            access.party_for(by, "")


def test_who_administers_none_makes_none(lab):
    for by in (seats.person(seats.seat(lab, LEAD)), PUBLIC):
        for id in ("", lab.public_id):
            with pytest.raises(NotPermitted, match="It takes an administrator of a party"):
                access.party_for(by, id)


def test_managed_parties_are_those_that_take_part(lab, other):
    gone = party("Gone")
    Party.objects.filter(pk=gone.pk).update(is_active=False)
    assert access.managed_parties(admin(lab, gone)) == [lab]
    assert access.managed_parties(seats.person(seats.seat(lab, LEAD))) == []
    assert access.managed_parties(LOCAL) == [lab, other]


def test_notices_are_ones_own(lab):
    ann, bob = person("Ann"), person("Bob")
    for number in (ann.pk, bob.pk):
        channel = mail(number)
        for key in ("1", "2"):
            Notice.objects.create(
                channel=channel, key=key, event="x", on="x", happened_at=NOON, made_at=NOON
            )
    Notice.objects.create(
        channel=webhook(lab), key="1", event="x", on="x", happened_at=NOON, made_at=NOON
    )
    found = access.notices(seats.person(number=ann.pk))
    assert [(row.channel.person_id, row.key) for row in found] == [(ann.pk, "2"), (ann.pk, "1")]
    for by in (LOCAL, PUBLIC, seats.token("read")):
        assert list(access.notices(by)) == []


def test_the_mail_of_a_person_and_what_is_wrong_with_it(lab):
    ann, bob = person("Ann"), person("Bob")
    assert access.mail_of(ann) is None
    webhook(lab, failed_at=NOON, problem="Gone.")
    theirs = mail(bob.pk, failed_at=NOON, problem="Refused.")
    ours = mail(ann.pk, problem="Asked to wait.")
    assert (access.mail_of(ann), access.mail_of(bob)) == (ours, theirs)
    assert access.mail_problem(seats.person(number=ann.pk)) == ""
    assert access.mail_problem(seats.person(number=bob.pk)) == "Refused."
    assert access.mail_problem(PUBLIC) == ""
