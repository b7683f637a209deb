"""What the intake queue sorts and narrows by, and a person's word that a finding is invalid."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from seawall.findings.models import Finding
from seawall.formats.cvss_vectors import score_cvss
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.ledger.models import Outbox
from seawall.vocab.actors import Actor
from seawall.vocab.cases import ReportState
from seawall.vocab.errors import BadInput
from seawall.vocab.evidence import EvidenceLevel, Verdict

_WORDS = {"critical": 95, "high": 80, "important": 80, "medium": 55, "moderate": 55, "low": 25}
_MOST_TYPE = 20


class DecisionRefused(ValueError):
    """The finding's state does not allow this; the message says why."""


def score_of(severity: str) -> int:
    """A severity as ten times a CVSS base score, 0 when nothing is said: of a vector its score,
    of a word the middle of its band (CVSS 3.1 §5)."""
    if severity.upper().startswith(("CVSS:", "AV:")):
        try:
            return round(score_cvss(severity).base * 10)
        except BadInput:
            return 0
    return _WORDS.get(severity.strip().lower(), 0)


def ecosystem_of(target: str) -> str:
    """The type of a purl ("pypi", "deb", …); "" for any other target."""
    text = target.strip().lower()
    if not text.startswith("pkg:"):
        return ""
    return text[4:].lstrip("/").partition("/")[0][:_MOST_TYPE]


def weighed(finding: Finding, *, level: EvidenceLevel, verdict: Verdict) -> None:
    """Keep the best evidence beside the finding; what is proven is valid unless somebody said
    that it is not. Call it in the transaction that weighs."""
    rows = Finding.objects.filter(pk=finding.pk)
    rows.update(level=int(level), verdict=verdict.value)
    if level > EvidenceLevel.E0:
        accepted([finding.pk])


def accepted(finding_ids: Iterable[int]) -> None:
    """These findings, as far as nobody decided about them, are valid now."""
    waiting = Finding.objects.filter(pk__in=list(finding_ids), state=ReportState.RECEIVED.value)
    waiting.update(state=ReportState.VALID.value)


@transaction.atomic
def mark_invalid(finding: Finding, *, because: str, by: Actor, now: datetime) -> None:
    """Say that a finding shows no vulnerability; it stays, with the reason. Twice is no error.

    Raises BadInput without a reason.
    """
    if not because.strip():
        raise BadInput("a reason is needed", mend="say why the finding is no vulnerability")
    row = Finding.objects.select_for_update().get(pk=finding.pk)
    if row.state == ReportState.INVALID.value:
        return
    _decide(row, ReportState.INVALID, because.strip(), by, now)
    ledger.record(by=by, what="finding.marked_invalid", on=row, at=now)


@transaction.atomic
def undo_invalid(finding: Finding, *, by: Actor, now: datetime) -> None:
    """Take `mark_invalid` back: what is proven is valid again, the rest waits again."""
    row = Finding.objects.select_for_update().get(pk=finding.pk)
    if row.state != ReportState.INVALID.value:
        raise DecisionRefused(f"{row.public_id} is not marked invalid.")
    _decide(row, ReportState.VALID if row.level else ReportState.RECEIVED, "", by, now)
    ledger.record(by=by, what="finding.invalid_undone", on=row, at=now)


def _decide(row: Finding, state: ReportState, because: str, by: Actor, now: datetime) -> None:
    row.state, row.decided_because = state.value, because
    row.decided_by, row.decided_at = str(by), now
    row.save(update_fields=["state", "decided_because", "decided_by", "decided_at"])


@transaction.atomic
def ask_again(finding: Finding, *, by: Actor, now: datetime) -> bool:
    """Ask for another run of the finding's proof; False when one is waiting already.

    Raises DecisionRefused when there is nothing that can be run.
    """
    row = Finding.objects.select_for_update().get(pk=finding.pk)
    if row.reproducer_id is None:
        raise DecisionRefused(f"{row.public_id} has no reproducer.")
    if row.reproducer_problem:
        raise DecisionRefused(f"The reproducer of {row.public_id} cannot be read.")
    if is_waiting(row):
        return False
    outbox.send("validation.wanted", due_at=now, finding_id=row.pk)
    ledger.record(by=by, what="finding.proof_asked", on=row, at=now)
    return True


def is_waiting(finding: Finding) -> bool:
    """Whether a run of the finding's proof is queued or going on."""
    rows = Outbox.objects.filter(topic="validation.wanted", done_at=None, failed_at=None)
    return rows.filter(ids__finding_id=finding.pk).exists()
