"""Forgetting what was submitted for cases that were shredded."""

import secrets
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from seawall.parties import sealing
from seawall.relays.models import Bundle, Relay, Submission


@transaction.atomic
def forget_submissions(case_ids: Collection[int], *, at: datetime) -> None:
    """Make the patches that became fixes of these cases, shredded at `at`, unreadable, and forget
    the digests of what was sent. Safe to run again."""
    of_cases = Q(fix__case__in=case_ids, fix__case__shredded_at__isnull=False)
    rows = list(
        Submission.objects.select_for_update(of=("self",)).filter(
            of_cases | Q(report__shredded_at=at)
        )
    )
    for row in rows:
        row.digest = secrets.token_hex(32)
        if row.key_id:
            row.diff = sealing.remains_of(row.key_id)
        row.save(update_fields=["digest", "diff"])
    said = Q(pov__in=rows) | Q(patch__in=rows) | Q(sarif__in=rows)
    Bundle.objects.filter(said).update(description="")
    Relay.objects.filter(case__in=case_ids, case__shredded_at__isnull=False).update(digest="")
    keys = [row.key_id for row in rows if row.key_id]
    sealing.destroy_at_commit(keys, blobs=(), at=at)
