"""/cases/{id}/clocks, policies, signs, promise: when a case is to be public, and why then."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from seawall.api.auth import acting, caller
from seawall.api.openapi import refuses
from seawall.cases import access, clocks, embargoes
from seawall.cases.clocks import Clock
from seawall.cases.models import Case, Sign
from seawall.vocab.access import Act, Tier

router = Router(tags=["case rooms"])


class CitationOut(Schema):
    url: str
    says: str


class ClockOut(Schema):
    """One disclosure policy on this case. While its clock does not run, `began_at` and `due_at`
    are null and `waits_for` says what starts it. All moments are UTC; days have 24 hours."""

    policy: str
    title: str
    authority: str
    kind: str
    began_at: datetime | None
    due_at: datetime | None
    because: str
    waits_for: str
    decides: bool = Field(description="Whether it is the tightest: it says when the embargo ends.")
    sources: list[CitationOut]


class ClocksOut(Schema):
    """`latest_end` is the latest end of an embargo, null while no clock runs."""

    latest_end: datetime | None
    rediscovered_at: datetime | None
    fix_promised_at: datetime | None
    signs: list[str]
    clocks: list[ClockOut]


class PolicyIn(Schema):
    """`posted_at`: when the case was posted to the list, for a list's cap."""

    policy: str = Field(min_length=1, max_length=60)
    posted_at: AwareDatetime | None = None


class PolicyName(Schema):
    policy: str = Field(min_length=1, max_length=60)


class SignIn(Schema):
    sign: Sign.Kind


class PromiseIn(Schema):
    """When the fix will be out; null takes the promise back."""

    at: AwareDatetime | None


@router.get("/{id}/clocks", response=ClocksOut)
def show_clocks(request: HttpRequest, id: str) -> Any:
    """Which disclosure policies apply, when each clock began, when it is due and why; the tightest
    decides."""
    by, now = caller(request), timezone.now()
    return _clocks(access.case(by, id, at_least=Tier.T1, now=now))


@router.post("/{id}/policies", response=ClocksOut, openapi_extra=refuses())
def choose_policy(request: HttpRequest, id: str, body: PolicyIn) -> Any:
    """Let a disclosure policy apply; an embargo that it does not allow is shortened at once. For
    the leads of coordinators: it may end an embargo early."""
    by, now = acting(request, Act.END_EMBARGO), timezone.now()
    row = access.case(by, id, act=Act.END_EMBARGO, now=now)
    embargoes.choose_policy(row, body.policy, posted_at=body.posted_at, by=by, now=now)
    return _clocks(access.case(by, id, now=now))


@router.post("/{id}/policies/drop", response=ClocksOut, openapi_extra=refuses())
def drop_policy(request: HttpRequest, id: str, body: PolicyName) -> Any:
    """Let a policy apply no longer; an embargo that it shortened stays as short."""
    by, now = acting(request, Act.END_EMBARGO), timezone.now()
    row = access.case(by, id, act=Act.END_EMBARGO, now=now)
    embargoes.drop_policy(row, body.policy, by=by, now=now)
    return _clocks(access.case(by, id, now=now))


@router.post("/{id}/signs", response=ClocksOut, openapi_extra=refuses())
def sign(request: HttpRequest, id: str, body: SignIn) -> Any:
    """Record that the matter leaked or that its fix is public: the embargo ends at once."""
    by, now = acting(request, Act.OBSERVE), timezone.now()
    row = access.case(by, id, act=Act.OBSERVE, now=now)
    embargoes.sign(row, body.sign, by=by, now=now)
    return _clocks(access.case(by, id, now=now))


@router.post("/{id}/promise", response=ClocksOut, openapi_extra=refuses())
def promise(request: HttpRequest, id: str, body: PromiseIn) -> Any:
    """Say when the fix will be out, for the grace that some policies give."""
    by, now = acting(request, Act.OBSERVE), timezone.now()
    row = access.case(by, id, act=Act.OBSERVE, now=now)
    embargoes.promise_fix(row, body.at, by=by, now=now)
    return _clocks(access.case(by, id, now=now))


def _clocks(row: Case) -> dict[str, Any]:
    limit = clocks.longest_embargo(row)
    return {
        "latest_end": limit.ends_at if limit else None,
        "rediscovered_at": clocks.rediscovered_at(row),
        "fix_promised_at": row.fix_promised_at,
        "signs": [each.kind for each in row.signs.all()],
        "clocks": [_clock(each) for each in clocks.clocks_of(row)],
    }


def _clock(each: Clock) -> dict[str, Any]:
    return {
        "policy": each.policy.id,
        "title": each.policy.title,
        "authority": each.policy.authority,
        "kind": each.policy.kind.value,
        "began_at": each.began_at,
        "due_at": each.publication.at if each.publication else None,
        "because": each.publication.because if each.publication else "",
        "waits_for": each.waits_for,
        "decides": each.decides,
        "sources": [{"url": each.url, "says": each.says} for each in each.policy.sources],
    }
