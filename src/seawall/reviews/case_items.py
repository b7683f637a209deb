"""Items made of Seawall's own validated cases, with the consent of their owners."""

from collections.abc import Collection
from datetime import datetime

from seawall.cases.groups import findings_of
from seawall.cases.models import Case
from seawall.cases.reading import embargo_holds
from seawall.evals.consent import CaseFamily, Consent, Numbers, family_of_case
from seawall.evals.difficulty import rule
from seawall.findings.files import content
from seawall.parties import sealing
from seawall.proofs.archive import read_archive
from seawall.validation.models import Validation
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import Task
from seawall.vocab.evidence import EvidenceLevel

_SOURCE_BYTES = 100_000
"""What is taken for the size of a target's source where nobody measured it."""
_UNKNOWN_LICENCE = "NOASSERTION"
"""SPDX for a licence that nobody looked up."""


def family_from_case(
    case: Case,
    *,
    owner: str,
    given_by: str,
    given_at: datetime,
    tasks: Collection[Task],
    licence: str = _UNKNOWN_LICENCE,
) -> CaseFamily:
    """Make a family of items out of the best proof of a case, as its owner consented.

    While the case is embargoed its items stay sealed: they are shown inside a review's sandboxes
    and nowhere else. Raises BadInput for a case without a proof at E3, or whose proof makes no
    item; Shredded.
    """
    best = (
        Validation.objects.filter(
            finding__in=findings_of(case), is_best=True, level__gte=int(EvidenceLevel.E3)
        )
        .select_related("finding__reproducer", "finding__report")
        .order_by("-level", "pk")
        .first()
    )
    if best is None or best.finding.reproducer is None:
        raise BadInput("it has no proof at E3", where=case.public_id, mend="validate it first")
    with sealing.opening():
        bundle = read_archive(content(best.finding.reproducer))
        proof = best.value()
    numbers = [
        Numbers(task=task, a=a, b=b)
        for task in sorted(tasks)
        for a, b in [rule(task, proof.oracle, source_bytes=_SOURCE_BYTES, floor=False)]
    ]
    return family_of_case(
        name=case.public_id.lower(),
        bundle=bundle,
        proof=proof,
        consent=Consent(
            case=case.public_id,
            owner=owner,
            given_by=given_by,
            given_at=given_at,
            tasks=frozenset(tasks),
            embargo_until=case.embargo_ends_at if embargo_holds(case, now=given_at) else None,
        ),
        licence=licence,
        numbers=numbers,
    )
