"""/submissions: models put up for review, from the draft to the evidence of deletion."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from seawall.api.auth import caller
from seawall.api.openapi import refuses
from seawall.api.paging import Paging, page
from seawall.core.submissions import Pinned, Step, Terms
from seawall.headstart.of_model import head_start_of
from seawall.parties.access import require
from seawall.parties.models import Party, Scope
from seawall.reviews import access, deletion, shown, submissions
from seawall.reviews.regimes import DEFAULT, regimes
from seawall.reviews.submissions import Content
from seawall.vocab.reviews import Determined, SubmissionState

router = Router(tags=["submissions"])


class PinnedOut(Schema):
    """The exact model; another version or variant is another submission."""

    model: str
    version: str
    safeguards: str
    endpoint: str
    operations: float | None
    note: str


class PinnedIn(Schema):
    model: str = Field(min_length=1, max_length=200)
    version: str = Field(
        min_length=1, max_length=200, description="The lab's exact name of the weights."
    )
    safeguards: str = Field(
        min_length=1, max_length=500, description='The variant of its safeguards, such as "none".'
    )
    endpoint: str = Field(default="", max_length=500)
    operations: float | None = Field(
        default=None, gt=0, description="Operations of its training; left out when not disclosed."
    )
    note: str = Field(default="", max_length=4000)


class TermsOut(Schema):
    """What was agreed on before access."""

    confidentiality: str = Field(max_length=4000)
    cybersecurity: str = Field(max_length=4000)
    insider_risk: str = Field(max_length=4000)
    intellectual_property: str = Field(max_length=4000)
    permitted_use: str = Field(max_length=4000)
    retain_days: int = Field(ge=0, le=3650)
    deletion: str = Field(max_length=4000)


class SubmissionIn(Schema):
    """A draft; only its lab sees it."""

    pinned: PinnedIn
    terms: TermsOut
    partner_release_at: AwareDatetime
    public_release_at: AwareDatetime
    regime: str = DEFAULT
    lab: str = Field(default="", description="Which of one's labs, when there are several: P-1.")


class AmendIn(Schema):
    pinned: PinnedIn
    terms: TermsOut
    partner_release_at: AwareDatetime
    public_release_at: AwareDatetime


class EvidenceOut(Schema):
    id: str
    says: str
    clause: str
    digest: str
    at: datetime | None


class PenaltyOut(Schema):
    since: datetime
    days: int
    dollars: int
    clause: str


class AssessmentOut(Schema):
    verdict: Determined
    because: str
    at: datetime
    evaluation: str
    report: bool
    results: bool


class SubmissionOut(Schema):
    """A submission as it may be shown to who asks."""

    id: str
    codename: str
    lab: str
    regime: str
    state: SubmissionState
    pinned: PinnedOut | None = Field(description="null once it was deleted")
    terms: TermsOut | None
    partner_release_at: datetime
    public_release_at: datetime
    earliest_opening: datetime | None
    opens_at: datetime | None
    closes_at: datetime | None
    submitted_at: datetime | None
    determined_at: datetime | None
    withdrawn_at: datetime | None
    released_at: datetime | None
    deleted_at: datetime | None
    deletion: dict[str, Any] = Field(description="The signed evidence of deletion; {} before.")
    may_release: bool = Field(description="Always true under a voluntary regime.")
    release_refused_because: str
    penalty: PenaltyOut | None
    evidence: list[EvidenceOut]
    assessment: AssessmentOut | None
    shared: list[str]


class LineOut(Schema):
    """One stage: how many, how many before each release, and when each came."""

    key: str
    label: str
    count: int
    before_partners: int
    before_public: int
    moments: list[datetime]


class HeadStartOut(Schema):
    """`share` is the head start: exposures closed before the public release, of all that were
    found; null while none was."""

    partner_release_at: datetime
    public_release_at: datetime
    lines: list[LineOut]
    share: float | None
    fixed_share: float | None


class SubmissionSummary(Schema):
    """A submission in a list."""

    id: str
    codename: str
    lab: str
    regime: str
    state: SubmissionState
    partner_release_at: datetime
    public_release_at: datetime
    opens_at: datetime | None
    closes_at: datetime | None


class SubmissionPage(Schema):
    items: list[SubmissionSummary]
    next: int | None


class EvidenceIn(Schema):
    id: str = Field(max_length=60)
    digest: str = Field(description="sha256, in hex, of what was handed over.", max_length=64)


class BecauseIn(Schema):
    because: str = Field(default="", max_length=500)


class ShareIn(Schema):
    parts: list[str] = Field(description='Some of "verdict", "report", "results"; [] takes back.')


class DemandOut(Schema):
    id: str
    says: str
    clause: str


class WindowOut(Schema):
    days: int
    clause: str


class TriggerOut(Schema):
    operations: float
    clause: str


class GateOut(Schema):
    dollars_per_day: int
    clause: str


class CitationOut(Schema):
    url: str
    says: str


class RegimeOut(Schema):
    """A regime as its policy file says it; `gate` is null where nothing can stop a release."""

    id: str
    title: str
    authority: str
    status: str
    voluntary: bool
    determines: DemandOut
    consults: list[str]
    terms: list[DemandOut]
    evidence: list[DemandOut]
    criteria: list[DemandOut]
    eligible: list[str]
    window: WindowOut | None
    trigger: TriggerOut | None
    gate: GateOut | None
    sources: list[CitationOut]

    @staticmethod
    def resolve_window(regime: Any) -> dict[str, Any] | None:
        if regime.window is None:
            return None
        return {"days": regime.window.longest.days, "clause": regime.window.clause}


@router.get("", response=SubmissionPage)
def list_submissions(request: HttpRequest, asked: Query[Paging]) -> Any:
    """The submissions that one may know of, newest first."""
    found, next_page = page(access.submissions(caller(request)), asked)
    return {"items": [shown.summary(row) for row in found], "next": next_page}


@router.get("/regimes", response=list[RegimeOut])
def list_regimes(request: HttpRequest) -> Any:
    """The regimes under which a model can be put up for review."""
    require(caller(request), Scope.READ)
    return list(regimes().values())


@router.post("", response={201: SubmissionOut}, openapi_extra=refuses())
def draft(request: HttpRequest, response: HttpResponse, body: SubmissionIn) -> Any:
    """Begin a submission for one's lab; nobody else sees the draft."""
    by, now = caller(request), timezone.now()
    row = submissions.draft(
        _content(body.pinned, body.terms),
        lab=_lab(request, body.lab),
        partner_release_at=body.partner_release_at,
        public_release_at=body.public_release_at,
        regime_id=body.regime,
        by=by,
        now=now,
    )
    response["Location"] = reverse("api-1:submission", args=[row.public_id])
    return Status(201, shown.submission(by, row, now=now))


@router.get("/{id}", response=SubmissionOut, url_name="submission")
def one_submission(request: HttpRequest, id: str) -> Any:
    """One submission by id or codename."""
    by = caller(request)
    return shown.submission(by, access.submission(by, id), now=timezone.now())


@router.get("/{id}/head-start", response=HeadStartOut)
def head_start(request: HttpRequest, id: str) -> Any:
    """How much of what the model found was closed before it was out, over time."""
    return head_start_of(access.submission(caller(request), id))


@router.put("/{id}", response=SubmissionOut, openapi_extra=refuses())
def amend(request: HttpRequest, id: str, body: AmendIn) -> Any:
    """Change a draft."""
    by, now = caller(request), timezone.now()
    row = submissions.amend(
        access.submission_to(by, Step.AMEND, id),
        _content(body.pinned, body.terms),
        partner_release_at=body.partner_release_at,
        public_release_at=body.public_release_at,
        by=by,
        now=now,
    )
    return shown.submission(by, row, now=now)


@router.post("/{id}/submit", response=SubmissionOut, openapi_extra=refuses())
def submit(request: HttpRequest, id: str) -> Any:
    """Put the model up for review under the stated terms."""
    by, now = caller(request), timezone.now()
    row = submissions.submit(access.submission_to(by, Step.SUBMIT, id), by=by, now=now)
    return shown.submission(by, row, now=now)


@router.post("/{id}/evidence", response=SubmissionOut, openapi_extra=refuses())
def hand_over(request: HttpRequest, id: str, body: EvidenceIn) -> Any:
    """Record that something was handed over that the regime demands."""
    by, now = caller(request), timezone.now()
    row = access.submission_to(by, Step.HAND_OVER, id)
    row = submissions.hand_over(row, evidence=body.id, digest=body.digest, by=by, now=now)
    return shown.submission(by, row, now=now)


@router.post("/{id}/share", response=SubmissionOut, openapi_extra=refuses())
def share(request: HttpRequest, id: str, body: ShareIn) -> Any:
    """Share the assessment, or parts of it, with the lab; the official's."""
    by, now = caller(request), timezone.now()
    row = access.submission_to(by, Step.SHARE, id)
    return shown.submission(by, submissions.share(row, parts=body.parts, by=by, now=now), now=now)


@router.post("/{id}/window/open", response=SubmissionOut, openapi_extra=refuses())
def open_window(request: HttpRequest, id: str) -> Any:
    """Open the period of early access, at most as long before the partners' release as the regime
    says."""
    by, now = caller(request), timezone.now()
    row = submissions.open_window(access.submission_to(by, Step.OPEN, id), by=by, now=now)
    return shown.submission(by, row, now=now)


@router.post("/{id}/window/close", response=SubmissionOut, openapi_extra=refuses())
def close_window(request: HttpRequest, id: str) -> Any:
    """Close the window before its day; its grants end with it."""
    by, now = caller(request), timezone.now()
    row = access.submission_to(by, Step.CLOSE, id)
    row = submissions.close_window(row, by=by, now=now)
    return shown.submission(by, row, now=now)


@router.post("/{id}/withdraw", response=SubmissionOut, openapi_extra=refuses())
def withdraw(request: HttpRequest, id: str, body: BecauseIn) -> Any:
    """Take the model back, at any time; access ends at once."""
    by, now = caller(request), timezone.now()
    row = access.submission_to(by, Step.WITHDRAW, id)
    row = submissions.withdraw(row, because=body.because, by=by, now=now)
    return shown.submission(by, row, now=now)


@router.post("/{id}/release", response=SubmissionOut, openapi_extra=refuses())
def release(request: HttpRequest, id: str) -> Any:
    """Say that the model is out. It is recorded whatever the regime says to it."""
    by, now = caller(request), timezone.now()
    row, _ = submissions.release(access.submission_to(by, Step.RELEASE, id), by=by, now=now)
    return shown.submission(by, row, now=now)


@router.post("/{id}/delete", response=SubmissionOut, openapi_extra=refuses())
def delete(request: HttpRequest, id: str) -> Any:
    """Destroy what the submission holds; `deletion` is the signed evidence. There is no way
    back."""
    by, now = caller(request), timezone.now()
    row = deletion.delete(access.submission_to(by, Step.DELETE, id), by=by, now=now)
    return shown.submission(by, row, now=now)


def _content(pinned: PinnedIn, terms: TermsOut) -> Content:
    return Content(pinned=Pinned(**pinned.dict()), terms=Terms(**terms.dict()))


def _lab(request: HttpRequest, named: str) -> Party:
    """The lab for which the caller drafts. Raises NotPermitted."""
    by = caller(request)
    require(by, Scope.SUBMIT)
    return access.lab_for(by, named)
