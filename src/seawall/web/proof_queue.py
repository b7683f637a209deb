"""How the proofs are getting on: what waits, what was last shown. The queue and the finding page
ask for it again and again while something moves."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from seawall.ledger.models import Outbox
from seawall.validation.access import validations
from seawall.validation.models import BULKY, Validation
from seawall.vocab.actors import Actor
from seawall.web.pages import actor_of, needs, page
from seawall.web.roles import is_house

MOST = 1_000
"""Waiting proofs are counted so far and no further."""
_TOPICS = ("validation.wanted", "findings.compare", "findings.received")


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """`waiting` proofs are queued or running; `comparing` is work that looks for duplicates."""

    waiting: int
    comparing: int
    last: Sequence[Validation]

    @property
    def many(self) -> bool:
        """Whether there are more than were counted."""
        return self.waiting >= MOST

    @property
    def moving(self) -> bool:
        return bool(self.waiting or self.comparing)


def proofs_underway(by: Actor) -> Underway | None:
    """For members of the house; None for others, whose business the whole queue is not."""
    if not is_house(by):
        return None
    topics = list(
        Outbox.objects.filter(done_at=None, failed_at=None, topic__in=_TOPICS)
        .order_by("due_at", "id")
        .values_list("topic", flat=True)[:MOST]
    )
    waiting = sum(topic == _TOPICS[0] for topic in topics)
    last = validations(by).order_by("-pk").defer(*BULKY)[:3]
    return Underway(waiting=waiting, comparing=len(topics) - waiting, last=list(last))


@require_safe
@needs(is_house)
def part(request: HttpRequest) -> HttpResponse:
    """The part of the queue's page that shows progress."""
    underway = proofs_underway(actor_of(request))
    return page(request, "intake/underway.html", {"underway": underway})
