"""Local accounts: passwords that are good enough, tries that are slowed, links that work once."""

import pytest

from parties.members import DAY, GOOD, HOUR, MINUTE, NOON, actor, lead, member, party, person
from seawall.ledger.models import Event
from seawall.parties import passwords, people, throttling
from seawall.parties.access import NotPermitted, holder_of
from seawall.parties.actions import issue_token
from seawall.parties.models import Attempts, OidcIdentity, Passkey, Person, ResetLink, Scope
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput

pytestmark = pytest.mark.django_db


def check(password: str, *, email="ann@x.example", address="192.0.2.1", known=False, at=NOON):
    return passwords.check(
        email=email, password=password, address=address, known_device=known, now=at
    )


@pytest.fixture
def ann():
    return person("Ann", password=GOOD)


def test_the_right_password_finds_its_person_whatever_the_case_of_the_address(ann):
    assert check(GOOD, email=" Ann@X.example ") == ann


@pytest.mark.parametrize("email", ["ann@x.example", "nobody@x.example"])
def test_what_is_wrong_is_not_said(ann, email):
    with pytest.raises(passwords.WrongPassword) as raised:
        check("wrong", email=email)
    assert str(raised.value) == ""


def test_a_deactivated_person_and_one_without_a_password_are_like_nobody(ann):
    person("Keyless")
    Person.objects.filter(pk=ann.pk).update(is_active=False)
    for email, password in [("ann@x.example", GOOD), ("keyless@x.example", "")]:
        with pytest.raises(passwords.WrongPassword):
            check(password, email=email)


@pytest.mark.parametrize("email", ["ann@x.example", "nobody@x.example", "keyless@x.example"])
def test_each_try_costs_one_hash_whoever_it_is(ann, email, monkeypatch):
    from django.contrib.auth import hashers

    person("Keyless")
    made: list[str] = []
    encode = hashers.MD5PasswordHasher.encode
    monkeypatch.setattr(
        hashers.MD5PasswordHasher, "encode", lambda *a: made.append("hash") or encode(*a)
    )
    with pytest.raises(passwords.WrongPassword):
        check("wrong", email=email)
    assert made == ["hash"]


def test_hashes_are_made_with_scrypt(dear_hashes, ann):
    ann.set_password(GOOD)
    assert ann.password.startswith("scrypt$")


@pytest.mark.parametrize("password", ["short", "q1w2e3r4t5y6", "123456789012345", "ann@x.example"])
def test_a_password_that_is_too_easy_is_refused(ann, password):
    with pytest.raises(BadInput):
        passwords.set_password(ann, password, by=LOCAL, now=NOON)


def test_guessing_from_one_address_is_slowed(ann):
    for _ in range(5):
        with pytest.raises(passwords.WrongPassword):
            check("wrong")
    with pytest.raises(throttling.TooManyTries, match="wait 60 seconds"):
        check(GOOD)
    assert check(GOOD, at=NOON + MINUTE) == ann


def test_a_guesser_does_not_keep_the_owner_out_elsewhere(ann):
    for _ in range(5):
        with pytest.raises(passwords.WrongPassword):
            check("wrong", address="203.0.113.9")
    assert check(GOOD, address="192.0.2.1") == ann


def test_a_crowd_of_guessers_does_not_keep_out_a_device_that_signed_in_before(ann):
    for n in range(20):
        with pytest.raises(passwords.WrongPassword):
            check("wrong", address=f"203.0.113.{n}")
    with pytest.raises(throttling.TooManyTries):
        check(GOOD, address="192.0.2.1")
    assert check(GOOD, address="192.0.2.1", known=True) == ann


def test_an_address_that_guesses_at_many_accounts_is_slowed():
    for n in range(50):
        with pytest.raises(passwords.WrongPassword):
            check("wrong", email=f"p{n}@x.example")
    with pytest.raises(throttling.TooManyTries):
        check("wrong", email="another@x.example")


def test_a_network_of_ipv6_addresses_is_one(ann):
    for n in range(5):
        with pytest.raises(passwords.WrongPassword):
            check("wrong", address=f"2001:db8::{n:x}")
    with pytest.raises(throttling.TooManyTries):
        check(GOOD, address="2001:db8::ffff")


def test_right_tries_fill_no_bucket(ann):
    for _ in range(30):
        assert check(GOOD) == ann


def test_unknown_accounts_are_slowed_just_as_known_ones(ann):
    for email in ("ann@x.example", "nobody@x.example"):
        for _ in range(5):
            with pytest.raises(passwords.WrongPassword):
                check("wrong", email=email, address=f"192.0.2.{len(email)}")
        with pytest.raises(throttling.TooManyTries, match="wait 60 seconds"):
            check("wrong", email=email, address=f"192.0.2.{len(email)}")


def test_buckets_say_nothing_of_whom_they_count_and_are_forgotten(ann):
    with pytest.raises(passwords.WrongPassword):
        check("wrong")
    assert all(len(row.key) == 64 for row in Attempts.objects.all())
    check(GOOD, email="ann@x.example", at=NOON + 2 * DAY)
    assert not Attempts.objects.filter(at__lt=NOON + DAY).exists()


def test_a_reset_link_sets_a_password_once(ann):
    made = passwords.make_reset_link(ann, by=LOCAL, now=NOON)
    passwords.use_reset_link(made.secret, "another long pass phrase", now=NOON)
    assert check("another long pass phrase") == ann
    with pytest.raises(passwords.LinkUnusable):
        passwords.use_reset_link(made.secret, "a third long pass phrase", now=NOON)


def test_a_reset_link_ends_after_a_day_by_a_newer_one_and_with_the_account(ann):
    first = passwords.make_reset_link(ann, by=LOCAL, now=NOON)
    with pytest.raises(passwords.LinkUnusable):
        passwords.reset_person(first.secret, now=NOON + DAY)
    second = passwords.make_reset_link(ann, by=LOCAL, now=NOON)
    with pytest.raises(passwords.LinkUnusable):
        passwords.reset_person(first.secret, now=NOON)
    assert passwords.reset_person(second.secret, now=NOON) == ann
    people.set_person_active(ann, False, by=LOCAL, now=NOON)
    with pytest.raises(passwords.LinkUnusable):
        passwords.reset_person(second.secret, now=NOON)


def test_after_a_reset_the_new_password_is_the_only_way_in(ann):
    """An administrator of another party can have made the account in Ann's name."""
    mine = member(ann, party("Vendor"))
    token = issue_token(
        label="x", scopes=[Scope.READ], life=DAY, by=LOCAL, now=NOON, membership=mine
    )
    Passkey.objects.create(
        person=ann,
        credential_id=b"1",
        public_key=b"2",
        user_handle=b"3",
        label="not hers",
        made_at=NOON,
    )
    OidcIdentity.objects.create(person=ann, issuer="https://x", subject="1", made_at=NOON)
    made = passwords.make_reset_link(ann, by=LOCAL, now=NOON)
    with pytest.raises(BadInput):
        passwords.use_reset_link(made.secret, "short", now=NOON)
    assert ann.passkeys.exists() and holder_of(token.text, now=NOON)
    passwords.use_reset_link(made.secret, "another long pass phrase", now=NOON)
    assert not ann.passkeys.exists() and not ann.oidc_identities.exists()
    assert holder_of(token.text, now=NOON) is None
    assert Event.objects.filter(what="person.reset").count() == 1


def test_too_easy_a_password_keeps_the_link(ann):
    made = passwords.make_reset_link(ann, by=LOCAL, now=NOON)
    with pytest.raises(BadInput):
        passwords.use_reset_link(made.secret, "short", now=NOON)
    assert passwords.reset_person(made.secret, now=NOON + HOUR) == ann


def test_only_the_digest_of_a_link_is_kept_and_the_ledger_knows_no_secret(ann):
    made = passwords.make_reset_link(ann, by=LOCAL, now=NOON)
    assert made.secret.encode() not in bytes(ResetLink.objects.get().digest)
    assert made.secret not in repr(made)
    told = "".join(Event.objects.values_list("entry", flat=True))
    assert "person.reset_link_made" in told
    assert made.secret not in told
    assert "ann@x.example" not in told


def test_an_administrator_takes_over_nobody_who_is_in_another_party_too(ann):
    party("House", house=True)
    vendor, other = party("Vendor"), party("Other")
    boss = lead("Boss", vendor, admin=True)
    member(ann, vendor)
    assert passwords.make_reset_link(ann, by=actor(boss), now=NOON).secret
    joined = member(ann, other, MemberRole.VIEWER)
    with pytest.raises(NotPermitted, match="every party"):
        passwords.make_reset_link(ann, by=actor(boss), now=NOON)
    people.end_member(joined, by=LOCAL, now=NOON)
    assert passwords.make_reset_link(ann, by=actor(boss), now=NOON).secret


def test_a_link_made_before_its_person_joined_another_party_opens_nothing_there(ann):
    """Else one party's administrator could keep a link and become a member of the other."""
    party("House", house=True)
    vendor, other = party("Vendor"), party("Other")
    boss = lead("Boss", vendor, admin=True)
    member(ann, vendor)
    made = passwords.make_reset_link(ann, by=actor(boss), now=NOON)
    joined = member(ann, other)
    with pytest.raises(passwords.LinkUnusable):
        passwords.reset_person(made.secret, now=NOON)
    with pytest.raises(passwords.LinkUnusable):
        passwords.use_reset_link(made.secret, "another long pass phrase", now=NOON)
    people.end_member(joined, by=LOCAL, now=NOON)
    people.end_member(boss.memberships.get(), by=LOCAL, now=NOON)
    with pytest.raises(passwords.LinkUnusable):
        passwords.reset_person(made.secret, now=NOON)


def test_nobody_makes_a_link_for_somebody_in_no_party_or_elsewhere(ann):
    boss = lead("Boss", party("Vendor"), admin=True)
    colleague = lead("Colleague", boss.memberships.get().party)
    with pytest.raises(NotPermitted):
        passwords.make_reset_link(ann, by=actor(boss), now=NOON)
    with pytest.raises(NotPermitted):
        passwords.make_reset_link(boss, by=actor(colleague), now=NOON)
