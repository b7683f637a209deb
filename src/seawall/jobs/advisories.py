"""Follow-up work on advisories: drafts follow their case, publications reach the operators."""

import logging

from seawall.advisories.actions import AdvisoryInvalid, draft
from seawall.advisories.drafts import NothingProven
from seawall.advisories.models import Advisory
from seawall.cases.models import Case
from seawall.inventory.catalogue import import_documents, rebuild_index
from seawall.jobs.registry import Work, handles

_log = logging.getLogger(__name__)


@handles("case.changed")
def redraft(work: Work) -> None:
    """Draft the advisory of a case anew; while nothing is proven there is none."""
    case = Case.objects.filter(pk=work.ids["case_id"], merged_into=None, shredded_at=None).first()
    if case is None:
        return
    try:
        draft(case, by=work.actor, now=work.now)
    except NothingProven:
        return
    except AdvisoryInvalid as invalid:
        # Only which rules: what they say quotes the case, and logs hold ids and states alone.
        rules = ", ".join(sorted({problem.test for problem in invalid.problems}))
        _log.warning("%s: no advisory could be drafted; see %s", case.public_id, rules)


@handles("advisory.published")
def distribute(work: Work) -> None:
    """Put a published advisory into the catalogue; every asset is then matched with it."""
    advisory = Advisory.objects.get(pk=work.ids["advisory_id"])
    revision = advisory.revisions.exclude(published_at=None).order_by("-number").first()
    if revision is None:
        return
    found = [(name, doc) for name, doc in revision.documents.items() if name.endswith(".osv.json")]
    import_documents(found, source="seawall", by=work.actor, now=work.now)
    rebuild_index()
