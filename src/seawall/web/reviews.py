"""Reviews: models put up for review before their release; the list, the draft and one of them."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from seawall.core.review_access import (
    is_official,
    may_change_grant,
    may_evaluate,
    may_step,
)
from seawall.core.submissions import Step, may_take
from seawall.headstart.of_model import ModelHeadStart, head_start_of
from seawall.parties.access import NotPermitted
from seawall.parties.models import Party
from seawall.reviews import access, banks, shown, submissions
from seawall.reviews.models import AbuseSignal, Submission
from seawall.reviews.regimes import regime, regimes
from seawall.reviews.shown import SubmissionShown
from seawall.reviews.submissions import StepRefused, content_of
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Allowed, Refused
from seawall.vocab.errors import BadInput
from seawall.vocab.reviews import SubmissionState
from seawall.web.listing import keyset
from seawall.web.pages import actor_of, go_to, needs_login, page, tell
from seawall.web.pictures import Mark, Row, Span, schedule
from seawall.web.pictures.arrivals import Arrivals, arrivals
from seawall.web.reviews_forms import BecauseForm, ShareForm, SubmissionForm
from seawall.web.words import word

_WAY = [state for state in SubmissionState if state is not SubmissionState.WITHDRAWN]
_SIGNALS = 20


@require_safe
@needs_login
def reviews(request: HttpRequest) -> HttpResponse:
    """The submissions that one may know of."""
    by = actor_of(request)
    listed = keyset(access.submissions(by), request.GET)
    context = {
        "listed": listed,
        "rows": [shown.summary(row) for row in listed.rows],
        "may_draft": bool(labs_of(by)),
    }
    return page(request, "reviews/list.html", context)


def labs_of(by: Actor) -> list[Party]:
    """The labs for which `by` may draft."""
    return [
        each
        for each in access.labs()
        if each.pk in by.parties and isinstance(may_step(by, Step.AMEND, lab=each.pk), Allowed)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@needs_login
def new(request: HttpRequest) -> HttpResponse:
    """The form to begin a submission."""
    by, labs = actor_of(request), labs_of(actor_of(request))
    if not labs:
        raise NotPermitted(_("It takes a member of a lab to put a model up for review."))
    form = SubmissionForm(labs, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = submissions.draft(
                form.content(),
                lab=form.lab,
                regime_id=form.cleaned_data["regime"],
                **form.dates(),
                by=by,
                now=timezone.now(),
            )
        except BadInput as bad:
            refuse(form, bad)
        else:
            tell(request, _("The draft is kept. Nobody but your lab sees it."))
            return go_to("review", row.public_id)
    return _form(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_login
def edit(request: HttpRequest, submission_id: str) -> HttpResponse:
    """The form to change a draft."""
    by = actor_of(request)
    row = access.submission_to(by, Step.AMEND, submission_id)
    form = SubmissionForm([], request.POST or None, initial=_initial(row))
    if request.method == "POST" and form.is_valid():
        try:
            submissions.amend(row, form.content(), **form.dates(), by=by, now=timezone.now())
        except StepRefused as refused:
            form.add_error(None, str(refused))
        except BadInput as bad:
            refuse(form, bad)
        else:
            tell(request, _("The draft is changed."))
            return go_to("review", row.public_id)
    return _form(request, form, row)


def _form(request: HttpRequest, form: SubmissionForm, row: Submission | None) -> HttpResponse:
    context = {
        "form": form,
        "row": row,
        "regimes": list(regimes().values()),
        "crumbs": [
            (_("Reviews"), reverse("reviews")),
            *([(row.public_id, reverse("review", args=[row.public_id]))] if row else []),
            (_("Change the draft") if row else _("Put a model up for review"), None),
        ],
    }
    status = 422 if form.errors else 200
    return page(request, "reviews/form.html", context, status=status)


def _initial(row: Submission) -> dict[str, Any]:
    content = content_of(row)
    values = {
        name: getattr(part, name)
        for part in (content.pinned, content.terms)
        for name in type(part).__dataclass_fields__
    }
    return values | {
        "partner_release_at": row.partner_release_at,
        "public_release_at": row.public_release_at,
    }


def refuse(form: Any, bad: BadInput) -> None:
    """Put a refusal beside the field that it is about."""
    said = f"{bad.what} ({bad.mend})" if bad.mend else bad.what
    form.add_error(bad.where if bad.where in form.fields else None, said)


@require_safe
@needs_login
def review(request: HttpRequest, submission_id: str) -> HttpResponse:
    """One submission: where it stands, its clocks, what was found, who uses it, its head start."""
    by, now = actor_of(request), timezone.now()
    row = access.submission(by, submission_id)
    one = shown.submission(by, row, now=now)
    grants = [
        shown.grant(by, each)
        for each in access.grants(by).filter(submission=row).prefetch_related("keys")[:50]
    ]
    signals = AbuseSignal.objects.none()
    may_grant = isinstance(may_change_grant(by, lab=row.lab_id), Allowed)
    if may_grant:
        signals = AbuseSignal.objects.filter(grant__submission=row).select_related("grant")
    context = {
        "row": row,
        "one": one,
        "regime": regime(row.regime),
        "way": [(state, _is_past(state, one.state)) for state in _WAY],
        "picture": _clocks(one, now),
        "steps": {step.name.lower() for step in shown.steps(by, row, now=now)},
        "operations": _in_powers(one),
        "why_not_submit": _why_not_submit(by, row, now),
        "is_lab": row.lab_id in by.parties,
        "is_official": is_official(by),
        "may_evaluate": isinstance(may_evaluate(by, lab=row.lab_id), Allowed)
        and one.state in ("submitted", "evaluating", "determined"),
        "banks": banks.names(),
        "evaluations": [shown.evaluation(each) for each in access.evaluations(by, row)[:20]],
        "grants": grants,
        "may_grant": may_grant and one.state in ("determined", "window open"),
        "signals": signals[:_SIGNALS],
        "head_start": head_start_of(row),
        "share_form": ShareForm(initial={"parts": row.assessment_shared}),
        "because_form": BecauseForm(),
        "crumbs": [(_("Reviews"), reverse("reviews")), (row.public_id, None)],
    }
    return page(request, "reviews/review.html", context)


def _in_powers(one: SubmissionShown) -> str:
    """The operations of the training as people write them, such as 4e+25; "" when not disclosed."""
    known = one.pinned.operations if one.pinned else None
    return f"{known:.3g}" if known is not None else ""


def _why_not_submit(by: Actor, row: Submission, now: datetime) -> str:
    """Why the draft cannot be submitted yet, for who may submit it; "" when it can."""
    is_draft = row.state == SubmissionState.DRAFT.value
    if not is_draft or isinstance(may_step(by, Step.SUBMIT, lab=row.lab_id), Refused):
        return ""
    said = may_take(Step.SUBMIT, submissions.standing_of(row), regime(row.regime), now=now)
    return said.reason if isinstance(said, Refused) else ""


@require_safe
@needs_login
def head_start(request: HttpRequest, submission_id: str) -> HttpResponse:
    """The head start of one model, as a page that prints well."""
    by = actor_of(request)
    row = access.submission(by, submission_id)
    found = head_start_of(row)
    context = {
        "one": shown.summary(row),
        "found": found,
        "picture": _arrivals(found, timezone.now()),
        "at": timezone.now(),
        "crumbs": [
            (_("Reviews"), reverse("reviews")),
            (row.public_id, reverse("review", args=[row.public_id])),
            (_("Head start"), None),
        ],
    }
    return page(request, "reviews/head_start.html", context)


def _arrivals(found: ModelHeadStart, now: datetime) -> str:
    """What is done about what was found, over time; exposures as such are in the table alone."""
    lines = [
        Arrivals(label=word(line.label), moments=line.moments)
        for line in found.lines
        if line.count and line.key != "exposures"
    ]
    releases = [
        (found.partner_release_at, _("to trusted partners")),
        (found.public_release_at, _("public release")),
    ]
    title = _("What came when, up to the release")
    return arrivals("head-start", title, lines, releases, until=now)


def _is_past(state: SubmissionState, now: SubmissionState) -> str:
    """ "past", "here" or "" for a state on the way."""
    if now is SubmissionState.WITHDRAWN:
        return ""
    if state is now:
        return "here"
    return "past" if _WAY.index(state) < _WAY.index(now) else ""


def _clocks(one: SubmissionShown, now: datetime) -> str:
    """The window and both releases in time."""
    opens = one.opens_at or one.earliest_opening
    closes = one.closes_at or one.partner_release_at
    window = Span(
        start=opens or now,
        end=closes,
        label=_("open") if one.opens_at else _("can open"),
        css="p-1" if one.opens_at else "p-2",
    )
    rows = [
        Row(label=_("Window"), spans=[window] if window.end > window.start else []),
        Row(
            label=_("Releases"),
            marks=[
                Mark(at=one.partner_release_at, label=_("to trusted partners")),
                Mark(at=one.public_release_at, label=_("public")),
            ],
        ),
    ]
    return schedule("clocks", _("The clocks of this submission"), rows, now=now)
