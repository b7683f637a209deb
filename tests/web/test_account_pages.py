"""One's own account: sessions, tokens, ways to sign in, leaving a party."""

import re

import pytest
from django.utils import timezone

from seawall.parties import access, passwords
from seawall.parties.models import ApiToken, Passkey, Person, SignIn
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL
from web.people import Visitor, member, party, visitor
from web.told import told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cheap_hashes(home, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ann() -> Visitor:
    house = party("House CERT", "coordinator", is_house=True)
    return visitor(member(house, "Ann", MemberRole.LEAD))


def token_form(who: Visitor, **more) -> dict:
    own = access.memberships_of(who.person)[0].pk
    return {"label": "scanner", "membership": own, "scopes": ["read"], "days": 30} | more


def passkey(of: Person, label: str = "laptop") -> Passkey:
    return Passkey.objects.create(
        person=of,
        credential_id=label.encode(),
        public_key=b"k",
        user_handle=b"h",
        label=label,
        made_at=timezone.now(),
    )


def test_a_token_is_shown_once_and_works(ann, client):
    made = ann.client.post("/account/tokens", token_form(ann))
    text = re.search(r"swl_[0-9a-f]+_[A-Za-z0-9_-]+", made.content.decode())[0]
    assert made["Cache-Control"] == "no-store"
    assert text.split("_")[2] not in ann.get("/account")
    assert (
        client.get("/api/v1/cases", headers={"Authorization": f"Bearer {text}"}).status_code == 200
    )
    ann.post(f"/account/tokens/{ApiToken.objects.get().key}/end")
    assert (
        client.get("/api/v1/cases", headers={"Authorization": f"Bearer {text}"}).status_code == 401
    )


def test_a_token_for_somebody_elses_membership_is_not_made(ann, visit):
    vera = visit("vendor")
    other = access.memberships_of(ann.person)[0].pk
    vera.post("/account/tokens", token_form(vera, membership=other), status=422)
    assert ApiToken.objects.count() == 0


def test_a_viewers_token_that_would_submit_is_refused_with_words(visit):
    vito = visit("viewer")
    form = token_form(vito, scopes=["read", "submit"])
    refused = vito.post("/account/tokens", form, status=422).content.decode()
    assert "A viewer cannot own a token for: submit." in refused


def test_somebody_elses_token_is_like_none(ann, visit):
    ann.post("/account/tokens", token_form(ann), status=200)
    vera, key = visit("vendor"), ApiToken.objects.get().key
    there = vera.client.post(f"/account/tokens/{key}/end")
    absent = vera.client.post("/account/tokens/nothing/end")
    assert (there.status_code, absent.status_code) == (404, 404)
    assert told(there).replace(key, "nothing") == told(absent)
    assert ApiToken.objects.get().revoked_at is None


def test_another_session_is_ended_from_here(ann):
    other = visitor(ann.person)
    assert ann.get("/account").count("Sign out</button>") >= 1
    id = SignIn.objects.order_by("-pk").first().public_id
    ann.post(f"/account/sessions/{id}/end")
    other.get("/account", status=303)
    ann.get("/account")


def test_all_other_sessions_are_ended(ann):
    others = [visitor(ann.person) for _ in range(2)]
    ann.post("/account/sessions/end")
    for other in others:
        other.get("/account", status=303)
    ann.get("/account")


def test_ending_this_session_is_signing_out(ann):
    ann.post(f"/account/sessions/{SignIn.objects.get().public_id}/end")
    ann.get("/account", status=303)


def test_somebody_elses_session_is_not_ended(ann, visit):
    vera = visit("vendor")
    id = SignIn.objects.get(person=ann.person).public_id
    vera.post(f"/account/sessions/{id}/end", status=404)
    ann.get("/account")


def test_the_only_way_to_sign_in_is_not_removed(ann):
    key = passkey(ann.person)
    ann.post(f"/account/passkeys/{key.public_id}/remove")
    assert "This is your only way to sign in" in ann.get("/account")
    assert Passkey.objects.count() == 1
    passkey(ann.person, "phone")
    ann.post(f"/account/passkeys/{key.public_id}/remove")
    assert [each.label for each in Passkey.objects.all()] == ["phone"]


def test_somebody_elses_passkey_is_not_removed(ann, visit):
    key, vera = passkey(ann.person), visit("vendor")
    passwords.set_password(vera.person, "four plain words suffice", by=LOCAL, now=timezone.now())
    signed_in = visitor(Person.objects.get(pk=vera.person.pk))
    signed_in.post(f"/account/passkeys/{key.public_id}/remove", status=404)
    assert Passkey.objects.count() == 1


def test_a_passkey_that_answers_nothing_is_not_kept(ann):
    ann.post("/account/passkeys/options", status=200)
    for answer in ("", "x", "{}", '{"rawId": "AAAA", "response": {"clientDataJSON": "x"}}'):
        ann.post("/account/passkeys", {"credential": answer})
    assert Passkey.objects.count() == 0


def test_leaving_a_party_ends_what_it_gave(ann, visit):
    fina = visit("finder")
    own = access.memberships_of(fina.person)[0]
    fina.post(f"/account/leave/{own.pk}")
    assert "You are in no party" in fina.get("/account")


def test_nobody_leaves_for_another(ann, visit):
    own = access.memberships_of(ann.person)[0]
    visit("vendor").post(f"/account/leave/{own.pk}", status=404)
    assert access.memberships_of(ann.person) == [own]


def test_the_language_of_mails_is_kept(ann):
    ann.post("/account/language", {"language": "es"})
    ann.post("/account/language", {"language": "tlh"})
    assert Person.objects.get().language == "es"


@pytest.mark.parametrize("page", ["/account", "/account/password", "/account/passkeys"])
def test_the_account_is_for_who_signed_in(client, home, page):
    assert client.get(page).status_code == 303


def test_the_account_costs_as_many_queries_for_one_as_for_three(ann, count_queries):
    passkey(ann.person)
    ann.post("/account/tokens", token_form(ann), status=200)
    ann.get("/account")
    once = count_queries(lambda: ann.get("/account"))
    for number in (2, 3):
        passkey(ann.person, str(number))
        ann.post("/account/tokens", token_form(ann), status=200)
        visitor(ann.person)
        member(party(f"Party {number}"), f"Other{number}")
    assert count_queries(lambda: ann.get("/account")) == once
