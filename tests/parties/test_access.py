"""Who acts, with what seats, and which memberships, tokens and names they find."""

from dataclasses import replace
from datetime import datetime

import pytest

from parties import seats
from parties.members import DAY, HOUR, NOON, lead, member, party, person
from seawall.parties import access, actions
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.models import ApiToken, Membership, Party, Person, Scope
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL, PUBLIC, Actor, ActorKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab() -> Party:
    return party("Ann Lab", Party.Role.FINDER)


@pytest.fixture
def ann(lab) -> Membership:
    return member(person("Ann"), lab)


def issued(of: Membership | None, *, life=DAY, now: datetime = NOON) -> actions.IssuedToken:
    return actions.issue_token(
        label="scanner", scopes=[Scope.READ], life=life, by=LOCAL, now=now, membership=of
    )


def holder(of: Membership) -> Actor | None:
    return access.holder_of(issued(of).text, now=NOON)


def test_an_owned_token_acts_as_its_owner_in_that_one_party(lab, ann):
    member(ann.person, party("Other"))
    found = holder(ann)
    assert found is not None
    assert (found.kind, found.name, found.person) == (ActorKind.TOKEN, "scanner", ann.person_id)
    assert found.seats == (seats.seat(lab),)


def test_a_token_that_nobody_owns_acts_for_the_installation():
    found = access.holder_of(issued(None).text, now=NOON)
    assert found is not None
    assert found.is_installation
    assert (found.person, found.seats) == (None, ())


@pytest.mark.parametrize("what", ["membership", "person", "party"])
def test_a_token_ends_with_its_owner(ann, what):
    text = issued(ann).text
    assert access.holder_of(text, now=NOON) is not None
    match what:
        case "membership":
            Membership.objects.update(ended_at=NOON)
        case "person":
            Person.objects.update(is_active=False)
        case "party":
            Party.objects.update(is_active=False)
    assert access.holder_of(text, now=NOON) is None


def test_a_person_has_the_seats_that_hold_in_parties_that_take_part(lab, ann):
    left, gone = party("Left"), party("Gone")
    member(ann.person, left)
    member(ann.person, gone, MemberRole.LEAD, admin=True)
    member(person("Bob"), party("Theirs"))
    Membership.objects.filter(party=left).update(ended_at=NOON)
    Party.objects.filter(pk=gone.pk).update(is_active=False)
    assert access.actor_of(ann.person).seats == (seats.seat(lab),)
    assert access.memberships_of(ann.person) == [ann]


def test_a_seat_says_what_the_membership_is():
    house = party("House", Party.Role.COORDINATOR, house=True)
    made = member(person("Cara"), house, MemberRole.LEAD, admin=True)
    assert access.seat_of(made) == seats.seat(house, MemberRole.LEAD, admin=True)
    assert access.seat_of(made).is_house


def test_the_maker_of_a_link_is_who_they_are_now(ann):
    assert access.maker_of("operator:local") == Actor(kind=ActorKind.OPERATOR, id="local")
    assert access.maker_of("job:x") == Actor(kind=ActorKind.JOB, id="x")
    made_by = str(access.actor_of(ann.person))
    assert access.maker_of(made_by) == access.actor_of(ann.person)
    Person.objects.update(is_active=False)
    assert access.maker_of(made_by) == PUBLIC


@pytest.mark.parametrize("kind", ["token", "party", "public", "strange"])
def test_nothing_else_makes_links(ann, kind):
    assert access.maker_of(f"{kind}:{ann.person.public_id}") == PUBLIC
    assert access.maker_of(f"person:{ann.person.pk}") == PUBLIC


def test_scopes_limit_tokens_alone(lab):
    access.require(LOCAL, Scope.COORDINATE)
    access.require(seats.person(seats.seat(lab)), Scope.COORDINATE)
    access.require(seats.token("read"), Scope.READ)
    with pytest.raises(NotPermitted, match='This token lacks the scope "submit"'):
        access.require(seats.token("read"), Scope.SUBMIT)
    with pytest.raises(NotPermitted, match="Sign in first"):
        access.require(replace(PUBLIC, scopes=frozenset({"read"})), Scope.READ)


@pytest.mark.parametrize("role", MemberRole)
def test_the_house_is_its_members_of_at_least_a_role(role):
    house = seats.person(seats.seat(party("House", house=True), role))
    other = seats.person(seats.seat(party("Other"), MemberRole.LEAD))
    assert access.is_house(house)
    assert not access.is_house(other, at_least=MemberRole.VIEWER)
    for least in MemberRole:
        assert access.is_house(house, at_least=least) == (role.rank >= least.rank)


def test_ones_own_parties_are_those_of_ones_seats(lab, ann):
    party("Other")
    assert access.own_parties(access.actor_of(ann.person)) == [lab]
    assert access.own_parties(PUBLIC) == []


def test_a_membership_is_ones_own_or_of_a_party_that_one_manages(lab, ann):
    admin = access.actor_of(lead("Lea", lab, admin=True))
    assert access.membership(access.actor_of(ann.person), ann.pk) == ann
    assert access.membership(admin, ann.pk) == ann
    assert access.membership(LOCAL, ann.pk) == ann
    other = access.actor_of(lead("Otto", party("Other"), admin=True))
    colleague = access.actor_of(lead("Carl", lab))
    for by in (other, colleague, PUBLIC, seats.token("read")):
        with pytest.raises(NotFound, match=f"There is no membership {ann.pk}"):
            access.membership(by, ann.pk)
    with pytest.raises(NotFound):
        access.membership(LOCAL, ann.pk + 999)
    Membership.objects.filter(pk=ann.pk).update(ended_at=NOON)
    for by in (LOCAL, access.actor_of(ann.person)):
        with pytest.raises(NotFound):
            access.membership(by, ann.pk)


def test_tokens_that_work_are_listed(ann):
    works = issued(ann)
    revoked = issued(ann)
    actions.revoke_token(revoked.key, by=LOCAL, now=NOON)
    issued(ann, life=HOUR)
    issued(member(person("Bob"), ann.party))
    issued(None)
    found = access.tokens_of(ann.person, now=NOON + HOUR)
    assert [row.key for row in found] == [works.key]
    Membership.objects.filter(pk=ann.pk).update(ended_at=NOON)
    assert access.tokens_of(ann.person, now=NOON) == []
    assert ApiToken.objects.count() == 5


def test_names_are_found_by_the_ids_of_people_and_parties(lab, ann, django_assert_num_queries):
    other = person("Bob")
    ids = [ann.person.public_id, lab.public_id]
    with django_assert_num_queries(2):
        found = access.names_of([*ids, "C-2026-000001", "U-x", ""])
    assert found == {ann.person.public_id: "Ann", lab.public_id: "Ann Lab"}
    with django_assert_num_queries(1):
        assert access.names_of([other.public_id]) == {other.public_id: "Bob"}
    with django_assert_num_queries(1):
        assert access.names_of([lab.public_id]) == {lab.public_id: "Ann Lab"}
    with django_assert_num_queries(0):
        assert access.names_of(["x"]) == {}


def test_the_first_account_sets_the_installation_up():
    assert not access.has_people()
    person("Ann")
    assert access.has_people()


def test_a_token_is_the_whole_text_until_it_ends(ann):
    made, other = issued(ann).text, issued(None).text
    _, key, secret = made.split("_", 2)
    assert access.holder_of(made, now=NOON + DAY - HOUR) == access.holder_of(made, now=NOON)
    assert access.holder_of(other, now=NOON) != access.holder_of(made, now=NOON)
    assert access.holder_of(made, now=NOON + DAY) is None
    for wrong in (
        f"xyz_{key}_{secret}",
        f"swl_{key}_{secret[:-1]}",
        f"swl_{key}_{other.split('_', 2)[2]}",
        f"swl_{other.split('_')[1]}_{secret}",
        f"swl_{'0' * len(key)}_{secret}",
        f"swl_{key}_",
        "swl",
        "",
    ):
        assert access.holder_of(wrong, now=NOON) is None
    ApiToken.objects.filter(key=key).update(revoked_at=NOON)
    assert access.holder_of(made, now=NOON) is None
    assert access.holder_of(other, now=NOON) is not None


def test_a_link_is_of_the_person_who_made_it_and_of_nobody_else(ann):
    bob = member(person("Bob"), party("Theirs"))
    for each in (ann, bob):
        assert access.maker_of(f"person:{each.person.public_id}") == access.actor_of(each.person)
    assert access.maker_of("person:U-999999") == PUBLIC


def test_names_are_of_the_ids_that_were_asked(ann, lab, django_assert_num_queries):
    member(bob := person("Bob"), other := party("Theirs"))
    for asked, told, queries in (
        ([ann.person.public_id], {ann.person.public_id: "Ann"}, 1),
        ([other.public_id], {other.public_id: "Theirs"}, 1),
        (
            [bob.public_id, lab.public_id, "local", "U-x"],
            {bob.public_id: "Bob", lab.public_id: "Ann Lab"},
            2,
        ),
        (["local"], {}, 0),
    ):
        with django_assert_num_queries(queries):
            assert access.names_of(asked) == told


def test_who_is_nobody_in_particular_has_no_membership(ann):
    by = Actor(kind=ActorKind.PARTY, id="P-1", seats=(seats.seat(ann.party),))
    with pytest.raises(NotFound):
        access.membership(by, ann.pk)
