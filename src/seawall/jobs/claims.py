"""Ends of scan claims and of private matching, for who is told of them.

No claim needs these to end: its state is read off the clock. What was renewed or ended meanwhile
is left alone, so that each may run late, early or twice.
"""

from seawall.claims import actions, matching
from seawall.claims.models import MatchSession, ScanClaim
from seawall.jobs.registry import Work, handles


@handles(actions.ENDING)
def ending(work: Work) -> None:
    """Note that a lease is about to run out, if it still ends then."""
    row = _claim_ending_then(work)
    if row is not None:
        actions.note_ending(row, by=work.actor, now=work.now)


@handles(actions.ENDED)
def ended(work: Work) -> None:
    """Note that a lease ran out, unless it was renewed or ended."""
    row = _claim_ending_then(work)
    if row is not None:
        actions.note_end(row, by=work.actor, now=work.now)


@handles(matching.EXPIRES)
def forget(work: Work) -> None:
    """Forget the points and answers of a session that is over."""
    row = MatchSession.objects.filter(pk=work.ids["session_id"]).first()
    if row is not None:
        matching.forget_old(row, by=work.actor, now=work.now)


def _claim_ending_then(work: Work) -> ScanClaim | None:
    row = ScanClaim.objects.filter(pk=work.ids["claim_id"]).first()
    if row is None or row.until_at.isoformat() != work.ids["until_at"]:
        return None
    return row
