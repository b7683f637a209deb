"""One evaluation: the draw, the plan, the results in their order, the finding, the report."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from seawall.core.determination import Determination, Track
from seawall.core.review_access import may_evaluate, may_step
from seawall.core.submissions import Step
from seawall.formats.determination_curve import ratio_curve
from seawall.formats.determination_html import STYLE_HASH
from seawall.parties.access import NotPermitted
from seawall.parties.approvals import NotApproved
from seawall.reviews import access, banks, evaluations, reporting, shown
from seawall.reviews.evaluations import EvaluationRefused
from seawall.reviews.models import Evaluation
from seawall.reviews.submissions import StepRefused
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Allowed
from seawall.vocab.errors import BadInput
from seawall.vocab.reviews import Determined, Voice
from seawall.web.pages import actor_of, go_to, needs_login, page, tell, warn
from seawall.web.reviews_forms import DetermineForm, NonceForm, PlanForm

REPORT_POLICY = f"default-src 'none'; style-src '{STYLE_HASH}'; frame-ancestors 'none'"
"""For the report, which is one file with its own style and nothing else."""


@require_POST
@needs_login
def open_evaluation(request: HttpRequest, submission_id: str) -> HttpResponse:
    """Open an evaluation with the practice bank, or the bank that is named."""
    by = actor_of(request)
    row = access.submission_to_evaluate(by, submission_id)
    bank = request.POST.get("bank", banks.PRACTICE)
    try:
        made = evaluations.open_evaluation(
            row, bank=bank, bank_root=banks.root_of_bank(bank), by=by, now=timezone.now()
        )
    except (StepRefused, EvaluationRefused, BadInput) as refused:
        warn(request, str(refused))
        return go_to("review", row.public_id)
    tell(request, _("The evaluation is open. Both sides now commit to a nonce."))
    return go_to("evaluation", made.public_id)


@require_safe
@needs_login
def evaluation(request: HttpRequest, evaluation_id: str) -> HttpResponse:
    """How far an evaluation is; with its results for who may read them."""
    by = actor_of(request)
    row = access.evaluation(by, evaluation_id)
    reads = (
        access.reads_everything(by, row.submission) or "results" in row.submission.assessment_shared
    )
    statistics = evaluations.statistics_of(row) if reads and row.plan else None
    context = {
        "row": row,
        "one": shown.evaluation(row),
        "nonces": _nonces(by, row),
        "reads": reads,
        "reads_report": _reads_report(by, row),
        "found": statistics,
        "numbers": _numbers(statistics),
        "costs": _costs(statistics),
        "problems": evaluations.problems_of(row) if statistics is not None else [],
        "may_plan": isinstance(may_evaluate(by, lab=row.submission.lab_id), Allowed)
        and not row.plan,
        "is_revealed": bool(row.agency_nonce and row.lab_nonce),
        "plan_form": PlanForm(),
        "may_determine": statistics is not None
        and isinstance(may_step(by, Step.DETERMINE, lab=row.submission.lab_id), Allowed),
        "determine_form": DetermineForm(
            initial={"verdict": statistics.determined.value if statistics else ""}
        ),
        "progress": _progress(row, statistics),
        "crumbs": [
            (_("Reviews"), reverse("reviews")),
            (row.submission.public_id, reverse("review", args=[row.submission.public_id])),
            (row.public_id, None),
        ],
    }
    return page(request, "reviews/evaluation.html", context)


@require_safe
@needs_login
def progress(request: HttpRequest, evaluation_id: str) -> HttpResponse:
    """How many results there are, asked for again and again by the page."""
    row = access.evaluation(actor_of(request), evaluation_id)
    context = {"row": row, "progress": _progress(row, None), "was": request.GET.get("was", "")}
    return page(request, "reviews/evaluation_progress.html", context)


def _progress(row: Evaluation, found: Determination | None) -> dict[str, Any]:
    """How far it is; `moves` while results may still come."""
    is_over = row.ended_at is not None or (found is not None and found.complete)
    return {"kept": row.runs.count(), "moves": bool(row.plan) and not is_over}


def _numbers(found: Determination | None) -> list[dict[str, Any]]:
    """One line for each test: what it was, and where it stands."""
    if found is None:
        return []
    return [
        {
            "side": side.side,
            "track": track,
            "used": len(track.steps),
            "solved": track.solved,
            "ability": track.ability,
            "of": len(found.plan.items(side.side)),
            "curve": _curve(track, number, len(found.plan.items(side.side))),
        }
        for number, (side, track) in enumerate(
            (side, track) for side in found.sides for track in side.tracks
        )
    ]


def _reads_report(by: Actor, row: Evaluation) -> bool:
    return (
        access.reads_everything(by, row.submission) or "report" in row.submission.assessment_shared
    )


def _curve(track: Track, number: int, items: int) -> SafeString:
    """The path of a test as its report draws it; it escapes what it is given."""
    if not track.steps:
        return SafeString("")
    return SafeString(ratio_curve(track, items=items, key=f"track-{number}"))


def _costs(found: Determination | None) -> list[dict[str, Any]]:
    return [
        {
            "side": each.side,
            "scaffold": each.scaffold,
            "attempts": each.attempts,
            "tokens": each.tokens,
            "dollars": each.micro_usd / 1_000_000,
            "seconds": each.seconds,
        }
        for each in (found.costs if found else ())
    ]


def _nonces(by: Actor, row: Evaluation) -> list[dict[str, Any]]:
    """Each voice: how far its nonce is, and the form for who draws it."""
    both = bool(row.lab_commitment and row.agency_commitment)
    lab = isinstance(may_step(by, Step.HAND_OVER, lab=row.submission.lab_id), Allowed)
    government = isinstance(may_evaluate(by, lab=row.submission.lab_id), Allowed)
    return [
        {
            "voice": voice,
            "commitment": commitment,
            "nonce": nonce if row.lab_nonce and row.agency_nonce else "",
            "is_revealed": bool(nonce),
            "form": NonceForm(auto_id=f"{voice.value}_%s")
            if mine and (not commitment or (both and not nonce))
            else None,
        }
        for voice, commitment, nonce, mine in (
            (Voice.LAB, row.lab_commitment, row.lab_nonce, lab),
            (Voice.GOVERNMENT, row.agency_commitment, row.agency_nonce, government),
        )
    ]


@require_POST
@needs_login
def nonce(request: HttpRequest, evaluation_id: str, voice: str) -> HttpResponse:
    """Commit to a nonce; once both have, reveal it."""
    by, now = actor_of(request), timezone.now()
    if voice not in list(Voice):
        raise access.NotFound(f"There is no evaluation {evaluation_id}.")
    row, said = access.evaluation_for(by, Voice(voice), evaluation_id), Voice(voice)
    form = NonceForm(request.POST)
    if not form.is_valid():
        warn(request, _("A commitment and a nonce are 32 bytes in hex: 64 characters."))
        return go_to("evaluation", row.public_id)
    has_committed = row.lab_commitment if said is Voice.LAB else row.agency_commitment
    value = form.cleaned_data["value"]
    try:
        if has_committed:
            evaluations.reveal_nonce(row, voice=said, nonce=value, by=by, now=now)
            tell(request, _("The nonce is revealed."))
        else:
            evaluations.commit_nonce(row, voice=said, commitment=value, by=by, now=now)
            tell(request, _("The commitment is in the ledger."))
    except (EvaluationRefused, BadInput) as refused:
        warn(request, str(refused))
    return go_to("evaluation", row.public_id)


@require_POST
@needs_login
def plan(request: HttpRequest, evaluation_id: str) -> HttpResponse:
    """Draw the order and fix the plan."""
    by, now = actor_of(request), timezone.now()
    row, form = access.evaluation_to_run(by, evaluation_id), PlanForm(request.POST)
    if not form.is_valid():
        warn(request, "; ".join(str(said) for part in form.errors.values() for said in part))
        return go_to("evaluation", row.public_id)
    try:
        made, facts = banks.plan_for(row, **form.cleaned_data)
        evaluations.fix_plan(row, made, facts, by=by, now=now)
    except (EvaluationRefused, BadInput) as refused:
        warn(request, str(refused))
    else:
        tell(request, _("The plan is fixed, and its digest is in the ledger."))
    return go_to("evaluation", row.public_id)


@require_POST
@needs_login
def determine(request: HttpRequest, evaluation_id: str) -> HttpResponse:
    """Record what the official finds; "covered" first asks for two signatures."""
    by, now = actor_of(request), timezone.now()
    row, form = access.evaluation_to_determine(by, evaluation_id), DetermineForm(request.POST)
    if not form.is_valid():
        warn(request, _("Choose what you find."))
        return go_to("evaluation", row.public_id)
    verdict, because = Determined(form.cleaned_data["verdict"]), form.cleaned_data["because"]
    try:
        evaluations.determine_submission(row, verdict=verdict, because=because, by=by, now=now)
    except NotApproved:
        asked = evaluations.ask_covered(row, because=because, by=by, now=now)
        tell(request, _("It takes the signatures of two people of two parties; here they sign."))
        return go_to("approval", asked.public_id)
    except (StepRefused, EvaluationRefused, BadInput) as refused:
        warn(request, str(refused))
        return go_to("evaluation", row.public_id)
    tell(request, _("It is determined."))
    return go_to("review", row.submission.public_id)


@require_safe
@needs_login
def report(request: HttpRequest, evaluation_id: str) -> HttpResponse:
    """The report as one page, or as Markdown with `?as=markdown`."""
    by = actor_of(request)
    row = access.evaluation(by, evaluation_id)
    if not _reads_report(by, row):
        raise NotPermitted(_("The official has not shared the report."))
    if request.GET.get("as") == "markdown":
        name = f"{row.public_id}.md"
        return HttpResponse(
            reporting.markdown_of(row),
            content_type="text/markdown; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
    response = HttpResponse(reporting.html_of(row))
    response["Content-Security-Policy"] = REPORT_POLICY
    return response
