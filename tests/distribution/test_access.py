"""What the guards of the distribution take: scopes, ids, roles, and the very thing asked for."""

import pytest

from claims.folk import NOON as FOLK_NOON
from distribution.founded import DAY, hold_ceremony, proven_case
from distribution.lane import case_with_everything, made, recipient
from parties import seats
from parties.members import actor, lead, member, party, person
from seawall.cases import read_ins
from seawall.cases.models import Case
from seawall.cases.reading import tier_of
from seawall.distribution import access, feeds
from seawall.distribution.models import ClientKey, Delivery
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.models import Party
from seawall.vocab.access import MemberRole, Tier
from seawall.vocab.actors import LOCAL, PUBLIC, Actor
from validation.records import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installation")]


@pytest.fixture
def house() -> Party:
    hold_ceremony(feeds.restricted(), opaque=True)
    return party("House", house=True)


@pytest.fixture
def vendor(house) -> Party:
    return party("Vendor", Party.Role.VENDOR)


@pytest.fixture
def case(vendor) -> Case:
    return case_with_everything(vendor)


@pytest.fixture
def rows(case, vendor) -> list[Delivery]:
    """Two deliveries to the vendor."""
    to = recipient(vendor)
    return [made(case, to), made(case, to)]


def key(of: Party, number: int = 1) -> ClientKey:
    return ClientKey.objects.create(
        party=of,
        public_key=f"{number:064x}",
        name="x",
        registered_by="x",
        registered_at=FOLK_NOON,
    )


def viewer(of: Party) -> Actor:
    vi = person(f"Vi of {of.name}")
    member(vi, of, MemberRole.VIEWER)
    return actor(vi)


def about(kind: str, id: str) -> Event:
    return Event(index=0, on=f"{kind}:{id}", what="x")


def test_every_answer_takes_its_scope(vendor, rows):
    reads, submits, coordinates = (seats.token(each) for each in ("read", "submit", "coordinate"))
    mine = key(vendor)
    access.demand_recipients(coordinates)
    assert access.client_key(submits, mine.public_id) == mine
    assert access.party_for(submits, "Vendor") == vendor
    assert access.deliveries(reads).count() == 2 and access.client_keys(reads).get() == mine
    assert not access.receipts(reads).exists() and access.recipients(reads).exists()
    for ask in (
        lambda: access.client_keys(submits),
        lambda: access.receipts(submits),
        lambda: access.recipients(submits),
        lambda: access.deliveries(submits),
        lambda: access.client_key(reads, mine.public_id),
        lambda: access.client_key(reads, "CK-999"),
        lambda: access.party_for(reads, "Nobody"),
        lambda: access.party_for(reads, "Vendor"),
        lambda: access.demand_recipients(reads),
        lambda: access.timelines(submits),
    ):
        with pytest.raises(NotPermitted, match="lacks the scope"):
            ask()


def test_nobody_in_particular_learns_nothing(rows):
    for ask in (access.client_keys, access.receipts, access.recipients, access.deliveries):
        with pytest.raises(NotPermitted, match="Sign in first"):
            ask(PUBLIC)


def test_just_the_one_that_was_asked_for_is_given(vendor, house, rows):
    own_keys = [key(vendor, number) for number in (1, 2)]
    first, second = rows
    ann = actor(lead("Ann", house))
    for row in rows:
        assert access.delivery(ann, row.public_id.lower()) == row
    for row in own_keys:
        assert access.client_key(actor(lead(f"L{row.pk}", vendor)), row.public_id) == row
    other = recipient(party("Other"))
    for row in (first.recipient, other):
        assert access.recipient(ann, row.public_id) == row
    bob = actor(lead("Bob", vendor))
    assert access.delivery_at(bob, second.path, digest=second.ciphertext_digest) == second
    for path, digest in (
        (first.path, second.ciphertext_digest),
        ("x/y", first.ciphertext_digest),
    ):
        with pytest.raises(NotFound):
            access.delivery_at(bob, path, digest=digest)


@pytest.mark.parametrize("id", ["", "x", "D-2026-999999", "D-2025-000001", "RC-2026-000001"])
def test_what_is_not_there_is_not_found(rows, id):
    for ask in (access.delivery, access.receipt, access.recipient, access.client_key):
        with pytest.raises(NotFound, match=f"There is no .* {id}"):
            ask(LOCAL, id)


def test_who_only_sees_a_key_does_not_revoke_it(vendor, house):
    mine = key(vendor)
    for who in (viewer(vendor), actor(lead("Ann", house))):
        assert access.client_keys(who).get() == mine
        with pytest.raises(NotPermitted, match="member of the party"):
            access.client_key(who, mine.public_id)
    access.client_key(actor(lead("Bob", vendor)), mine.public_id)


def test_it_takes_a_recipient_of_ones_own_that_still_is_one(vendor, rows):
    bob = actor(lead("Bob", vendor))
    all_of_bob = access.recipients(bob)
    access.demand_recipient(bob, all_of_bob, now=NOON)
    with pytest.raises(NotPermitted):
        access.demand_recipient(bob, all_of_bob, now=NOON + 30 * DAY)
    with pytest.raises(NotPermitted):
        access.demand_recipient(viewer(vendor), all_of_bob, now=NOON)
    with pytest.raises(NotPermitted):
        access.demand_recipient(bob, all_of_bob.none(), now=NOON)
    with pytest.raises(NotPermitted):
        access.demand_recipient(LOCAL, access.recipients(LOCAL), now=NOON)


def test_a_member_of_one_party_and_viewer_of_another_fetches_for_the_one_alone(vendor, rows):
    other = party("Other")
    eve = person("Eve")
    member(eve, other)
    member(eve, vendor, MemberRole.VIEWER)
    assert access.delivery(actor(eve), rows[0].public_id) == rows[0]
    for ask in (
        lambda: access.delivery_to_fetch(actor(eve), rows[0].public_id),
        lambda: access.delivery_at(actor(eve), rows[0].path, digest=rows[0].ciphertext_digest),
    ):
        with pytest.raises(NotPermitted, match="member of the party"):
            ask()
    both = person("Both")
    member(both, other, MemberRole.VIEWER)
    member(both, vendor)
    assert access.delivery_to_fetch(actor(both), rows[0].public_id) == rows[0]


def test_events_are_read_by_who_sees_the_thing_itself(vendor, house, rows):
    mine, theirs = key(vendor), key(party("Other"), 2)
    bob, ann, vi = actor(lead("Bob", vendor)), actor(lead("Ann", house)), viewer(house)
    to = rows[0].recipient.public_id
    for kind, own in (
        ("clientkey", mine.public_id),
        ("recipient", to),
        ("delivery", rows[0].public_id),
    ):
        event = about(kind, own)
        assert access.may_read_event(bob, event, NOON) and access.may_read_event(ann, event, NOON)
        assert not access.may_read_event(vi, event, NOON)
        absent = about(kind, f"{own[:-1]}99")
        assert not access.may_read_event(bob, absent, NOON)
        assert not access.may_read_event(ann, absent, NOON)
    assert not access.may_read_event(bob, about("clientkey", theirs.public_id), NOON)
    assert not access.may_read_event(ann, about("other", mine.public_id), NOON)
    assert access.may_read_event(viewer(vendor), about("clientkey", mine.public_id), NOON)


def test_the_house_sees_deliveries_of_the_cases_that_it_knows_now(house, rows, case):
    ann = lead("Ann", house)
    assert access.deliveries(actor(ann)).count() == 2
    read_ins.bar(case, ann, reason="Conflict.", by=LOCAL, now=NOON)
    assert access.deliveries(actor(ann)).count() == 0
    assert access.deliveries(LOCAL).count() == 2


def test_another_case_that_one_knows_opens_nothing(house, rows, case):
    ann = lead("Ann", house)
    other = proven_case(7)
    read_ins.bar(case, ann, reason="Conflict.", by=LOCAL, now=NOON)
    assert tier_of(actor(ann), other, now=NOON) is not None
    assert access.deliveries(actor(ann)).count() == 0


def test_what_one_knew_once_one_does_not_know_for_ever(house, case):
    stranger = party("Stranger")
    read_ins.read_in(
        case, stranger, Tier.T2, reason="So.", until=NOON + 5 * DAY, by=LOCAL, now=NOON
    )
    row = made(case, recipient(stranger))
    eve = actor(lead("Eve", stranger))
    assert access.delivery(eve, row.public_id, now=NOON + 4 * DAY) == row
    assert not access.deliveries(eve, now=NOON + 6 * DAY).exists()
