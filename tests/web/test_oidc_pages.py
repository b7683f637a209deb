"""OpenID Connect against a real provider in its own process: sign-in, linking, joining, attacks."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from seawall.outbound.client import Internal, Outbound
from seawall.parties import invitations, people
from seawall.parties.models import OidcIdentity, Person, SignIn
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL
from web.oidc_server import CLIENT_ID, CLIENT_SECRET
from web.people import member, party, visitor

pytestmark = pytest.mark.django_db
RETURN_TO = "http://testserver/sign-in/oidc/return"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("provider")
    program = Path(__file__).with_name("oidc_server.py")
    server = subprocess.Popen(
        [sys.executable, str(program), str(folder), RETURN_TO], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        yield json.loads(server.stdout.readline())["issuer"]
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


@pytest.fixture(autouse=True)
def _provider(issuer, settings, home, tmp_path) -> None:
    file = tmp_path / "client.secret"
    file.write_text(CLIENT_SECRET + "\n")
    settings.SEAWALL_OIDC_ISSUER = issuer
    settings.SEAWALL_OIDC_CLIENT_ID = CLIENT_ID
    settings.SEAWALL_OIDC_CLIENT_SECRET_FILE = str(file)
    settings.SEAWALL_OIDC_NAME = "Example ID"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def house():
    return party("House CERT", "coordinator", is_house=True)


@pytest.fixture
def pat(house, issuer) -> Person:
    """A member whose account is linked to the provider's first user."""
    made = member(house, "Pat", MemberRole.LEAD)
    OidcIdentity.objects.create(person=made, issuer=issuer, subject="1", made_at=timezone.now())
    return made


def at_provider(address: str, user: str) -> str:
    """What the provider answers to a browser in which `user` is signed in there: the address to
    return to."""
    parts = urlsplit(address)
    client = Outbound(internal=[Internal(host=parts.hostname, port=parts.port, plain=True)])
    answer = client.request("GET", address, headers={"X-Test-User": user})
    assert answer.status == 302, answer.body[:500]
    return answer.headers["location"]


def leave(client: Client, path: str = "/sign-in/oidc") -> str:
    """The address at the provider to which the page leads."""
    answer = client.get(path)
    assert answer.status_code == 302, answer["Location"]
    return answer["Location"]


def come_back(client: Client, address: str) -> str:
    """Follow the way back; gives where one is then."""
    assert address.startswith(RETURN_TO)
    answer = client.get(address.removeprefix("http://testserver"))
    return answer["Location"]


def is_signed_in(client: Client) -> bool:
    return client.get("/account").status_code == 200


def test_a_linked_identity_signs_in(client, pat):
    leaving = leave(client, "/sign-in/oidc?next=/account")
    asked = parse_qs(urlsplit(leaving).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["openid email profile"]
    assert come_back(client, at_provider(leaving, "pat")) == "/account"
    assert is_signed_in(client)
    assert SignIn.objects.get().how == "oidc"


def test_the_button_is_offered(client, pat):
    assert "Sign in with Example ID" in client.get("/sign-in").content.decode()


def test_an_address_alone_links_nothing(client, house):
    """Sam has an account here with the very address that the provider tells."""
    sam = member(house, "Sam")
    assert sam.email == "sam@example.org"
    assert come_back(client, at_provider(leave(client), "sam")) == "/sign-in"
    assert "No account here belongs to this identity." in client.get("/sign-in").content.decode()
    assert not is_signed_in(client)
    assert OidcIdentity.objects.count() == 0


def test_a_deactivated_person_does_not_sign_in(client, pat):
    people.set_person_active(pat, False, by=LOCAL, now=timezone.now())
    assert come_back(client, at_provider(leave(client), "pat")) == "/sign-in"
    assert not is_signed_in(client)


def test_a_state_of_another_browser_is_refused(client, pat):
    """The attacker's own way back, opened in the victim's browser."""
    attacker = Client()
    way_back = at_provider(leave(attacker), "pat")
    assert come_back(client, way_back) == "/sign-in"
    leave(client)
    assert come_back(client, way_back) == "/sign-in"
    assert not is_signed_in(client)


def test_a_way_back_works_once(client, pat):
    way_back = at_provider(leave(client), "pat")
    assert come_back(client, way_back) == "/"
    client.post("/sign-out")
    assert come_back(client, way_back) == "/sign-in"
    assert not is_signed_in(client)


def test_a_code_that_was_used_is_refused_by_the_provider(client, pat):
    """The code, replayed with the right state of a new flow, lacks that flow's PKCE verifier."""
    used = parse_qs(urlsplit(at_provider(leave(client), "pat")).query)["code"][0]
    state = parse_qs(urlsplit(leave(client)).query)["state"][0]
    assert come_back(client, f"{RETURN_TO}?code={used}&state={state}") == "/sign-in"
    assert not is_signed_in(client)


def test_what_took_too_long_is_refused(client, pat, monkeypatch):
    from datetime import timedelta

    from seawall.web import sign_in_flow

    way_back = at_provider(leave(client), "pat")
    later = timezone.now() + timedelta(minutes=11)
    monkeypatch.setattr(sign_in_flow.timezone, "now", lambda: later)
    assert come_back(client, way_back) == "/sign-in"


def test_an_answer_of_another_provider_is_refused(client, pat):
    way_back = at_provider(leave(client), "pat")
    assert come_back(client, f"{way_back}&iss=https://evil.example") == "/sign-in"
    assert not is_signed_in(client)


def test_a_refusal_at_the_provider_is_told(client, pat):
    state = parse_qs(urlsplit(leave(client)).query)["state"][0]
    back = f"{RETURN_TO}?error=access_denied&state={state}"
    assert come_back(client, back) == "/sign-in"
    assert "the provider did not sign you in" in client.get("/sign-in").content.decode()


def test_an_account_is_linked_by_its_owner_and_unlinked(house, issuer):
    sam = visitor(member(house, "Sam"))
    way_back = at_provider(leave(sam.client, "/account/oidc/link"), "sam")
    assert come_back(sam.client, way_back) == "/account"
    assert OidcIdentity.objects.get().person == sam.person
    other = Client()
    assert come_back(other, at_provider(leave(other), "sam")) == "/"
    assert is_signed_in(other)
    sam.post("/account/oidc/unlink")
    assert OidcIdentity.objects.count() == 0


def test_an_identity_belongs_to_one_account(house, pat):
    sam = visitor(member(house, "Sam"))
    way_back = at_provider(leave(sam.client, "/account/oidc/link"), "pat")
    assert come_back(sam.client, way_back) == "/account"
    assert OidcIdentity.objects.get().person == pat


def test_a_link_that_another_person_began_is_not_finished(house):
    """Somebody signs in as another between leaving and coming back."""
    sam, kim = visitor(member(house, "Sam")), member(house, "Kim")
    way_back = at_provider(leave(sam.client, "/account/oidc/link"), "sam")
    session = sam.client.session
    flow = session["flow:oidc"] | {"intent": {"link": kim.pk}}
    session["flow:oidc"] = flow
    session.save()
    assert come_back(sam.client, way_back) == "/sign-in"
    assert OidcIdentity.objects.count() == 0


def test_an_invitation_is_taken_up_with_the_identity(client, house, issuer):
    made = invitations.invite(
        email="new@example.org",
        party=house,
        role=MemberRole.MEMBER,
        is_admin=False,
        by=LOCAL,
        now=timezone.now(),
    )
    way_back = at_provider(leave(client, f"/join/{made.secret}/oidc"), "sam")
    assert come_back(client, way_back) == "/"
    assert is_signed_in(client)
    joined = OidcIdentity.objects.get(issuer=issuer, subject="2").person
    assert (joined.email, joined.name, joined.has_usable_password()) == (
        "new@example.org",
        "Sam",
        False,
    )
    assert [each.party for each in joined.memberships.all()] == [house]


def test_without_a_provider_there_is_nothing(client, settings):
    settings.SEAWALL_OIDC_ISSUER = ""
    assert client.get("/sign-in/oidc").status_code == 404
    assert client.get("/sign-in/oidc/return?code=x&state=y").status_code == 404


def test_a_provider_that_does_not_answer_is_told(client, settings):
    settings.SEAWALL_OIDC_ISSUER = "http://127.0.0.1:9/o"
    assert client.get("/sign-in/oidc")["Location"] == "/sign-in"
    assert "the provider cannot be reached" in client.get("/sign-in").content.decode()
