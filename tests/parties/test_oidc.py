"""ID tokens that lie: each is refused, and the same one without the lie is accepted."""

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from seawall.parties import oidc
from seawall.parties.oidc import Begun, OidcFailed, Provider

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BEGUN = Begun(address="", state="the-state", nonce="the-nonce", verifier="the-verifier")
RETURN_TO = "https://seawall.example/sign-in/oidc/return"
KEY = RSAKey.generate_key(2048, parameters={"kid": "1"}, auto_kid=False)
OTHER = RSAKey.generate_key(2048, parameters={"kid": "1"}, auto_kid=False)


class Forger(ThreadingHTTPServer):
    """A provider whose every answer the test chooses."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.metadata: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
        }
        self.keys = [KEY.as_dict(private=False)]
        self.id_token = ""
        self.asked: list[tuple[str, str]] = []

    @property
    def claims(self) -> dict[str, Any]:
        at = int(NOW.timestamp())
        return {
            "iss": self.issuer,
            "sub": "248289761001",
            "aud": "client",
            "exp": at + 300,
            "iat": at,
            "nonce": "the-nonce",
        }


class _Answers(BaseHTTPRequestHandler):
    server: Forger

    def do_GET(self) -> None:
        if self.path == "/.well-known/openid-configuration":
            self._say(self.server.metadata)
        else:
            self._say({"keys": self.server.keys})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append((self.headers.get("Authorization", ""), body))
        token = {"access_token": "x", "token_type": "Bearer", "id_token": self.server.id_token}
        self._say(token)

    def _say(self, answer: dict[str, Any]) -> None:
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def forger() -> Iterator[Forger]:
    server = Forger()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def signed(claims: dict[str, Any], *, alg: str = "RS256", key: Any = KEY, kid: str = "1") -> str:
    header = {"alg": alg, "kid": kid}
    return jws.serialize_compact(header, json.dumps(claims).encode(), key, algorithms=[alg])


def finish(forger: Forger, **answer: str) -> oidc.Told:
    provider = Provider(issuer=forger.issuer, client_id="client", client_secret="a:b c")
    return oidc.finish(
        provider,
        answer={"code": "the-code", "state": "the-state"} | answer,
        begun=BEGUN,
        return_to=RETURN_TO,
        http=oidc.client_for(provider),
        now=NOW,
    )


def test_an_honest_token_tells_who_it_is(forger):
    more = {"email": "ann@x.example", "name": "Ann", "auth_time": int(NOW.timestamp()) - 5}
    forger.id_token = signed(forger.claims | more)
    told = finish(forger)
    assert (told.issuer, told.subject, told.email, told.name) == (
        forger.issuer,
        "248289761001",
        "ann@x.example",
        "Ann",
    )
    assert (NOW - told.signed_in_at).total_seconds() == 5


def test_the_code_goes_with_the_verifier_and_the_clients_secret(forger):
    forger.id_token = signed(forger.claims)
    finish(forger)
    ((authorization, body),) = forger.asked
    assert authorization == "Basic Y2xpZW50OmElM0FiJTIwYw=="  # client:a%3Ab%20c
    assert "code=the-code" in body
    assert "code_verifier=the-verifier" in body
    assert "redirect_uri=https%3A%2F%2Fseawall.example" in body
    assert "a%3Ab" not in body


LIES: dict[str, dict[str, Any]] = {
    "a wrong nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "a foreign issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "other"},
    "no audience": {"aud": None},
    "several audiences and no party": {"aud": ["client", "other"]},
    "another audience, with the right party": {"aud": "other", "azp": "client"},
    "another party": {"azp": "other"},
    "it has expired": {"exp": int(NOW.timestamp()) - 61},
    "no expiry": {"exp": None},
    "it was issued in the future": {"iat": int(NOW.timestamp()) + 3600},
    "not valid yet": {"nbf": int(NOW.timestamp()) + 3600},
    "nobody": {"sub": ""},
    "no subject": {"sub": None},
    "a subject that is no text": {"sub": 7},
    "a subject that is too long": {"sub": "x" * 256},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_says_what_is_not_so_is_refused(forger, lie):
    claims = {k: v for k, v in (forger.claims | LIES[lie]).items() if v is not None}
    forger.id_token = signed(claims)
    with pytest.raises(OidcFailed):
        finish(forger)


def test_several_audiences_with_the_right_party_are_accepted(forger):
    forger.id_token = signed(forger.claims | {"aud": ["client", "other"], "azp": "client"})
    assert finish(forger).subject == "248289761001"


def part(value: dict[str, Any] | bytes) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(forger: Forger) -> str:
    return f"{part({'alg': 'none', 'kid': '1'})}.{part(forger.claims)}."


def by_another_key(forger: Forger) -> str:
    return signed(forger.claims, key=OTHER)


def by_the_clients_secret(forger: Forger) -> str:
    return signed(forger.claims, alg="HS256", key=OctKey.import_key("a:b c" * 10))


def by_the_public_key_as_a_secret(forger: Forger) -> str:
    text = f"{part({'alg': 'HS256', 'kid': '1'})}.{part(forger.claims)}"
    mac = hmac.new(KEY.as_pem(private=False), text.encode(), "sha256").digest()
    return f"{text}.{part(mac)}"


def changed_afterwards(forger: Forger) -> str:
    head, _, signature = signed(forger.claims | {"sub": "1"}).split(".")
    return ".".join((head, signed(forger.claims).split(".")[1], signature))


def by_an_unknown_key(forger: Forger) -> str:
    return signed(forger.claims, key=OTHER, kid="2")


def not_a_token(forger: Forger) -> str:
    return "x.y.z"


def too_long(forger: Forger) -> str:
    return signed(forger.claims | {"more": "x" * 20_000})


@pytest.mark.parametrize(
    "make",
    [
        unsigned,
        by_another_key,
        by_the_clients_secret,
        by_the_public_key_as_a_secret,
        changed_afterwards,
        by_an_unknown_key,
        not_a_token,
        too_long,
    ],
)
def test_a_token_that_the_provider_did_not_sign_is_refused(forger, make):
    forger.id_token = make(forger)
    with pytest.raises(OidcFailed):
        finish(forger)


def test_an_elliptic_signature_is_accepted(forger):
    key = ECKey.generate_key("P-256", parameters={"kid": "1"}, auto_kid=False)
    forger.keys = [key.as_dict(private=False)]
    forger.id_token = signed(forger.claims, alg="ES256", key=key)
    assert finish(forger).subject == "248289761001"


def test_a_state_of_another_sign_in_is_refused_before_the_code_is_used(forger):
    forger.id_token = signed(forger.claims)
    for state in ("another", "", "the-state\n"):
        with pytest.raises(OidcFailed, match="belongs to another sign-in"):
            finish(forger, state=state)
    assert forger.asked == []


def test_metadata_of_another_issuer_is_refused(forger):
    """The provider's own name must be the very one that was set (Discovery §4.3)."""
    forger.id_token = signed(forger.claims)
    forger.metadata["issuer"] = forger.issuer + "/"
    with pytest.raises(OidcFailed, match="by another name"):
        finish(forger)


def test_a_provider_that_promises_to_name_itself_must(forger):
    """RFC 9207: without `iss` the answer may come from a provider that mixes things up."""
    forger.id_token = signed(forger.claims)
    forger.metadata["authorization_response_iss_parameter_supported"] = True
    with pytest.raises(OidcFailed, match="another provider"):
        finish(forger)
    assert finish(forger, iss=forger.issuer)


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri"])
def test_the_back_channel_leaves_this_machine_under_tls_only(forger, name):
    forger.id_token = signed(forger.claims)
    forger.metadata[name] = "http://provider.example/x"
    with pytest.raises(OidcFailed, match="not protected by TLS"):
        finish(forger)


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri"])
def test_the_back_channel_reaches_no_other_place_of_this_network(forger, name):
    forger.id_token = signed(forger.claims)
    forger.metadata[name] = "https://127.0.0.1:8/x"
    with pytest.raises(OidcFailed, match="cannot be reached"):
        finish(forger)
