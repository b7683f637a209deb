"""How far the work is, asked for again and again by the page itself.

Polling, not an open stream: each answer is checked like any other request, so an ended session
sees nothing more from the next second on, no connection has to be hunted down, and it passes
every proxy. An answer is a few hundred bytes and costs two or three indexed queries.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from seawall.findings.among import sent_by
from seawall.ledger import queries as ledger
from seawall.vocab.actors import Actor
from seawall.web.bounded import Bounded, bounded
from seawall.web.pages import actor_of, needs_login, page
from seawall.web.roles import is_house

_KINDS = {
    "validation.wanted": gettext_lazy("proofs to run"),
    "fix.wanted": gettext_lazy("fixes to verify"),
    "findings.received": gettext_lazy("reports to read"),
    "findings.compare": gettext_lazy("findings to compare"),
    "catalogue.changed": gettext_lazy("systems to match"),
    "inventory.changed": gettext_lazy("systems to match"),
    "exposures.changed": gettext_lazy("systems to match"),
    "ledger.check": gettext_lazy("checks of the ledger"),
    "webhook.deliver": gettext_lazy("notices to deliver"),
    "notices.due": gettext_lazy("notices to deliver"),
}
_OTHER = gettext_lazy("other jobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Open work by kind, for the house; findings that wait for their proof, for others."""

    kinds: tuple[tuple[Any, int], ...] = ()
    waiting: Bounded | None = None
    given_up: int = 0

    @property
    def total(self) -> int:
        own = self.waiting.count if self.waiting else 0
        return sum(count for _, count in self.kinds) + own

    @property
    def every(self) -> str:
        """How soon the page asks again."""
        return "1s" if self.total else "10s"


@require_safe
@needs_login
def work(request: HttpRequest) -> HttpResponse:
    """The part of the dashboard that shows what is being worked on."""
    return page(request, "live/work.html", {"work": work_for(actor_of(request))})


def work_for(who: Actor) -> Work:
    """What is being worked on, as far as `who` may know."""
    if not is_house(who):
        queued = ledger.open_ids("validation.wanted", "finding_id", now=timezone.now())
        return Work(waiting=bounded(sent_by(who).filter(pk__in=queued)))
    counts: dict[Any, int] = {}
    for topic, count in ledger.open_work(now=timezone.now()).items():
        kind = _KINDS.get(topic, _OTHER)
        counts[kind] = counts.get(kind, 0) + count
    ordered = sorted(counts.items(), key=lambda each: -each[1])
    return Work(kinds=tuple(ordered), given_up=ledger.given_up())
