"""Grants: one partner's access to one model, from the request to its end; keys bound to it."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from seawall.core import partners as rules
from seawall.core import thumbprints
from seawall.core.partners import GrantStanding, GrantStep
from seawall.findings.models import Report
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.parties import sealing
from seawall.reviews.models import Attribution, BoundKey, Grant, Partner, Submission
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Decision, Refused
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.reviews import PartnerState, Provisioning

EXPIRE = "reviews.grant_expires"
_NEVER_GRANTED = ("draft", "window closed", "withdrawn")


class GrantRefused(Exception):
    """A rule about grants says no; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """What a grant may use."""

    requests_per_minute: int = 60
    tokens_per_day: int = 10_000_000
    concurrent: int = 8
    hours: tuple[int, int] | None = None
    """Usual hours of use, [from, to) in UTC; None when none were agreed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A key that was bound; `token` is shown once and kept nowhere."""

    key: BoundKey
    token: str


def standing_of(row: Grant) -> GrantStanding:
    """What the rules ask about a grant."""
    return GrantStanding(
        state=Provisioning(row.state),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        opens_at=row.submission.opens_at,
        closes_at=row.submission.closes_at,
        partner=PartnerState(row.partner.state),
        partner_expires_at=row.partner.expires_at,
        has_key=row.keys.filter(revoked_at=None).exists(),
    )


@transaction.atomic
def request(
    *,
    submission: Submission,
    partner: Partner,
    purpose: str,
    starts_at: datetime,
    ends_at: datetime,
    quotas: Quotas | None = None,
    retain_days: int = 30,
    by: Actor,
    now: datetime,
) -> Grant:
    """Ask for one partner's access to one model. Raises GrantRefused or BadInput."""
    quotas = quotas or Quotas()
    submission = Submission.objects.select_for_update().get(pk=submission.pk)
    if submission.state in _NEVER_GRANTED:
        raise GrantRefused(f"The submission is {submission.state}; nobody gets access to it.")
    if partner.lab_id != submission.lab_id:
        raise GrantRefused("The partner was selected by another lab.")
    purpose = one_line(purpose.strip(), limit=500)
    if not purpose:
        raise BadInput("a grant names its purpose", where="purpose")
    _check(quotas, retain_days)
    _demand(
        rules.may_grant(
            starts_at=starts_at,
            ends_at=ends_at,
            opens_at=submission.opens_at,
            closes_at=submission.closes_at or submission.partner_release_at,
            partner=PartnerState(partner.state),
            partner_expires_at=partner.expires_at,
        )
    )
    row = Grant(
        submission=submission,
        partner=partner,
        alias=f"seawall-{secrets.token_hex(6)}",
        purpose=purpose,
        starts_at=starts_at,
        ends_at=ends_at,
        requests_per_minute=quotas.requests_per_minute,
        tokens_per_day=quotas.tokens_per_day,
        concurrent=quotas.concurrent,
        hours=list(quotas.hours or ()),
        retain_days=retain_days,
        key_id=sealing.new_key(),
        made_by=str(by),
        made_at=now,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise GrantRefused("The partner has a grant for this model already.") from None
    facts = {"submission": submission.public_id, "partner": partner.public_id}
    ledger.record(by=by, what="grant.requested", on=row, facts=facts, at=now)
    outbox.send(EXPIRE, key=f"grant:{row.pk}", due_at=ends_at, grant_id=row.pk)
    return row


@transaction.atomic
def approve(row: Grant, *, by: Actor, now: datetime) -> Grant:
    """Say yes to a grant; its partner can then bind a key. Raises GrantRefused."""
    row = _taking(row, GrantStep.APPROVE, now=now)
    row.state, row.approved_at = Provisioning.APPROVED.value, now
    row.save(update_fields=["state", "approved_at"])
    ledger.record(by=by, what="grant.approved", on=row, facts={}, at=now)
    return row


@transaction.atomic
def bind_key(
    row: Grant,
    *,
    binding: BoundKey.Binding,
    thumbprint: str,
    certificate: str = "",
    expires_at: datetime | None = None,
    by: Actor,
    now: datetime,
) -> Bound:
    """Bind a key of the partner and make an access token that works with this key alone; the grant
    is provisioned then. `thumbprint` is base64url without padding: of the public JWK (RFC 7638)
    for DPoP, or of the DER certificate for mutual TLS. `certificate` is that one as PEM: the
    gateway then takes it whoever signed it. Raises GrantRefused or BadInput."""
    row = _taking(row, GrantStep.BIND, now=now)
    _check_thumbprint(thumbprint)
    if certificate and thumbprint_of_certificate(certificate.encode()) != thumbprint:
        raise BadInput("the thumbprint is of another certificate", where="certificate")
    ends_at = min(expires_at or row.ends_at, row.ends_at)
    if ends_at <= now:
        raise BadInput("already past", where="expires_at")
    token = f"swg_{secrets.token_urlsafe(32)}"
    key = BoundKey.objects.create(
        grant=row,
        binding=binding.value,
        thumbprint=thumbprint,
        certificate=certificate,
        token_digest=hashlib.sha256(token.encode()).hexdigest(),
        made_by=str(by),
        made_at=now,
        expires_at=ends_at,
    )
    if row.state != Provisioning.PROVISIONED.value:
        row.state, row.provisioned_at = Provisioning.PROVISIONED.value, now
        row.save(update_fields=["state", "provisioned_at"])
    facts = {"binding": binding.value, "thumbprint": thumbprint}
    ledger.record(by=by, what="grant.key_bound", on=row, facts=facts, at=now)
    return Bound(key=key, token=token)


@transaction.atomic
def unbind_key(key: BoundKey, *, by: Actor, now: datetime) -> None:
    """Revoke one key and its token at once; twice is no error."""
    if BoundKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        facts = {"thumbprint": key.thumbprint}
        ledger.record(by=by, what="grant.key_revoked", on=key.grant, facts=facts, at=now)


@transaction.atomic
def suspend(row: Grant, *, because: str = "", by: Actor, now: datetime) -> Grant:
    """Stop a grant for the time being; streams that run are cut. Raises GrantRefused."""
    row = _taking(row, GrantStep.SUSPEND, now=now)
    row.state, row.suspended_at = Provisioning.SUSPENDED.value, now
    row.ended_because = one_line(because, limit=500)
    row.save(update_fields=["state", "suspended_at", "ended_because"])
    ledger.record(by=by, what="grant.suspended", on=row, facts={}, at=now)
    return row


@transaction.atomic
def resume(row: Grant, *, by: Actor, now: datetime) -> Grant:
    """Take a suspension back. Raises GrantRefused."""
    row = _taking(row, GrantStep.RESUME, now=now)
    bound = row.keys.filter(revoked_at=None).exists()
    row.state = (Provisioning.PROVISIONED if bound else Provisioning.APPROVED).value
    row.suspended_at, row.ended_because = None, ""
    row.save(update_fields=["state", "suspended_at", "ended_because"])
    ledger.record(by=by, what="grant.resumed", on=row, facts={}, at=now)
    return row


@transaction.atomic
def revoke(row: Grant, *, because: str, by: Actor, now: datetime) -> Grant:
    """End a grant for good; streams that run are cut. Raises GrantRefused."""
    row = _taking(row, GrantStep.REVOKE, now=now)
    return _end(row, Provisioning.REVOKED, because, by=by, now=now)


@transaction.atomic
def expire_when_due(row: Grant, *, by: Actor, now: datetime) -> bool:
    """End a grant whose time is over; whether there was one. Safe to call again."""
    row = Grant.objects.select_for_update().get(pk=row.pk)
    if isinstance(rules.may_take_grant(GrantStep.EXPIRE, standing_of(row), now=now), Refused):
        return False
    _end(row, Provisioning.EXPIRED, "its time is over", by=by, now=now)
    return True


def end_all(
    rows: QuerySet[Grant], state: Provisioning, because: str, *, by: Actor, now: datetime
) -> None:
    """End those of the grants that have not ended, in the transaction of what ends them."""
    ended = [Provisioning.REVOKED.value, Provisioning.EXPIRED.value]
    for row in rows.select_for_update().exclude(state__in=ended):
        _end(row, state, because, by=by, now=now)


@transaction.atomic
def attribute(report: Report, row: Grant, *, by: Actor, now: datetime) -> Attribution:
    """Say that a report was made with the model of a grant; the first word stands. The report
    must be of the grant's partner. Raises GrantRefused."""
    senders = {receipt.reporter_id for receipt in report.receipts.all()}
    if row.partner.party_id not in senders:
        raise GrantRefused("The report was not sent by the partner of this grant.")
    if report.received_at < row.starts_at:
        raise GrantRefused("The report is older than the grant.")
    made, is_new = Attribution.objects.get_or_create(
        report=report,
        defaults={"submission": row.submission, "grant": row, "by": str(by), "at": now},
    )
    if not is_new and made.submission_id != row.submission_id:
        raise GrantRefused("The report is said to be made with another model already.")
    if is_new:
        facts = {"grant": row.public_id}
        ledger.record(by=by, what="report.made_with", on=report, facts=facts, at=now)
    return made


def thumbprint_of_certificate(pem: bytes) -> str:
    """The x5t#S256 of a certificate in PEM (RFC 8705 §3.1). Raises BadInput."""
    try:
        found = x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise BadInput("not a certificate in PEM", where="certificate") from None
    return thumbprints.of_certificate(found.public_bytes(Encoding.DER))


def thumbprint_of_jwk(text: bytes) -> str:
    """The thumbprint of a public JWK (RFC 7638): EC P-256 or Ed25519. Raises BadInput."""
    try:
        raw = json.loads(text)
        found = thumbprints.of_key({name: str(value) for name, value in raw.items()})
    except (ValueError, KeyError, AttributeError):
        raise BadInput("not a public JWK of the type EC or OKP", where="jwk") from None
    if "d" in raw:
        raise BadInput("a private key", where="jwk", mend="give the public part; keep this secret")
    return found


def _end(row: Grant, state: Provisioning, because: str, *, by: Actor, now: datetime) -> Grant:
    row.state, row.ended_at, row.ended_because = state.value, now, one_line(because, limit=500)
    row.save(update_fields=["state", "ended_at", "ended_because"])
    ledger.record(by=by, what=f"grant.{state.value}", on=row, facts={}, at=now)
    return row


def _taking(row: Grant, step: GrantStep, *, now: datetime) -> Grant:
    rows = Grant.objects.select_for_update(of=("self",))
    row = rows.select_related("submission__lab", "partner__party").get(pk=row.pk)
    _demand(rules.may_take_grant(step, standing_of(row), now=now))
    return row


def _demand(decision: Decision) -> None:
    if isinstance(decision, Refused):
        raise GrantRefused(f"{decision.reason[:1].upper()}{decision.reason[1:]}.")


def _check(quotas: Quotas, retain_days: int) -> None:
    for where, value, most in (
        ("requests_per_minute", quotas.requests_per_minute, 100_000),
        ("tokens_per_day", quotas.tokens_per_day, 10**12),
        ("concurrent", quotas.concurrent, 1000),
    ):
        if not 1 <= value <= most:
            raise BadInput(f"not between 1 and {most}", where=where)
    if not 0 <= retain_days <= 3650:
        raise BadInput("not between 0 and 3650 days", where="retain_days")
    if quotas.hours is not None and not all(0 <= hour <= 24 for hour in quotas.hours):
        raise BadInput("not hours of a day", where="hours")


def _check_thumbprint(text: str) -> None:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raw = b""
    if len(raw) != 32 or len(text) != 43:
        raise BadInput(
            "not the thumbprint of a key",
            where="thumbprint",
            mend="base64url without padding of a sha256: 43 characters",
        )
