"""The first run: a secret on the terminal makes the house and its administrator, once."""

import stat

import pytest

from seawall.parties.first_run import setup_secret
from seawall.parties.models import Membership, Party, Person

PASSWORD = "four plain words suffice here"
FORM = {
    "house": "House CERT",
    "name": "Ada",
    "email": "Ada@Example.org",
    "password": PASSWORD,
    "again": PASSWORD,
}


@pytest.fixture
def secret(home, db, settings) -> str:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return setup_secret(home)


def test_the_secret_is_the_owners_file_and_stays_the_same_until_used(home, secret):
    file = home / "setup.token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert setup_secret(home) == secret
    assert len(secret) >= 40


def test_the_set_up_makes_the_house_and_its_administrator_and_signs_in(client, secret):
    assert client.get(f"/setup/{secret}").status_code == 200
    done = client.post(f"/setup/{secret}", FORM)
    assert (done.status_code, done["Location"]) == (303, "/welcome")
    own = Membership.objects.get()
    assert (own.party.name, own.party.is_house, own.role, own.is_admin) == (
        "House CERT",
        True,
        "lead",
        True,
    )
    assert own.person.email == "ada@example.org"
    text = client.get("/welcome").content.decode()
    assert "Nothing is published before it is known who publishes here" in text
    assert client.get("/admin").status_code == 200


def test_nobody_gets_in_without_the_secret(client, secret):
    assert client.get("/setup").status_code == 200
    for wrong in ("x", secret[:-1], secret + "x", "setup.token"):
        assert client.get(f"/setup/{wrong}").status_code == 404
        assert client.post(f"/setup/{wrong}", FORM).status_code == 404
        assert client.post(f"/setup/{wrong}/options").status_code == 404
    assert Person.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_after_the_set_up_there_is_no_set_up(client, secret, home):
    client.post(f"/setup/{secret}", FORM)
    assert not (home / "setup.token").exists()
    assert setup_secret(home) is None
    (home / "setup.token").write_text(secret)
    for address in ("/setup", f"/setup/{secret}", "/setup/x"):
        assert client.get(address).status_code == 404
    assert client.post(f"/setup/{secret}", FORM).status_code == 404
    assert Person.objects.count() == 1
    assert setup_secret(home) is None
    assert not (home / "setup.token").exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"password": "short", "again": "short"}, "too short"),
        ({"again": "something else entirely"}, "The two do not agree."),
        ({"email": "ada"}, "Enter a valid email address."),
        ({"house": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(client, secret, change, sentence):
    response = client.post(f"/setup/{secret}", FORM | change)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert (Person.objects.count(), Party.objects.count()) == (0, 0)
    assert client.get(f"/setup/{secret}").status_code == 200


def test_the_sign_in_page_says_that_nobody_has_an_account(client, secret):
    assert "Nobody has an account here yet." in client.get("/sign-in").content.decode()


def test_what_comes_next_is_for_the_administrator(visit):
    visit("nobody").get("/welcome", status=303)
    visit("finder").get("/welcome", status=403)
    visit("admin").get("/welcome")
