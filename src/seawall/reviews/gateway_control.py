"""What people do with the gateway: say where a model is asked, stop, restore, look at calls."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from seawall.core import review_access as rules
from seawall.core.submissions import Step
from seawall.ledger import actions as ledger
from seawall.outbound.urls import read_url
from seawall.parties.access import NotFound, NotPermitted, demand
from seawall.reviews import access
from seawall.reviews.gateway_calls import problems_of_batch
from seawall.reviews.models import AbuseSignal, Call, Grant, Stop, Submission, Upstream
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput
from seawall.vocab.reviews import SubmissionState

APIS = ("chat", "responses", "messages")
_ALL = "gateway:all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is stopped: a grant, a submission, or the whole gateway when both are None."""

    grant: Grant | None = None
    submission: Submission | None = None

    def __str__(self) -> str:
        if self.grant is not None:
            return self.grant.public_id
        return self.submission.public_id if self.submission is not None else "all"


@transaction.atomic
def set_upstream(
    submission: Submission,
    *,
    url: str,
    model: str,
    key: str,
    apis: Collection[str],
    by: Actor,
    now: datetime,
) -> Upstream:
    """Say where a submission's model is asked, under which name and with which key of the lab's.

    Raises BadInput, OutboundRefused for an address that cannot be read, NotPermitted.
    """
    demand(rules.may_step(by, Step.OPEN, lab=submission.lab_id))
    target = read_url(url)
    if "?" in target.path:
        raise BadInput("the address has a query", mend="give the base address, such as …/v1")
    if not model or not model.isprintable() or len(model) > 200:
        raise BadInput("the model needs the provider's name for it")
    if not key.isascii() or not key.isprintable() or not key or " " in key:
        raise BadInput("the provider's key is plain ASCII without spaces", where="key")
    if not apis or not set(apis) <= set(APIS):
        raise BadInput("name the APIs that the endpoint speaks", mend=", ".join(APIS))
    row = Upstream.objects.filter(submission=submission).first() or Upstream(submission=submission)
    row.revision = secrets.token_hex(16)
    row.set_by, row.set_at = str(by), now
    row.content = {"url": target.url, "model": model, "key": key, "apis": sorted(apis)}
    row.save()
    ledger.record(by=by, what="submission.upstream_set", on=submission, at=now)
    return row


@transaction.atomic
def stop(target: Target, *, because: str, by: Actor, now: datetime) -> Stop:
    """Throw a kill switch; running answers end within a second. The one that is thrown already
    is given back."""
    _demand(target, by)
    known = _in_force(target).first()
    if known is not None:
        return known
    made = Stop.objects.create(
        grant=target.grant,
        submission=target.submission,
        because=because[:500],
        by=str(by),
        at=now,
    )
    ledger.record(by=by, what="gateway.stopped", on=_named(target), at=now)
    return made


@transaction.atomic
def restore(target: Target, *, by: Actor, now: datetime) -> int:
    """Lift the kill switches of exactly this; gives how many there were. What else bars a grant
    still does."""
    _demand(target, by)
    lifted = _in_force(target).update(lifted_by=str(by), lifted_at=now)
    if lifted:
        ledger.record(by=by, what="gateway.restored", on=_named(target), at=now)
    return lifted


def stops(by: Actor) -> QuerySet[Stop]:
    """The kill switches that are thrown, for the official."""
    if not rules.is_official(by):
        raise NotPermitted("It takes the official.")
    return Stop.objects.filter(lifted_at=None).select_related("grant", "submission")


def calls(by: Actor, grant: Grant) -> QuerySet[Call]:
    """The calls of a grant that `by` may see, newest first; without what was said in them."""
    return Call.objects.filter(grant=access.grant(by, grant.public_id)).order_by("-pk")


def signals(by: Actor, grant: Grant) -> QuerySet[AbuseSignal]:
    """What was noticed about a grant's use, newest first, for the lab and the official."""
    demand(rules.may_change_grant(by, lab=grant.submission.lab_id))
    return AbuseSignal.objects.filter(grant=grant).order_by("-pk")


@transaction.atomic
def note_signal(grant: Grant, number: int, *, by: Actor, now: datetime) -> AbuseSignal:
    """Say that one has looked at a signal of a grant; twice is no error. Raises NotFound, or what
    `signals` raises."""
    row = signals(by, grant).select_for_update().filter(pk=number).first()
    if row is None:
        raise NotFound(f"There is no signal {number} of {grant.public_id}.")
    if row.seen_at is None:
        row.seen_at, row.seen_by = now, str(by)
        row.save(update_fields=["seen_at", "seen_by"])
        facts = {"signal": row.pk, "kind": row.kind}
        ledger.record(by=by, what="grant.signal_seen", on=grant, facts=facts, at=now)
    return row


def problems(by: Actor, grant: Grant) -> list[str]:
    """Check the calls of a grant against the ledger; sentences, none when all are as they were."""
    batches = calls(by, grant).exclude(batch=None).order_by("batch")
    found: list[str] = []
    for index in batches.values_list("batch", flat=True).distinct():
        found += problems_of_batch(index)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """One call as lists show it."""

    started_at: datetime
    ended_at: datetime | None
    path: str
    status: int
    input_tokens: int
    output_tokens: int
    commitment: str
    event: int | None
    """Index of the ledger's event that commits to it; None while it runs."""
    has_transcript: bool
    cut: str


def view(row: Call) -> CallView:
    return CallView(
        started_at=row.started_at,
        ended_at=row.ended_at,
        path=row.path,
        status=row.status,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        commitment=row.commitment,
        event=row.batch,
        has_transcript=bool(row.transcript),
        cut=row.cut,
    )


def unready(by: Actor) -> list[str]:
    """What open grants lack to be usable, and what is stopped; one sentence each."""
    found = [f"Stopped: {target_of(row)}." for row in stops(by)]
    rows = Submission.objects.filter(state=SubmissionState.WINDOW_OPEN.value, upstream=None)
    found += [
        f"{row.public_id} has an open window and no address: `seawall gateway upstream set`."
        for row in rows.order_by("pk")
    ]
    return found


def target_of(row: Stop) -> Target:
    """What a kill switch stops."""
    return Target(grant=row.grant, submission=row.submission)


def _demand(target: Target, by: Actor) -> None:
    if target.grant is not None:
        demand(rules.may_change_grant(by, lab=target.grant.submission.lab_id))
    elif target.submission is not None:
        demand(rules.may_step(by, Step.CLOSE, lab=target.submission.lab_id))
    elif not rules.is_official(by, at_least=MemberRole.LEAD):
        raise NotPermitted("It takes a lead of the official.")


def _in_force(target: Target) -> QuerySet[Stop]:
    return Stop.objects.filter(lifted_at=None, grant=target.grant, submission=target.submission)


def _named(target: Target) -> Grant | Submission | str:
    return target.grant or target.submission or _ALL
