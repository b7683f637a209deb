"""Passkeys (W3C WebAuthn): registering one, signing in with it, and signing a digest with it.

The user is always verified (PIN, fingerprint, face). Challenges are held by the door, one use
each; for an approval the challenge is the digest itself, so that the passkey signs just that.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import webauthn
from django.db import transaction
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from seawall.core.public_ids import short_number
from seawall.ledger import actions as ledger
from seawall.parties.models import Passkey, Person
from seawall.vocab.actors import Actor
from seawall.vocab.errors import one_line

_MAX_TEXT = 20_000
_VERIFIED = UserVerificationRequirement.REQUIRED


class PasskeyRefused(Exception):
    """The browser's answer is not what was asked for, or from a passkey that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    """This installation as authenticators know it: where its pages are, and what it is called."""

    origin: str
    name: str = "Seawall"

    @property
    def id(self) -> str:
        """The host alone, to which passkeys are bound."""
        return urlsplit(self.origin).hostname or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the browser is asked: the options for its call, and what the door remembers."""

    options: dict[str, Any]
    challenge: bytes
    user_handle: bytes = b""


def ask_to_register(
    *, email: str, name: str, rp: RelyingParty, person: Person | None = None
) -> Asked:
    """Options for navigator.credentials.create; `person` is None for an account to be made."""
    known = list(person.passkeys.all()) if person else []
    handle = bytes(known[0].user_handle) if known else secrets.token_bytes(32)
    options = webauthn.generate_registration_options(
        rp_id=rp.id,
        rp_name=rp.name,
        user_name=email,
        user_display_name=name,
        user_id=handle,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=[_descriptor(row) for row in known],
    )
    return Asked(options=_plain(options), challenge=options.challenge, user_handle=handle)


@transaction.atomic
def register(
    person: Person,
    answer: str,
    *,
    challenge: bytes,
    user_handle: bytes,
    rp: RelyingParty,
    label: str,
    by: Actor,
    now: datetime,
) -> Passkey:
    """Keep a new passkey of `person`. Raises PasskeyRefused."""
    try:
        made = webauthn.verify_registration_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=rp.id,
            expected_origin=rp.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyRefused("The passkey was not accepted; try again.") from error
    if Passkey.objects.filter(credential_id=made.credential_id).exists():
        raise PasskeyRefused("This passkey is registered already.")
    row = Passkey.objects.create(
        person=person,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        user_handle=user_handle,
        sign_count=made.sign_count,
        label=one_line(label, limit=100) or "passkey",
        made_at=now,
    )
    ledger.record(by=by, what="passkey.added", on=person, facts={"passkey": row.public_id}, at=now)
    return row


def ask_to_sign_in(rp: RelyingParty) -> Asked:
    """Options for navigator.credentials.get that name nobody: the authenticator knows who."""
    options = webauthn.generate_authentication_options(rp_id=rp.id, user_verification=_VERIFIED)
    return Asked(options=_plain(options), challenge=options.challenge)


def ask_to_sign(person: Person, digest: str, *, rp: RelyingParty) -> Asked:
    """Options with which one of the person's own passkeys signs a digest (hex)."""
    options = webauthn.generate_authentication_options(
        rp_id=rp.id,
        challenge=bytes.fromhex(digest),
        allow_credentials=[_descriptor(row) for row in person.passkeys.all()],
        user_verification=_VERIFIED,
    )
    return Asked(options=_plain(options), challenge=options.challenge)


@transaction.atomic
def check(
    answer: str, *, challenge: bytes, rp: RelyingParty, now: datetime, of: Person | None = None
) -> Passkey:
    """The passkey that answered the challenge; of that person, if one is given. Raises
    PasskeyRefused, with the same words whatever was wrong."""
    try:
        read = _read(answer)
        row = _find(read, of=of)
        checked = webauthn.verify_authentication_response(
            credential=read,
            expected_challenge=challenge,
            expected_rp_id=rp.id,
            expected_origin=rp.origin,
            credential_public_key=bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, Passkey.DoesNotExist) as error:
        raise PasskeyRefused("The passkey was not accepted; try again.") from error
    row.sign_count, row.used_at = checked.new_sign_count, now
    row.save(update_fields=["sign_count", "used_at"])
    return row


def evidence(answer: str, passkey: Passkey) -> dict[str, str]:
    """What proves later what a passkey signed: its public key and the whole assertion."""
    response = _read(answer)["response"]
    return {
        "credential": bytes_to_base64url(bytes(passkey.credential_id)),
        "public_key": bytes_to_base64url(bytes(passkey.public_key)),
        "client_data": str(response["clientDataJSON"]),
        "authenticator_data": str(response["authenticatorData"]),
        "signature": str(response["signature"]),
    }


@transaction.atomic
def remove(person: Person, id: str, *, by: Actor, now: datetime) -> bool:
    """Forget one passkey of `person`; whether there was one."""
    row = Passkey.objects.filter(person=person, pk=short_number("K", id) or 0).first()
    if row is None:
        return False
    facts = {"passkey": row.public_id}
    row.delete()
    ledger.record(by=by, what="passkey.removed", on=person, facts=facts, at=now)
    return True


def _find(read: Mapping[str, Any], *, of: Person | None) -> Passkey:
    rows = Passkey.objects.select_for_update(of=("self",)).select_related("person")
    row = rows.get(credential_id=base64url_to_bytes(str(read["rawId"])), person__is_active=True)
    handle = read["response"].get("userHandle")
    if handle and base64url_to_bytes(str(handle)) != bytes(row.user_handle):
        raise Passkey.DoesNotExist
    if of is not None and row.person_id != of.pk:
        raise Passkey.DoesNotExist
    return row


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > _MAX_TEXT:
        raise ValueError("too long")
    read = json.loads(answer)
    if not isinstance(read, dict) or not isinstance(read.get("response"), dict):
        raise ValueError("no credential")
    return read


def _descriptor(row: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(id=bytes(row.credential_id))


def _plain(options: Any) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return plain
