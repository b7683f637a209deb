"""Reproducers that leave: who did not send one fetches it with an approval by four eyes only.

The approval names the artefact by its digest and the party that receives it, and holds for seven
days. Jobs and the command line on the machine itself need none.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from seawall.core import access as rules
from seawall.core.four_eyes import Grave
from seawall.findings.models import Attachment, Finding
from seawall.findings.reading import facts_of
from seawall.parties import approvals
from seawall.parties.access import NotPermitted, demand
from seawall.parties.models import Approval
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Allowed
from seawall.vocab.errors import BadInput


def ask_export(finding: Finding, *, by: Actor, now: datetime) -> Approval:
    """Ask that the finding's reproducer may be fetched by the party of `by`. Raises NotPermitted
    when the policy would not let `by` fetch it anyway, BadInput when nothing has to be asked."""
    artefact = finding.reproducer
    if artefact is None:
        raise BadInput(f"{finding.public_id} has no reproducer")
    facts = facts_of([finding], now=now)[finding.pk]
    demand(rules.may_fetch(by, facts, now=now))
    if approvals.is_machine(by) or by.parties & facts.reporters:
        raise BadInput("your party may fetch this reproducer as it is")
    if not by.parties:
        raise BadInput("an export names the party that receives it; ask as a member of one")
    party = min(by.parties)
    return approvals.ask(
        what=Grave.EXPORT,
        on=finding.public_id,
        facts=export_facts(finding, artefact, party),
        effect=f"Members of P-{party} who may read the reproducer may fetch it, for seven days.",
        by=by,
        now=now,
    )


def demand_export(
    artefact: Attachment, proven: Collection[Finding], *, by: Actor, now: datetime
) -> None:
    """Raise NotPermitted unless `by` may take the reproducer of these findings away: a party of
    `by` sent one of them, or the export to a party of `by` is approved."""
    if approvals.is_machine(by):
        return
    held = facts_of(list(proven), now=now)
    for row in proven:
        if by.parties & held[row.pk].reporters:
            return
        for party in by.parties:
            answer = approvals.approved_for(
                what=Grave.EXPORT,
                on=row.public_id,
                facts=export_facts(row, artefact, party),
                now=now,
            )
            if isinstance(answer, Allowed):
                return
    raise NotPermitted(
        "To take a reproducer that another party sent, two people of two parties approve first."
    )


def export_facts(finding: Finding, artefact: Attachment, party: int) -> dict[str, Any]:
    """What an approval of an export is about."""
    return {"finding": finding.public_id, "artefact": artefact.digest, "party": f"P-{party}"}
