"""Sessions: what ends one ends it everywhere, at once."""

from datetime import timedelta

import pytest

from parties.members import DAY, GOOD, HOUR, LIVES, MINUTE, NOON, actor, lead, member, party, person
from seawall.parties import passwords, people, sign_ins
from seawall.parties.models import Person, SignIn
from seawall.parties.session_store import SessionStore
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL

pytestmark = pytest.mark.django_db
KEY = "a-session-key"


@pytest.fixture
def house():
    return party("House", house=True)


@pytest.fixture
def ann(house):
    lead("Other admin", house, admin=True)
    return lead("Ann", house, admin=True, password=GOOD)


def begin(who: Person, key: str = KEY) -> SignIn:
    return sign_ins.begin(
        who,
        session_key=key,
        how=SignIn.How.PASSWORD,
        agent="Firefox\x1b[0m",
        address="192.0.2.1",
        lives=LIVES,
        now=NOON,
    )


def present(who: Person, *, at=NOON, key: str = KEY):
    return sign_ins.present(key, auth_hash=who.get_session_auth_hash(), lives=LIVES, now=at)


def holds(who: Person, *, at=NOON) -> bool:
    """Whether an open stream that began with the seats of `who` as given goes on."""
    return sign_ins.still_holds(
        KEY, seats=frozenset(who.seats_then), epoch=who.session_epoch, now=at
    )


def test_a_session_knows_its_person_with_their_seats(ann, house):
    begin(ann)
    found = present(ann)
    assert found.person == ann
    assert [seat.party for seat in found.actor.seats] == [house.pk]
    assert found.sign_in.agent == "Firefox [0m"


def test_only_the_digest_of_the_key_is_kept(ann):
    begin(ann)
    assert KEY.encode() not in bytes(SignIn.objects.get().digest)
    assert sign_ins.present("other", auth_hash="", lives=LIVES, now=NOON) is None


def end_by_sign_out(ann):
    sign_ins.end(ann, SignIn.objects.get().public_id, by=LOCAL, now=NOON)


def end_by_end_of_all(ann):
    sign_ins.end_all(ann, by=LOCAL, now=NOON)


def end_by_deactivation(ann):
    people.set_person_active(ann, False, by=LOCAL, now=NOON)


def end_by_new_password(ann):
    passwords.set_password(ann, "another long pass phrase", by=LOCAL, now=NOON)


def end_by_epoch(ann):
    Person.objects.filter(pk=ann.pk).update(session_epoch=ann.session_epoch + 1)


def end_by_raw_deactivation(ann):
    """Whatever else happens to a deactivated person's rows."""
    Person.objects.filter(pk=ann.pk).update(is_active=False)


@pytest.mark.parametrize(
    "end",
    [
        end_by_sign_out,
        end_by_end_of_all,
        end_by_deactivation,
        end_by_new_password,
        end_by_epoch,
        end_by_raw_deactivation,
    ],
)
def test_what_ends_a_session_is_seen_by_the_next_request_and_by_open_streams(ann, end):
    begin(ann)
    ann.seats_then = actor(ann).seats
    assert present(ann) is not None
    assert holds(ann)
    end(ann)
    assert present(ann) is None
    assert not holds(ann)


def end_of_membership(ann):
    people.end_member(ann.memberships.get(), by=LOCAL, now=NOON)


def lesser_role(ann):
    people.change_member(
        ann.memberships.get(), role=MemberRole.VIEWER, is_admin=True, by=LOCAL, now=NOON
    )


@pytest.mark.parametrize("change", [end_of_membership, lesser_role])
def test_a_changed_membership_ends_streams_and_changes_the_next_request(ann, change):
    begin(ann)
    ann.seats_then = actor(ann).seats
    change(ann)
    assert not holds(ann)
    assert present(ann).actor.seats != ann.seats_then


def test_a_deactivated_party_ends_streams_and_gives_no_seat(ann):
    vendor = party("Vendor")
    bob = lead("Bob", vendor)
    begin(bob, "bobs-key")
    seats = frozenset(actor(bob).seats)
    people.set_party_active(vendor, False, by=LOCAL, now=NOON)
    assert not sign_ins.still_holds("bobs-key", seats=seats, epoch=0, now=NOON)
    assert present(bob, key="bobs-key").actor.seats == ()


def test_streams_are_checked_with_one_query(ann, django_assert_num_queries):
    begin(ann)
    ann.seats_then = actor(ann).seats
    with django_assert_num_queries(1):
        assert holds(ann)


def test_a_session_ends_when_it_idles_too_long(ann):
    begin(ann)
    assert present(ann, at=NOON + LIVES.idle - MINUTE) is not None
    assert present(ann, at=NOON + 2 * LIVES.idle) is None


def test_use_keeps_a_session_but_not_beyond_its_whole_life(ann):
    begin(ann)
    at = NOON
    while at < NOON + LIVES.whole - HOUR:
        at += HOUR
        assert present(ann, at=at) is not None
    assert present(ann, at=NOON + LIVES.whole) is None


def test_use_is_noted_to_the_minute(ann, django_assert_num_queries):
    begin(ann)
    with django_assert_num_queries(2):  # the session and the seats
        present(ann, at=NOON + timedelta(seconds=59))
    present(ann, at=NOON + MINUTE)
    assert SignIn.objects.get().seen_at == NOON + MINUTE


def test_others_sessions_stay_when_one_ends(ann, house):
    bob = person("Bob")
    member(bob, house)
    begin(ann)
    begin(bob, "bobs-key")
    assert not sign_ins.end(ann, SignIn.objects.get(person=bob).public_id, by=LOCAL, now=NOON)
    sign_ins.end_all(ann, by=LOCAL, now=NOON)
    assert present(bob, key="bobs-key") is not None


def test_a_proof_of_who_one_is_is_fresh_for_five_minutes(ann):
    row = begin(ann)
    assert present(ann).is_fresh(NOON + 4 * MINUTE)
    assert not present(ann).is_fresh(NOON + 5 * MINUTE)
    sign_ins.confirm(row, now=NOON + HOUR)
    assert present(ann, at=NOON + HOUR).is_fresh(NOON + HOUR)


def test_the_table_of_sessions_holds_no_session_key():
    store = SessionStore()
    store["x"] = 1
    store.save()
    key = store.session_key
    row = store.model.objects.get()
    assert key not in (row.session_key, row.session_data)
    assert SessionStore(key)["x"] == 1
    assert SessionStore(row.session_key).get("x") is None
    store["x"] = 2
    store.save()
    assert SessionStore(key)["x"] == 2
    assert store.exists(key)
    store.cycle_key()
    assert SessionStore(key).get("x") is None
    assert SessionStore(store.session_key)["x"] == 2
    store.flush()
    assert store.model.objects.count() == 0


def test_sessions_that_are_too_old_are_empty():
    store = SessionStore()
    store["x"] = 1
    store.set_expiry(-DAY.total_seconds())
    store.save()
    assert SessionStore(store.session_key).get("x") is None
