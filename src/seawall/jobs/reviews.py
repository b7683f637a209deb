"""Follow-up work on reviews: windows, grants and designations end on their day; keys are gone.

Nothing needs these to end: the gateway reads the clock itself. Each may run late, early or twice.
"""

from datetime import datetime

from seawall.jobs.registry import Work, handles
from seawall.parties import sealing
from seawall.reviews import deletion, grants, partners, submissions
from seawall.reviews.models import Grant, Partner, Submission


@handles(submissions.CLOSE)
def close(work: Work) -> None:
    """Close a window whose time is over."""
    row = Submission.objects.filter(pk=work.ids["submission_id"]).first()
    if row is not None:
        submissions.close_when_due(row, by=work.actor, now=work.now)


@handles(grants.EXPIRE)
def expire_grant(work: Work) -> None:
    """End a grant whose time is over."""
    row = Grant.objects.filter(pk=work.ids["grant_id"]).first()
    if row is not None:
        grants.expire_when_due(row, by=work.actor, now=work.now)


@handles(partners.EXPIRE)
def expire_partner(work: Work) -> None:
    """End a designation whose time is over, unless it was renewed."""
    row = Partner.objects.filter(pk=work.ids["partner_id"]).first()
    if row is not None:
        partners.expire_when_due(row, by=work.actor, now=work.now)


@handles(submissions.RETENTION)
def delete(work: Work) -> None:
    """Delete what a submission holds, when its terms say so or it was withdrawn."""
    row = Submission.objects.filter(pk=work.ids["submission_id"]).first()
    if row is not None:
        deletion.delete_when_due(row, by=work.actor, now=work.now)


@handles(deletion.DELETE)
def destroy(work: Work) -> None:
    """Destroy the keys again, in case the process died between its commit and the keys."""
    at = datetime.fromisoformat(work.ids["at"])
    sealing.destroy_now(work.ids["key_ids"], blobs=work.ids["blobs"], at=at)
