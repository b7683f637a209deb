"""Signing in and out, one-time links, proving again who one is."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from seawall.parties import invitations, passwords, people, sign_ins
from seawall.parties.access import actor_of
from seawall.parties.models import Person, SignIn
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL
from seawall.web.who import still_valid
from web.people import Visitor, member, party, visitor

PASSWORD = "four plain words suffice here"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cheap_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def house(home):
    return party("House CERT", "coordinator", is_house=True)


@pytest.fixture
def ann(house) -> Person:
    made = member(house, "Ann", MemberRole.LEAD)
    return passwords.set_password(made, PASSWORD, by=LOCAL, now=timezone.now())


def sign_in(client: Client, *, email="ann@example.org", password=PASSWORD, **more):
    return client.post("/sign-in", {"email": email, "password": password} | more)


def cookie(client: Client) -> str:
    return client.cookies["seawall_session"].value


def test_signing_in_leads_to_the_page_that_was_asked_for(client, ann):
    asked = client.get("/account")
    assert (asked.status_code, asked["Location"]) == (303, "/sign-in?next=%2Faccount")
    done = sign_in(client, next="/account")
    assert (done.status_code, done["Location"]) == (303, "/account")
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("next", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_nobody_is_led_elsewhere(client, ann, next):
    assert sign_in(client, next=next)["Location"] == "/"


def test_an_unknown_address_and_a_wrong_password_get_the_same_page(client, ann):
    def told(**given):
        response = sign_in(client, **given)
        assert response.status_code == 422
        text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", response.content.decode())
        return text.replace("ann@example.org", "…").replace("nobody@example.org", "…")

    assert told(password="wrong") == told(email="nobody@example.org", password="wrong")
    assert "do not belong together" in told(password="wrong")


def test_the_cookie_of_a_session_is_for_the_server_alone(client, ann):
    sign_in(client)
    made = client.cookies["seawall_session"]
    assert (made["httponly"], made["samesite"], made["path"]) == (True, "Lax", "/")


def test_over_tls_all_cookies_are_bound_to_this_host():
    import os
    import subprocess
    import sys

    code = (
        "import django; django.setup(); from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_NAME,"
        " s.CSRF_COOKIE_SECURE)"
    )
    environment = os.environ | {"SEAWALL_ORIGIN": "https://seawall.example"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [
        "__Host-seawall_session",
        "True",
        "__Host-seawall_form",
        "True",
    ]


def test_a_session_that_was_planted_is_not_the_one_that_is_signed_in(client, ann):
    client.post("/sign-in/passkey/options")
    planted = cookie(client)
    sign_in(client)
    assert cookie(client) != planted
    other = Client()
    other.cookies["seawall_session"] = planted
    assert other.get("/account").status_code == 303


def test_signing_out_ends_the_session_not_only_the_cookie(client, ann):
    sign_in(client)
    kept = cookie(client)
    assert client.post("/sign-out").status_code == 303
    thief = Client()
    thief.cookies["seawall_session"] = kept
    assert thief.get("/account").status_code == 303
    assert SignIn.objects.get().ended_at is not None


def test_nobody_signs_out_by_following_a_link(client, ann):
    sign_in(client)
    assert client.get("/sign-out").status_code == 405
    assert client.get("/account").status_code == 200


def test_forms_from_elsewhere_are_refused(ann):
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict).status_code == 403


def test_the_api_knows_no_session(client, ann):
    sign_in(client)
    response = client.get("/api/v1/cases")
    assert response.status_code == 401
    assert "seawall_session" not in response.cookies


def ended(ann: Person) -> None:
    sign_ins.end_all(ann, by=LOCAL, now=timezone.now())


def deactivated(ann: Person) -> None:
    member(ann.memberships.get().party, "Other", MemberRole.LEAD, is_admin=True)
    people.set_person_active(ann, False, by=LOCAL, now=timezone.now())


def password_changed(ann: Person) -> None:
    passwords.set_password(ann, "another long pass phrase", by=LOCAL, now=timezone.now())


@pytest.mark.parametrize("end", [ended, deactivated, password_changed])
def test_revocation_is_seen_by_the_very_next_request(client, ann, end):
    sign_in(client)
    assert client.get("/account").status_code == 200
    end(ann)
    assert client.get("/account").status_code == 303


def test_a_request_that_goes_on_learns_that_its_session_ended(client, ann):
    sign_in(client)
    request = client.get("/account").wsgi_request
    assert still_valid(request)
    people.change_member(
        ann.memberships.get(), role=MemberRole.VIEWER, is_admin=False, by=LOCAL, now=timezone.now()
    )
    assert not still_valid(request)
    assert still_valid(Client().get("/").wsgi_request)


def test_too_many_tries_are_told_so_and_a_known_device_goes_on(client, ann):
    sign_in(client)
    client.post("/sign-out")
    stranger = Client()
    for _ in range(5):
        assert sign_in(stranger, password="wrong").status_code == 422
    response = sign_in(stranger)
    assert response.status_code == 429
    assert "Too many tries; wait" in response.content.decode()
    assert sign_in(client).status_code == 303


def test_a_known_device_is_known_for_its_own_account_only(client, ann, house):
    bob = member(house, "Bob")
    passwords.set_password(bob, PASSWORD, by=LOCAL, now=timezone.now())
    sign_in(client)
    client.post("/sign-out")
    for _ in range(5):
        sign_in(client, email="bob@example.org", password="wrong")
    assert sign_in(client, email="bob@example.org").status_code == 429


def test_a_link_sets_a_password_and_signs_in(client, ann):
    sign_in(other := Client())
    made = passwords.make_reset_link(ann, by=LOCAL, now=timezone.now())
    shown = client.get(f"/reset/{made.secret}")
    assert shown.status_code == 200
    assert (shown["Referrer-Policy"], shown["Cache-Control"]) == ("same-origin", "no-store")
    new = {"password": "another long pass phrase", "again": "another long pass phrase"}
    assert client.post(f"/reset/{made.secret}", new).status_code == 303
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 303
    assert Client().post(f"/reset/{made.secret}", new).status_code == 410


def test_two_different_passwords_keep_the_link(client, ann):
    made = passwords.make_reset_link(ann, by=LOCAL, now=timezone.now())
    typed = {"password": "another long pass phrase", "again": "something else entirely"}
    response = client.post(f"/reset/{made.secret}", typed)
    assert response.status_code == 422
    assert "The two do not agree." in response.content.decode()
    assert client.get(f"/reset/{made.secret}").status_code == 200


@pytest.mark.parametrize("kind", ["reset", "join"])
def test_a_link_that_never_was_is_like_one_that_is_used_up(client, ann, kind):
    assert client.get(f"/{kind}/nothing").status_code == 410
    assert client.post(f"/{kind}/nothing").status_code == 410


def invite(house, email="new@example.org"):
    made = invitations.invite(
        email=email,
        party=house,
        role=MemberRole.MEMBER,
        is_admin=False,
        by=LOCAL,
        now=timezone.now(),
    )
    return f"/join/{made.secret}"


def test_an_invitation_makes_an_account_and_signs_in(client, house):
    link = invite(house)
    assert "Join House CERT" in client.get(link).content.decode()
    typed = {"name": "New", "password": PASSWORD, "again": PASSWORD}
    assert client.post(link, typed).status_code == 303
    assert "House CERT" in client.get("/account").content.decode()


def test_who_has_an_account_signs_in_to_join(client, ann, house):
    vendor = party("Pallets", "vendor")
    link = invite(vendor, "ann@example.org")
    typed = {"name": "Impostor", "password": PASSWORD, "again": PASSWORD}
    response = client.post(link, typed)
    assert response["Location"] == f"/sign-in?next={link.replace('/', '%2F')}"
    ann_there = visitor(ann)
    assert "You are invited as member." in ann_there.get(link)
    ann_there.post(link)
    assert {seat.party for seat in actor_of(ann).seats} == {house.pk, vendor.pk}


def test_an_invitation_for_somebody_else_is_not_taken_up(ann, house):
    link = invite(party("Pallets", "vendor"))
    someone = visitor(ann)
    assert "This invitation is for new@example.org." in someone.get(link)
    someone.post(link)
    assert {seat.party for seat in actor_of(ann).seats} == {house.pk}


def stale(who: Visitor) -> None:
    SignIn.objects.filter(person=who.person).update(
        confirmed_at=timezone.now() - timedelta(minutes=6)
    )


def test_who_one_is_is_proved_again_with_the_password(ann):
    someone = visitor(ann)
    stale(someone)
    someone.get("/account/passkeys", status=303)
    someone.post("/confirm", {"password": "wrong"}, status=422)
    someone.get("/account/passkeys", status=303)
    done = someone.post("/confirm", {"password": PASSWORD, "next": "/account/passkeys"})
    assert done["Location"] == "/account/passkeys"
    someone.get("/account/passkeys")


def test_proving_by_guessing_is_slowed(ann):
    someone = visitor(ann)
    for _ in range(10):
        someone.post("/confirm", {"password": "wrong"}, status=422)
    assert (
        "Too many tries" in someone.post("/confirm", {"password": PASSWORD}, 422).content.decode()
    )


def test_a_new_password_takes_the_one_of_now_and_keeps_this_session_alone(client, ann):
    sign_in(client)
    other = visitor(ann)
    new = {"password": "another long pass phrase", "again": "another long pass phrase"}
    assert client.post("/account/password", new | {"current": "wrong"}).status_code == 422
    assert other.get("/account")
    before = cookie(client)
    assert client.post("/account/password", new | {"current": PASSWORD}).status_code == 303
    assert client.get("/account").status_code == 200
    assert cookie(client) != before
    other.get("/account", status=303)
