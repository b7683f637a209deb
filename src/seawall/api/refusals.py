"""What the apps refuse, as problem documents."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from ninja import NinjaAPI

from seawall.advisories.actions import AdvisoryInvalid, PublicationRefused
from seawall.advisories.drafts import NothingProven
from seawall.api.problems import problem
from seawall.cases.actions import CaseRefused
from seawall.claims.actions import ClaimRefused
from seawall.claims.matching import MatchRefused
from seawall.claims.overlaps import AskedTooOften
from seawall.directives.actions import NoSuchObligation
from seawall.distribution.deliveries import DeliveryRefused
from seawall.distribution.keys import KeyRefused
from seawall.distribution.receipts import ReceiptRefused
from seawall.findings.duplicates import LinkRefused
from seawall.reviews.evaluations import EvaluationRefused
from seawall.reviews.grants import GrantRefused
from seawall.reviews.partners import PartnerRefused
from seawall.reviews.submissions import StepRefused
from seawall.vocab.problems import Problem


class Conflict(Exception):
    """The state of this installation does not allow it now; the message says why."""


def add_refusals(api: NinjaAPI) -> None:
    """Let `api` answer what the rules of the apps refuse: 409, or 422 for invalid documents."""

    def on(kind: type[Exception], answer: Callable[[Any], HttpResponse]) -> None:
        api.add_exception_handler(kind, lambda request, error: answer(error))

    for kind in (Conflict, CaseRefused, LinkRefused, NothingProven, PublicationRefused):
        on(kind, lambda error: problem(409, str(error)))
    for kind in (ClaimRefused, MatchRefused, AskedTooOften):
        on(kind, lambda error: problem(409, str(error)))
    for kind in (KeyRefused, ReceiptRefused, DeliveryRefused):
        on(kind, lambda error: problem(409, str(error)))
    for kind in (StepRefused, EvaluationRefused, PartnerRefused, GrantRefused):
        on(kind, lambda error: problem(409, str(error)))
    on(NoSuchObligation, lambda error: problem(404, str(error)))
    on(AdvisoryInvalid, _invalid)


def problem_data(found: Problem) -> dict[str, str]:
    """A problem of a document as JSON values."""
    return {
        "test": found.test,
        "severity": found.severity.value,
        "pointer": found.pointer,
        "message": found.message,
        "mend": found.mend,
        "clause": found.clause,
    }


def _invalid(error: AdvisoryInvalid) -> HttpResponse:
    return problem(
        422,
        "The documents would be wrong; nothing was kept.",
        problems=[problem_data(each) for each in error.problems],
    )
