"""Which cases an actor may see; doors obtain them only here."""

from django.db.models import QuerySet

from seawall.cases.models import Case, MergeProposal
from seawall.core.public_ids import id_number, short_number
from seawall.findings.access import NotFound
from seawall.parties.access import require
from seawall.parties.models import Scope
from seawall.vocab.actors import Actor


def cases(by: Actor, *, include_merged: bool = False) -> QuerySet[Case]:
    """Cases, newest first, ready to be shown without further queries."""
    require(by, Scope.READ)
    rows = Case.objects.select_related("finding__report", "merged_into").prefetch_related(
        "fixes__verifications", "moments"
    )
    return rows if include_merged else rows.filter(merged_into=None)


def case(by: Actor, public_id: str) -> Case:
    """One case by `C-2026-000001`; raises NotFound."""
    rows, number = cases(by, include_merged=True), id_number("C", public_id)
    found = rows.filter(pk=number).first() if number else None
    if found is None or found.public_id.split("-")[1] != public_id.strip().split("-")[1]:
        raise NotFound(f"There is no case {public_id}.")
    return found


def proposals(by: Actor, *, undecided_only: bool = True) -> QuerySet[MergeProposal]:
    """Proposals to merge, oldest first."""
    require(by, Scope.READ)
    rows = MergeProposal.objects.select_related("earlier", "later", "fix")
    return rows.filter(accepted=None) if undecided_only else rows


def proposal(by: Actor, public_id: str) -> MergeProposal:
    """One proposal by `M-1`; raises NotFound."""
    rows, number = proposals(by, undecided_only=False), short_number("M", public_id)
    found = rows.filter(pk=number).first() if number else None
    if found is None:
        raise NotFound(f"There is no proposal {public_id}.")
    return found
