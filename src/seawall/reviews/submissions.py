"""What a lab, the official and the clock do with a submission."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from seawall.core import submissions as rules
from seawall.core.plain import from_plain, to_plain
from seawall.core.submissions import Penalty, Pinned, Standing, Step, Terms
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.parties import sealing
from seawall.parties.models import Party
from seawall.reviews.grants import end_all
from seawall.reviews.models import Submission
from seawall.reviews.regimes import DEFAULT, regime
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Decision, Refused
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.reviews import Determined, Provisioning, SubmissionState

CLOSE, RETENTION = "reviews.close", "reviews.retention"
_LIMIT = 4000
PARTS = ("verdict", "report", "results")
"""What of an assessment the official can share with the lab."""


class StepRefused(Exception):
    """A rule of the regime says no; the message says why. Retrying helps only later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is sealed of a submission."""

    pinned: Pinned
    terms: Terms


def content_of(row: Submission) -> Content:
    """The pinned model and the terms. Raises Shredded once they were deleted."""
    if row.deleted_at is not None:
        raise sealing.Shredded(row.deleted_at)
    return from_plain(Content, row.content)


def standing_of(row: Submission, *, content: Content | None = None) -> Standing:
    """What the rules ask about a submission; with its contents deleted, what is left of it."""
    if content is None and row.deleted_at is None:
        content = content_of(row)
    last = row.determinations.order_by("-pk").first()
    return Standing(
        state=SubmissionState(row.state),
        partner_release_at=row.partner_release_at,
        public_release_at=row.public_release_at,
        operations=content.pinned.operations if content else None,
        terms_complete=content is not None and not _missing_terms(content.terms),
        has_endpoint=content is not None and bool(content.pinned.endpoint),
        handed_over=frozenset(each["id"] for each in row.evidence),
        verdict=Determined(last.verdict) if last else None,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        released_at=row.released_at,
        withdrawn_at=row.withdrawn_at,
        deleted=row.deleted_at is not None,
        retain_days=content.terms.retain_days if content else 0,
    )


@transaction.atomic
def draft(
    content: Content,
    *,
    lab: Party,
    partner_release_at: datetime,
    public_release_at: datetime,
    regime_id: str = DEFAULT,
    by: Actor,
    now: datetime,
) -> Submission:
    """Begin a submission; nobody but the lab sees it. Raises BadInput."""
    _check(content, regime_id, partner_release_at, public_release_at)
    row = Submission(
        lab=lab,
        regime=regime_id,
        codename=f"model-{secrets.token_hex(4)}",
        key_id=sealing.new_key(),
        partner_release_at=partner_release_at,
        public_release_at=public_release_at,
        made_by=str(by),
        made_at=now,
    )
    row.content = to_plain(content)
    row.save()
    ledger.record(by=by, what="submission.drafted", on=row, facts={"regime": regime_id}, at=now)
    return row


@transaction.atomic
def amend(
    row: Submission,
    content: Content,
    *,
    partner_release_at: datetime,
    public_release_at: datetime,
    by: Actor,
    now: datetime,
) -> Submission:
    """Change a draft. Raises StepRefused or BadInput."""
    row = _taking(row, Step.AMEND, now=now)
    _check(content, row.regime, partner_release_at, public_release_at)
    row.content = to_plain(content)
    row.partner_release_at, row.public_release_at = partner_release_at, public_release_at
    row.save(update_fields=["sealed", "partner_release_at", "public_release_at"])
    ledger.record(by=by, what="submission.amended", on=row, facts={}, at=now)
    return row


@transaction.atomic
def submit(row: Submission, *, by: Actor, now: datetime) -> Submission:
    """Put the model up for review under the stated terms. Raises StepRefused."""
    row = _taking(row, Step.SUBMIT, now=now)
    row.state, row.submitted_at = SubmissionState.SUBMITTED.value, now
    row.save(update_fields=["state", "submitted_at"])
    facts = {
        "commitment": commitment(row),
        "partner_release_at": row.partner_release_at.isoformat(),
        "public_release_at": row.public_release_at.isoformat(),
    }
    ledger.record(by=by, what="submission.submitted", on=row, facts=facts, at=now)
    return row


@transaction.atomic
def hand_over(
    row: Submission, *, evidence: str, digest: str, by: Actor, now: datetime
) -> Submission:
    """Record that the lab handed over what its regime demands; `digest` is the sha256, hex, of
    what was handed over, which stays with whom it was handed to. Raises StepRefused, BadInput."""
    row = _taking(row, Step.HAND_OVER, now=now)
    demands = {each.id for each in regime(row.regime).evidence}
    if evidence not in demands:
        mend = f"one of {', '.join(sorted(demands))}" if demands else "this regime demands nothing"
        raise BadInput("not demanded", where=evidence, mend=mend)
    if len(digest) != 64 or set(digest.lower()) - set("0123456789abcdef"):
        raise BadInput("not a sha256 in hex", where="digest")
    kept = [each for each in row.evidence if each["id"] != evidence]
    said = {"id": evidence, "digest": digest.lower(), "at": now.isoformat(), "by": str(by)}
    row.evidence = [*kept, said]
    row.save(update_fields=["evidence"])
    facts = {"evidence": evidence, "digest": digest.lower()}
    ledger.record(by=by, what="submission.evidence_handed_over", on=row, facts=facts, at=now)
    return row


@transaction.atomic
def begin(row: Submission, *, by: Actor, now: datetime) -> Submission:
    """Say that its evaluation begins. Raises StepRefused."""
    row = _taking(row, Step.BEGIN, now=now)
    row.state, row.evaluating_at = SubmissionState.EVALUATING.value, now
    row.save(update_fields=["state", "evaluating_at"])
    ledger.record(by=by, what="submission.evaluating", on=row, facts={}, at=now)
    return row


@transaction.atomic
def share(row: Submission, *, parts: list[str], by: Actor, now: datetime) -> Submission:
    """Share the assessment, or parts of it, with the lab as the official decides; an empty list
    takes back what was shared. Raises StepRefused or BadInput."""
    row = _taking(row, Step.SHARE, now=now)
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        raise BadInput("unknown part", where=unknown[0], mend=f"some of {', '.join(PARTS)}")
    row.assessment_shared = [part for part in PARTS if part in parts]
    row.assessment_shared_at = now if parts else None
    row.save(update_fields=["assessment_shared", "assessment_shared_at"])
    facts = {"parts": row.assessment_shared}
    ledger.record(by=by, what="submission.assessment_shared", on=row, facts=facts, at=now)
    return row


@transaction.atomic
def open_window(row: Submission, *, by: Actor, now: datetime) -> Submission:
    """Open the period of early access, which ends with the release to other trusted partners.
    Raises StepRefused."""
    row = _taking(row, Step.OPEN, now=now)
    opens, closes = rules.window_bounds(standing_of(row), regime(row.regime), now=now)
    row.state = SubmissionState.WINDOW_OPEN.value
    row.opens_at, row.opened_at, row.closes_at = opens, now, closes
    row.save(update_fields=["state", "opens_at", "opened_at", "closes_at"])
    facts = {"opens_at": opens.isoformat(), "closes_at": closes.isoformat()}
    ledger.record(by=by, what="submission.window_opened", on=row, facts=facts, at=now)
    outbox.send(CLOSE, key=f"window:{row.pk}", due_at=closes, submission_id=row.pk)
    return row


@transaction.atomic
def close_window(row: Submission, *, by: Actor, now: datetime) -> Submission:
    """Close the window, on its day or earlier; its grants end with it. Raises StepRefused."""
    row = _taking(row, Step.CLOSE, now=now)
    row.state = SubmissionState.WINDOW_CLOSED.value
    row.closed_at, row.closes_at = now, max(now, row.opens_at + timedelta(microseconds=1))
    row.save(update_fields=["state", "closed_at", "closes_at"])
    ledger.record(by=by, what="submission.window_closed", on=row, facts={}, at=now)
    end_all(row.grants.all(), Provisioning.EXPIRED, "the window closed", by=by, now=now)
    keep_for = timedelta(days=content_of(row).terms.retain_days)
    _delete_at(row, row.closes_at + keep_for)
    return row


@transaction.atomic
def close_when_due(row: Submission, *, by: Actor, now: datetime) -> bool:
    """Close a window whose time is over; whether there was one. Safe to call again."""
    row = Submission.objects.select_for_update().get(pk=row.pk)
    is_open = row.state == SubmissionState.WINDOW_OPEN.value
    if not is_open or row.closes_at is None or now < row.closes_at:
        return False
    close_window(row, by=by, now=now)
    return True


@transaction.atomic
def withdraw(row: Submission, *, because: str = "", by: Actor, now: datetime) -> Submission:
    """Take the model back, at any time and without giving reasons; access ends at once, and what
    was kept of it is deleted. Raises StepRefused only when it was withdrawn already."""
    row = _taking(row, Step.WITHDRAW, now=now)
    row.state = SubmissionState.WITHDRAWN.value
    row.withdrawn_at, row.withdrawn_because = now, one_line(because, limit=500)
    row.save(update_fields=["state", "withdrawn_at", "withdrawn_because"])
    ledger.record(by=by, what="submission.withdrawn", on=row, facts={}, at=now)
    because = "the lab withdrew the model"
    end_all(row.grants.all(), Provisioning.REVOKED, because, by=by, now=now)
    _delete_at(row, now)
    return row


@transaction.atomic
def release(row: Submission, *, by: Actor, now: datetime) -> tuple[Submission, Decision]:
    """Record that the lab says the model is out, and give what its regime says to that. The
    record is made in either case: what happened is not undone by a rule."""
    row = Submission.objects.select_for_update().get(pk=row.pk)
    if row.released_at is not None:
        raise StepRefused("It was released already.")
    said = rules.may_release(standing_of(row), regime(row.regime), now=now)
    row.released_at = now
    row.save(update_fields=["released_at"])
    facts: dict[str, Any] = {}
    if isinstance(said, Refused):
        facts = {"against": one_line(said.reason)}
    ledger.record(by=by, what="submission.released", on=row, facts=facts, at=now)
    return row, said


def penalty_of(row: Submission, *, now: datetime) -> Penalty | None:
    """What a deployment against a regime's gate has cost so far; None when there is none."""
    standing = standing_of(row)
    complied = None
    if not rules.missing_evidence(standing, regime(row.regime)) and row.evidence:
        complied = max(datetime.fromisoformat(each["at"]) for each in row.evidence)
    return rules.penalty(standing, regime(row.regime), complied_at=complied, now=now)


def commitment(row: Submission) -> str:
    """What the ledger keeps of a submission's content, under its key: the lab can show later what
    it submitted, and nobody can guess it."""
    digest = hashlib.sha256(str(sorted(row.content.items())).encode()).hexdigest()
    return sealing.commitment(row.key_id, digest)


def _delete_at(row: Submission, at: datetime) -> None:
    """Ask that its contents are deleted then, as the terms say, or at once when it is withdrawn."""
    key = f"retention:{row.pk}:{row.state}"
    outbox.send(RETENTION, key=key, due_at=at, submission_id=row.pk)


def _taking(row: Submission, step: Step, *, now: datetime) -> Submission:
    """The row, locked, when the step can be taken; raises StepRefused."""
    row = Submission.objects.select_for_update().select_related("lab").get(pk=row.pk)
    demand(rules.may_take(step, standing_of(row), regime(row.regime), now=now))
    return row


def demand(decision: Decision) -> None:
    """Raise StepRefused with the reason of a refusal."""
    if isinstance(decision, Refused):
        raise StepRefused(f"{decision.reason[:1].upper()}{decision.reason[1:]}.")


_TERM_TEXTS: tuple[Callable[[Terms], str], ...] = (
    lambda terms: terms.confidentiality,
    lambda terms: terms.cybersecurity,
    lambda terms: terms.insider_risk,
    lambda terms: terms.intellectual_property,
    lambda terms: terms.permitted_use,
    lambda terms: terms.deletion,
)


def _missing_terms(terms: Terms) -> bool:
    return any(not text(terms).strip() for text in _TERM_TEXTS)


def _check(
    content: Content, regime_id: str, partner_release_at: datetime, public_release_at: datetime
) -> None:
    """Raise BadInput for what cannot be kept; terms may still be incomplete."""
    try:
        regime(regime_id)
    except LookupError as absent:
        raise BadInput(str(absent), where="regime") from None
    for where in ("model", "version", "safeguards"):
        if not getattr(content.pinned, where).strip():
            raise BadInput("missing", where=where)
    endpoint = content.pinned.endpoint
    if endpoint and not endpoint.startswith(("https://", "http://")):
        raise BadInput("not a web address", where="endpoint")
    if content.pinned.operations is not None and content.pinned.operations <= 0:
        raise BadInput("not above zero", where="operations")
    if not 0 <= content.terms.retain_days <= 3650:
        raise BadInput("not between 0 and 3650 days", where="retain_days")
    if public_release_at < partner_release_at:
        raise BadInput(
            "the public release comes before that to other trusted partners",
            where="public_release_at",
        )
    for where, text in {**to_plain(content.pinned), **to_plain(content.terms)}.items():
        if isinstance(text, str) and len(text) > _LIMIT:
            raise BadInput(f"more than {_LIMIT} characters", where=where)
