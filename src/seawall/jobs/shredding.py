"""Follow-up work on a shredded case: its keys are gone for sure, its drafts and builds too."""

from datetime import datetime
from pathlib import Path

from django.conf import settings

from seawall.advisories.shredding import forget_drafts
from seawall.cases.models import CandidateFix
from seawall.distribution.deliveries import forget_deliveries
from seawall.jobs.registry import Work, handles
from seawall.parties import sealing
from seawall.relays.shredding import forget_submissions


@handles("case.shredded")
def finish(work: Work) -> None:
    """Destroy the keys again, in case the process that shredded died between its commit and the
    keys, and forget what was made from the case's content."""
    from seawall.proofs.patched import forget_patched

    at = datetime.fromisoformat(work.ids["at"])
    sealing.destroy_now(work.ids["key_ids"], blobs=work.ids["blobs"], at=at)
    forget_drafts(work.ids["case_ids"])
    forget_submissions(work.ids["case_ids"], at=at)
    forget_deliveries(work.ids["case_ids"], at=work.now)
    known = CandidateFix.objects.exclude(diff_digest="").values_list("diff_digest", flat=True)
    forget_patched(Path(settings.SEAWALL_HOME) / "cache", known=set(known))
