"""Signing in through an OpenID provider: authorization code flow with PKCE, state and nonce
(OpenID Connect Core 1.0 §3.1, RFC 7636, RFC 9207, RFC 9700).

Whoever comes back is known by issuer and subject alone. An e-mail address never links accounts:
providers differ in what they check of it.
"""

import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from django.db import transaction
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from seawall.ledger import actions as ledger
from seawall.outbound.client import Answer, Internal, Outbound
from seawall.outbound.errors import OutboundFailed, OutboundRefused
from seawall.parties.models import OidcIdentity, Person
from seawall.vocab.actors import Actor

_ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]
_LEEWAY_SECONDS = 60
_LOCAL = ("localhost", "127.0.0.1", "::1")


class OidcFailed(Exception):
    """The provider's answer was not accepted; the message says why. Starting again may help."""


class IdentityTaken(Exception):
    """The identity at the provider belongs to another account here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One OpenID provider, as its operator registered this installation there."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Where to send the browser, and what to remember for its return; for one use."""

    address: str
    state: str
    nonce: str
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Whom the provider's ID token speaks of."""

    issuer: str
    subject: str
    email: str = ""
    name: str = ""
    signed_in_at: datetime | None = None
    """When the provider last asked who it is, if it says so."""


def client_for(provider: Provider) -> Outbound:
    """The client for the back channel: public hosts over TLS, and the issuer's own wherever it
    is. Without TLS only on this machine."""
    parts = urlsplit(provider.issuer)
    host = (parts.hostname or "").lower()
    plain = parts.scheme == "http" and host in _LOCAL
    port = parts.port or (80 if plain else 443)
    return Outbound(internal=[Internal(host=host, port=port, plain=plain)])


def begin(provider: Provider, *, return_to: str, http: Outbound, again: bool = False) -> Begun:
    """Start at the provider; `again` has it ask even who is signed in there. Raises OidcFailed."""
    facts = _discover(provider, http)
    state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    verifier = secrets.token_urlsafe(48)
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": return_to,
        "scope": "openid email profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    if again:
        query |= {"prompt": "login", "max_age": "0"}
    address = _endpoint(facts, "authorization_endpoint")
    joint = "&" if "?" in address else "?"
    return Begun(
        address=f"{address}{joint}{urlencode(query)}", state=state, nonce=nonce, verifier=verifier
    )


def finish(
    provider: Provider,
    *,
    answer: Mapping[str, str],
    begun: Begun,
    return_to: str,
    http: Outbound,
    now: datetime,
) -> Told:
    """Check the browser's return and fetch the ID token. Raises OidcFailed.

    `answer` is the query with which the browser came back.
    """
    if not hmac.compare_digest(answer.get("state", "").encode(), begun.state.encode()):
        raise OidcFailed("the answer belongs to another sign-in")
    facts = _discover(provider, http)
    must_say_issuer = facts.get("authorization_response_iss_parameter_supported") is True
    said = answer.get("iss", "" if must_say_issuer else provider.issuer)
    if said != provider.issuer:
        raise OidcFailed("the answer comes from another provider")
    if "error" in answer or not answer.get("code"):
        raise OidcFailed("the provider did not sign you in")
    tokens = _redeem(provider, facts, answer["code"], begun.verifier, return_to, http)
    keys = _fetch(http, _endpoint(facts, "jwks_uri"))
    return _read_id_token(tokens, keys, provider=provider, nonce=begun.nonce, now=now)


def person_of(told: Told) -> Person | None:
    """The active person to whom the identity was linked."""
    row = OidcIdentity.objects.select_related("person").filter(
        issuer=told.issuer, subject=told.subject, person__is_active=True
    )
    found = row.first()
    return found.person if found else None


@transaction.atomic
def link(person: Person, told: Told, *, by: Actor, now: datetime) -> None:
    """Let `person` sign in as this identity from now on. Raises IdentityTaken."""
    row, is_new = OidcIdentity.objects.get_or_create(
        issuer=told.issuer, subject=told.subject, defaults={"person": person, "made_at": now}
    )
    if row.person_id != person.pk:
        raise IdentityTaken
    if is_new:
        facts = {"issuer": told.issuer}
        ledger.record(by=by, what="identity.linked", on=person, facts=facts, at=now)


@transaction.atomic
def unlink(person: Person, *, issuer: str, by: Actor, now: datetime) -> None:
    """Forget the identity of `person` at the issuer."""
    if OidcIdentity.objects.filter(person=person, issuer=issuer).delete()[0]:
        facts = {"issuer": issuer}
        ledger.record(by=by, what="identity.unlinked", on=person, facts=facts, at=now)


def _discover(provider: Provider, http: Outbound) -> dict[str, Any]:
    """The provider's metadata (OpenID Connect Discovery 1.0 §4); its issuer must be the very
    one that was asked (§4.3)."""
    facts = _fetch(http, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if facts.get("issuer") != provider.issuer:
        raise OidcFailed("the provider calls itself by another name")
    return facts


def _endpoint(facts: Mapping[str, Any], name: str) -> str:
    found = facts.get(name)
    if not isinstance(found, str) or not found.startswith(("https://", "http://")):
        raise OidcFailed(f"the provider has no {name}")
    if found.startswith("http://") and urlsplit(found).hostname not in _LOCAL:
        raise OidcFailed(f"the provider's {name} is not protected by TLS")
    return found


def _redeem(
    provider: Provider,
    facts: Mapping[str, Any],
    code: str,
    verifier: str,
    return_to: str,
    http: Outbound,
) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": return_to,
        "code_verifier": verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    ways = facts.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if provider.client_secret and "client_secret_basic" in ways:
        headers["Authorization"] = _basic(provider)
    else:
        form["client_id"] = provider.client_id
        if provider.client_secret:
            form["client_secret"] = provider.client_secret
    body = urlencode(form).encode()
    return _call(http, "POST", _endpoint(facts, "token_endpoint"), headers=headers, body=body)


def _basic(provider: Provider) -> str:
    """RFC 6749 §2.3.1: both halves are form-encoded first."""
    pair = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _read_id_token(
    tokens: Mapping[str, Any],
    keys: Mapping[str, Any],
    *,
    provider: Provider,
    nonce: str,
    now: datetime,
) -> Told:
    """Check signature and claims (OpenID Connect Core §3.1.3.7)."""
    text = tokens.get("id_token")
    if not isinstance(text, str) or len(text) > 20_000:
        raise OidcFailed("the provider sent no ID token")
    try:
        signed = jws.deserialize_compact(
            text,
            KeySet.import_key_set(dict(keys)),
            algorithms=_ALGORITHMS,  # type: ignore[arg-type]
        )
        claims = json.loads(signed.payload)
        token = CodeIDToken(
            claims,
            signed.headers(),
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
                "sub": {"essential": True},
                "nonce": {"essential": True, "value": nonce},
            },
            params={
                "nonce": nonce,
                "client_id": provider.client_id,
                "access_token": tokens.get("access_token"),
            },
        )
        token.validate(now=int(now.timestamp()), leeway=_LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise OidcFailed("the provider's ID token is not valid") from error
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise OidcFailed("the provider's ID token names nobody")
    return Told(
        issuer=provider.issuer,
        subject=subject,
        email=str(claims.get("email", ""))[:254],
        name=str(claims.get("name", ""))[:200],
        signed_in_at=_moment(claims.get("auth_time"), now),
    )


def _moment(seconds: object, now: datetime) -> datetime | None:
    if not isinstance(seconds, int) or not 0 <= seconds <= now.timestamp() + _LEEWAY_SECONDS:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _fetch(http: Outbound, address: str) -> dict[str, Any]:
    return _call(http, "GET", address, headers={"Accept": "application/json"})


def _call(
    http: Outbound, method: str, address: str, *, headers: Mapping[str, str], body: bytes = b""
) -> dict[str, Any]:
    try:
        answer: Answer = http.request(method, address, headers=headers, body=body)
    except (OutboundRefused, OutboundFailed) as error:
        raise OidcFailed(f"the provider cannot be reached: {error}") from error
    try:
        read = json.loads(answer.body) if answer.ok else None
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise OidcFailed("the provider refused the sign-in")
    return read
