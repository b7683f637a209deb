"""What may be said of a case to somebody, now. The one place that every sender asks, when it
sends: what was allowed when the work was queued does not count."""

from datetime import datetime

from seawall.cases.models import Case
from seawall.cases.reading import embargo_holds, tier_of
from seawall.core.ways_out import Say, Way, may_say
from seawall.vocab.actors import Actor
from seawall.vocab.tlp import Tlp


def may_say_of(case: Case, *, to: Actor, way: Way, now: datetime) -> Say:
    """The most that may be said of the case to `to` on `way` at this moment."""
    return may_say(
        tlp=Tlp(case.tlp),
        tier=tier_of(to, case, now=now),
        embargo_holds=embargo_holds(case, now=now),
        way=way,
    )
