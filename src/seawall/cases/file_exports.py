"""Files of a room marked T3 that leave: as with reproducers, who did not send one fetches it with
an approval by four eyes that names the file and the party that receives it, for seven days."""

from datetime import datetime
from typing import Any

from seawall.cases.models import RoomFile
from seawall.core.four_eyes import Grave
from seawall.parties import approvals
from seawall.parties.access import NotPermitted
from seawall.parties.models import Approval
from seawall.vocab.access import Tier
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Allowed
from seawall.vocab.errors import BadInput


def needs_approval(file: RoomFile, *, by: Actor, now: datetime) -> bool:
    """Whether `by`, who may see the file, needs an approval that is not there yet."""
    if file.tier < Tier.T3 or approvals.is_machine(by) or _is_own(file, by):
        return False
    return not any(
        isinstance(
            approvals.approved_for(
                what=Grave.EXPORT, on=file.public_id, facts=_facts(file, party), now=now
            ),
            Allowed,
        )
        for party in by.parties
    )


def demand_file_export(file: RoomFile, *, by: Actor, now: datetime) -> None:
    """Raise NotPermitted while `needs_approval`."""
    if needs_approval(file, by=by, now=now):
        raise NotPermitted(
            "To take a working reproducer that another party sent, two people of two parties "
            "approve first."
        )


def ask_file_export(file: RoomFile, *, by: Actor, now: datetime) -> Approval:
    """Ask that a party of `by` may fetch a file that `messages.file_for` gave. Raises BadInput when
    nothing has to be asked."""
    if not needs_approval(file, by=by, now=now):
        raise BadInput("this file may be fetched as it is")
    if not by.parties:
        raise BadInput("an export names the party that receives it; ask as a member of one")
    party = min(by.parties)
    return approvals.ask(
        what=Grave.EXPORT,
        on=file.public_id,
        facts=_facts(file, party),
        effect=f"Members of P-{party} who may read {file.public_id} may fetch it, for seven days.",
        by=by,
        now=now,
    )


def _is_own(file: RoomFile, by: Actor) -> bool:
    """Whether `by` or their party sent it."""
    sender = file.message.party_id if file.message else None
    return file.by == str(by) or (sender is not None and sender in by.parties)


def _facts(file: RoomFile, party: int) -> dict[str, Any]:
    return {"case": file.case.public_id, "artefact": file.blob, "party": f"P-{party}"}
