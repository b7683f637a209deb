"""What follows a report: its proofs are run and its duplicates found, in that order per finding.

findings.received → validation.wanted (each reproducer), findings.compare (the others)
validation.wanted → validation.recorded → findings are compared again, now with their crashes
after the comparison: finding.assessed, for whoever opens cases
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from seawall.findings import queries as findings
from seawall.findings.actions import note_unreadable
from seawall.findings.deduplicate import candidates, deduplicate
from seawall.jobs.registry import Postponed, Work, handles
from seawall.ledger import outbox
from seawall.parties.sealing import Shredded
from seawall.validation import queries as validations
from seawall.validation.actions import record
from seawall.vocab.errors import BadInput

_SANDBOX_RETRY = timedelta(minutes=10)


@handles("findings.received")
def received(work: Work) -> None:
    """Ask for the validation of each reproducer, and compare what has none right away."""
    rows = findings.findings_of(work.ids["report_id"])
    with transaction.atomic():
        for row in rows:
            if row.reproducer_id is not None:
                outbox.send(
                    "validation.wanted",
                    key=f"validate:{work.key}:{row.pk}",
                    due_at=work.now,
                    finding_id=row.pk,
                )
        claimed = [row.pk for row in rows if row.reproducer_id is None]
        if claimed:
            _ask_to_compare(claimed, work)


@handles("validation.wanted")
def validate(work: Work) -> None:
    """Run the reproducer of one finding in the sandbox and record what it showed."""
    from seawall.proofs.attest import statement_for
    from seawall.proofs.reader import read_reproducer_archive
    from seawall.proofs.reproduce import reproduce
    from seawall.sandbox.choose import find_sandbox
    from seawall.sandbox.protocol import SandboxUnavailable

    pk = work.ids["finding_id"]
    finding = findings.findings_by_id([pk])[pk]
    if finding.reproducer is None or validations.has_run(work.key):
        return
    try:
        bundle = read_reproducer_archive(findings.content(finding.reproducer))
    except Shredded:
        return
    except BadInput as bad:
        note_unreadable(finding, problem=str(bad), by=work.actor, now=work.now)
        with transaction.atomic():
            _ask_to_compare([pk], work)
        return
    try:
        sandbox = find_sandbox()
    except SandboxUnavailable as missing:
        raise Postponed(str(missing), delay=_SANDBOX_RETRY) from missing
    result = reproduce(bundle, sandbox=sandbox, cache_dir=Path(settings.SEAWALL_HOME) / "cache")
    with suppress(Shredded):  # while the proof ran: nothing of it is kept
        record(
            result,
            finding=finding,
            statement=statement_for(result),
            by=work.actor,
            now=work.now,
            job_key=work.key,
        )


@handles("validation.recorded")
def recorded(work: Work) -> None:
    """Compare a finding again, now that it is known what its proof does."""
    _compare([work.ids["finding_id"]], work)


@handles("findings.compare")
def compare(work: Work) -> None:
    """Compare findings with earlier ones."""
    _compare(work.ids["finding_ids"], work)


def _ask_to_compare(finding_ids: Sequence[int], work: Work) -> None:
    outbox.send(
        "findings.compare",
        key=f"compare:{work.key}",
        due_at=work.now,
        finding_ids=list(finding_ids),
    )


@transaction.atomic
def _compare(finding_ids: Sequence[int], work: Work) -> None:
    among = candidates(finding_ids)
    deduplicate(among, facts=validations.facts_of(among), by=work.actor, now=work.now)
    for pk in finding_ids:
        outbox.send(
            "finding.assessed", key=f"assess:{work.key}:{pk}", due_at=work.now, finding_id=pk
        )
