"""What can be done with a submission, one address each."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from seawall.core.submissions import Step
from seawall.reviews import access, deletion, submissions
from seawall.reviews.models import Submission
from seawall.reviews.submissions import StepRefused
from seawall.vocab.decisions import Refused
from seawall.vocab.errors import BadInput
from seawall.web.pages import actor_of, go_to, needs_login, tell, warn
from seawall.web.reviews_forms import BecauseForm, EvidenceForm, ShareForm

Do = Callable[[Submission, dict[str, Any]], str]


@require_POST
@needs_login
def submit(request: HttpRequest, submission_id: str) -> HttpResponse:
    """Put the model up for review."""

    def do(row: Submission, how: dict[str, Any]) -> str:
        submissions.submit(row, **how)
        return _("It is up for review. The official and the evaluators see it now.")

    return _take(request, submission_id, Step.SUBMIT, do)


@require_POST
@needs_login
def evidence(request: HttpRequest, submission_id: str, evidence_id: str) -> HttpResponse:
    """Record that something was handed over that the regime demands."""
    form = EvidenceForm(request.POST)

    def do(row: Submission, how: dict[str, Any]) -> str:
        digest = form.cleaned_data["digest"]
        submissions.hand_over(row, evidence=evidence_id, digest=digest, **how)
        return _("It is recorded as handed over.")

    return _take(request, submission_id, Step.HAND_OVER, do, form)


@require_POST
@needs_login
def share(request: HttpRequest, submission_id: str) -> HttpResponse:
    """Share the assessment, or parts of it, with the lab."""
    form = ShareForm(request.POST)

    def do(row: Submission, how: dict[str, Any]) -> str:
        parts = form.cleaned_data["parts"]
        submissions.share(row, parts=parts, **how)
        if not parts:
            return _("The lab reads nothing of it any more.")
        return _("The lab may read what you chose.")

    return _take(request, submission_id, Step.SHARE, do, form)


@require_POST
@needs_login
def open_window(request: HttpRequest, submission_id: str) -> HttpResponse:
    """Open the window of early access."""

    def do(row: Submission, how: dict[str, Any]) -> str:
        submissions.open_window(row, **how)
        return _("The window is open.")

    return _take(request, submission_id, Step.OPEN, do)


@require_POST
@needs_login
def close_window(request: HttpRequest, submission_id: str) -> HttpResponse:
    """Close the window before its day."""

    def do(row: Submission, how: dict[str, Any]) -> str:
        submissions.close_window(row, **how)
        return _("The window is closed, and its grants have ended.")

    return _take(request, submission_id, Step.CLOSE, do)


@require_POST
@needs_login
def withdraw(request: HttpRequest, submission_id: str) -> HttpResponse:
    """Take the model back."""
    form = BecauseForm(request.POST)

    def do(row: Submission, how: dict[str, Any]) -> str:
        submissions.withdraw(row, because=form.cleaned_data["because"], **how)
        return _("It is withdrawn. Nobody has access any more.")

    return _take(request, submission_id, Step.WITHDRAW, do, form)


@require_POST
@needs_login
def release(request: HttpRequest, submission_id: str) -> HttpResponse:
    """Say that the model is out."""

    def do(row: Submission, how: dict[str, Any]) -> str:
        _row, said = submissions.release(row, **how)
        if isinstance(said, Refused):
            warn(request, _("The regime says no: %(why)s") % {"why": said.reason})
        return _("It is recorded as released.")

    return _take(request, submission_id, Step.RELEASE, do)


@require_POST
@needs_login
def delete(request: HttpRequest, submission_id: str) -> HttpResponse:
    """Destroy what the submission holds."""

    def do(row: Submission, how: dict[str, Any]) -> str:
        deletion.delete(row, **how)
        return _("Its contents are deleted. The signed evidence is on this page.")

    return _take(request, submission_id, Step.DELETE, do)


@require_safe
@needs_login
def deletion_evidence(request: HttpRequest, submission_id: str) -> HttpResponse:
    """The signed evidence of deletion, as a file."""
    row = access.submission(actor_of(request), submission_id)
    if row.deleted_at is None:
        raise access.NotFound(f"There is no evidence of deletion of {row.public_id}.")
    name = f"{row.public_id}-deletion.dsse.json"
    return HttpResponse(
        row.deletion["envelope"],
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _take(
    request: HttpRequest, submission_id: str, step: Step, do: Do, form: Any = None
) -> HttpResponse:
    """Take a step and go back to the page, which tells what came of it."""
    by, now = actor_of(request), timezone.now()
    row = access.submission_to(by, step, submission_id)
    if form is not None and not form.is_valid():
        warn(request, "; ".join(str(said) for part in form.errors.values() for said in part))
        return go_to("review", row.public_id)
    try:
        tell(request, do(row, {"by": by, "now": now}))
    except (StepRefused, BadInput) as refused:
        warn(request, str(refused))
    return go_to("review", row.public_id)
