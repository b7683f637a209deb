"""Forgetting the drafts of cases that were shredded; what was published stays public."""

import secrets
from collections.abc import Collection

from django.db import transaction

from seawall.advisories.models import SEALED, Revision
from seawall.findings.shredding import WORD
from seawall.parties import sealing


@transaction.atomic
def forget_drafts(case_ids: Collection[int]) -> None:
    """Overwrite what is readable of revisions that were never published. Safe to run again."""
    rows = Revision.objects.select_for_update().filter(
        advisory__case__in=case_ids, advisory__case__shredded_at__isnull=False, published_at=None
    )
    for row in rows:
        row.sealed_documents = sealing.remains_of(sealing.key_of(bytes(row.sealed_documents)))
        if row.sealed_fixes:
            row.sealed_fixes = sealing.remains_of(sealing.key_of(bytes(row.sealed_fixes)))
        row.summary, row.left_out, row.facts_digest = WORD, {}, secrets.token_hex(32)
        row.save(update_fields=["summary", "left_out", "facts_digest", *SEALED])
