"""Asking that an advisory may be released while its embargo holds: four eyes over one revision."""

import hashlib
import json
from datetime import datetime
from typing import Any

from seawall.advisories.models import Advisory, Revision
from seawall.cases.embargoes import embargo_of
from seawall.cases.models import Case
from seawall.core.four_eyes import Grave
from seawall.parties import approvals
from seawall.parties.models import Approval
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput


def ask_release(advisory: Advisory, *, by: Actor, now: datetime) -> Approval:
    """Ask for the release of the newest revision. Raises BadInput when there is nothing to ask."""
    revision = advisory.revisions.order_by("-number").first()
    if revision is None or revision.published_at is not None:
        raise BadInput(f"{advisory.public_id} has no unpublished revision")
    embargo = embargo_of(advisory.case)
    if not embargo.holds or embargo.ends_at is None or embargo.ends_at <= now:
        raise BadInput(f"no embargo holds {advisory.public_id}; publish it as it is")
    return approvals.ask(
        what=Grave.RELEASE,
        on=advisory.public_id,
        facts=release_facts(advisory.case, revision),
        effect=(
            f"{advisory.public_id} revision {revision.number} becomes public at once, and the "
            f"embargo that would hold until {embargo.ends_at:%Y-%m-%d %H:%M} UTC ends."
        ),
        by=by,
        now=now,
    )


def release_facts(case: Case, revision: Revision) -> dict[str, Any]:
    """What an approval of a release is about: just these documents of this revision, and just
    these fixes with the digests of their patches. One digest for both: of the fixes alone, which
    are few words, everything could be guessed."""
    return {
        "case": case.public_id,
        "revision": revision.number,
        "documents": _digest({"documents": revision.documents, "fixes": revision.fixes}),
    }


def _digest(what: Any) -> str:
    text = json.dumps(what, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
