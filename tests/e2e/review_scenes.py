"""Scenes of a review: results of an evaluation, signatures, and use of an access."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from reviews.folk import signed as sign
from reviews.test_evaluations import _result
from seawall.parties.access import actor_of
from seawall.parties.models import Person
from seawall.reviews import evaluations
from seawall.reviews.models import AbuseSignal, Call, Evaluation, Grant, Submission
from seawall.vocab.actors import LOCAL
from seawall.vocab.evals import Side


def results(*, solved: int, most: int) -> int:
    """The results of the last evaluation: of each order the first `most`, of which all but the
    last solved while there are `solved`. Gives how many were kept."""
    row = Evaluation.objects.latest("pk")
    plan, _ = evaluations.plan_of(row)
    kept = 0
    for side in Side:
        for position, item in enumerate(plan.items(side)[:most]):
            for scaffold in plan.scaffolds:
                result = _result(item, scaffold, solved=position < solved)
                evaluations.record_result(
                    row,
                    side=side,
                    position=position,
                    result=result,
                    by=LOCAL,
                    now=timezone.now(),
                )
                kept += 1
    return kept


def signed(*, on: str, by: list[str]) -> None:
    """People by their addresses sign the open approval about something."""
    who = [actor_of(Person.objects.get(email=email)) for email in by]
    sign(on, *who, now=timezone.now())


def used() -> dict[str, Any]:
    """The last access was used today, and something was noticed."""
    row, now = Grant.objects.latest("pk"), timezone.now()
    for number in range(3):
        at = now - timedelta(seconds=number)
        Call.objects.create(
            grant=row,
            started_at=at,
            ended_at=at,
            path="/v1/chat/completions",
            status=200,
            input_tokens=4000 * (number + 1),
            output_tokens=700,
        )
    AbuseSignal.objects.create(grant=row, kind="odd hours", at=now, facts={"hour": 3})
    return {"alias": row.alias, "model": Submission.objects.get(pk=row.submission_id).codename}
