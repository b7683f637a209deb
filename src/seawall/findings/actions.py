"""Intake: a report is read, kept and announced, or nothing of it is."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from seawall.blobs.store import blob_digest
from seawall.core.access import may_submit
from seawall.core.plain import to_plain
from seawall.dedup.components import bare_name, component
from seawall.findings import models
from seawall.findings.coordination import coordination
from seawall.findings.triage import ecosystem_of, score_of
from seawall.formats.detect import read_report
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.parties import sealing
from seawall.parties.access import demand
from seawall.parties.actions import named_party
from seawall.parties.models import Party
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.findings import Attachment, Finding, RejectedPart, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What became of a report; ids are public ids."""

    report: str
    digest: str
    format: str
    is_new: bool
    """False when the same bytes had been received before."""
    findings: tuple[str, ...]
    attachments: int
    rejected: tuple[RejectedPart, ...]


def submit(
    data: bytes,
    *,
    name: str,
    by: Actor,
    now: datetime,
    reporter: str = "",
    party: int | None = None,
) -> Submitted:
    """Read and keep a report and ask for its validation; raises BadInput and keeps nothing.

    `name` is the file name it came under. The reporter is the party for which `by` acts (`party`
    says which, when there are several), whatever the report claims; only the installation sends
    for others: `reporter` then says for whom, else the report. Raises NotPermitted.
    The same bytes are the same report, however often and by however many they are sent at once.
    """
    if not by.is_installation:
        reporter = _speaks_for(by, party)
    digest = blob_digest(data)
    if (known := _known(digest)) is not None:
        return _again(known, name=name, by=by, now=now, reporter=reporter)
    read = read_report(data, name=name)
    with sealing.opening(), _sealed(data, digest, read) as kept:
        done = _save(read, kept=kept, name=name, by=by, now=now, reporter=reporter)
        if not done.is_new:
            kept.throw_away(at=now)
    return done


def _speaks_for(by: Actor, party: int | None) -> str:
    """The name of the party for which `by` sends a report."""
    if party is None and len(by.parties) > 1:
        raise BadInput("you act for several parties", mend="say for which you send the report")
    chosen = party if party is not None else next(iter(by.parties), 0)
    demand(may_submit(by, party=chosen))
    return Party.objects.get(pk=chosen).name


def _known(digest: str) -> models.Report | None:
    return models.Report.objects.filter(digest=digest).first()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """The bytes of a report and its attachments as they are kept: sealed under a key of its own."""

    key_id: str
    digest: str
    size: int
    blob: str
    attachments: Mapping[str, models.Attachment]
    """By name, not saved yet."""

    def throw_away(self, *, at: datetime) -> None:
        """Nobody will ask for them: the report was not saved, or had been received before."""
        names = [self.blob, *(each.blob for each in self.attachments.values())]
        sealing.destroy_now([self.key_id], blobs=names, at=at)


@contextmanager
def _sealed(data: bytes, digest: str, read: Report) -> Iterator[_Kept]:
    """Keep the bytes sealed and durable; when what follows fails, nothing of them stays."""
    key_id = sealing.new_key()
    attachments: dict[str, models.Attachment] = {}
    kept = _Kept(
        key_id=key_id,
        digest=digest,
        size=len(data),
        blob=sealing.keep(key_id, data),
        attachments=attachments,
    )
    try:
        for item in read.attachments:
            attachments[item.name] = _keep(item, key_id)
        yield kept
    except BaseException:
        kept.throw_away(at=timezone.now())
        raise


def _keep(item: Attachment, key_id: str) -> models.Attachment:
    return models.Attachment(
        name=_bounded(item.name, 500),
        media_type=item.media_type[:200],
        digest=blob_digest(item.data),
        blob=sealing.keep(key_id, item.data),
        size_bytes=len(item.data),
    )


@transaction.atomic
def _save(
    read: Report,
    *,
    kept: _Kept,
    name: str,
    by: Actor,
    now: datetime,
    reporter: str,
) -> Submitted:
    report, is_new = models.Report.objects.get_or_create(
        digest=kept.digest,
        defaults={
            "format": str(read.format),
            "size_bytes": kept.size,
            "provenance": to_plain(read.provenance),
            "received_at": now,
            "key_id": kept.key_id,
            "blob": kept.blob,
            "extra": to_plain(read.extra),
        },
    )
    if not is_new:  # somebody sent the same bytes at the same moment
        return _again(report, name=name, by=by, now=now, reporter=reporter)
    sender = reporter or read.provenance.reporter
    _receive(report, name=name, by=by, now=now, reporter=sender)
    attachments = _save_attachments(report, kept.attachments)
    findings = _save_findings(
        report, read.findings, attachments, sender=one_line(sender, limit=200)
    )
    models.RejectedPart.objects.bulk_create(
        models.RejectedPart(report=report, said=[part.where, part.reason]) for part in read.rejected
    )
    facts = {
        "digest": sealing.commitment(kept.key_id, kept.digest),
        "format": str(read.format),
        "findings": len(findings),
        "attachments": len(attachments),
        "rejected": len(read.rejected),
    }
    ledger.record(by=by, what="report.received", on=report, facts=facts, at=now)
    outbox.send("findings.received", due_at=now, report_id=report.pk)
    return _submitted(report, is_new=True)


@transaction.atomic
def _again(
    report: models.Report, *, name: str, by: Actor, now: datetime, reporter: str
) -> Submitted:
    """The same report once more: a new reporter gets a receipt, and the cases of its findings
    learn at once that somebody else found it too."""
    sender = reporter or report.provenance_value().reporter
    if _receive(report, name=name, by=by, now=now, reporter=sender):
        ledger.record(by=by, what="report.received_again", on=report, at=now)
        found = list(report.findings.values_list("pk", flat=True))
        coordination().regrouped(found, by=by, now=now)
    return _submitted(report, is_new=False)


def _receive(report: models.Report, *, name: str, by: Actor, now: datetime, reporter: str) -> bool:
    """Write a receipt; False when this reporter has one."""
    party = None
    if reporter.strip():
        party = named_party(reporter, role=Party.Role.REPORTER, by=by, now=now)
    _, is_new = models.Receipt.objects.get_or_create(
        report=report,
        reporter=party,
        defaults={"sent_as": one_line(name, limit=255), "by": str(by), "at": now},
    )
    return is_new


def _save_attachments(
    report: models.Report, attachments: Mapping[str, models.Attachment]
) -> Mapping[str, models.Attachment]:
    for row in attachments.values():
        row.report = report
    models.Attachment.objects.bulk_create(attachments.values(), batch_size=500)
    return attachments


def _save_findings(
    report: models.Report,
    findings: Sequence[Finding],
    attachments: Mapping[str, models.Attachment],
    *,
    sender: str,
) -> list[models.Finding]:
    rows = [
        models.Finding(
            report=report,
            key=sealing.commitment(report.key_id, finding.key),
            title=finding.title[:500],
            target=finding.target[:500],
            component=bare_name(component(finding.target))[:300],
            severity=finding.severity[:200],
            score=score_of(finding.severity),
            ecosystem=ecosystem_of(finding.target),
            sender=sender[:200],
            content=to_plain(finding),
            reproducer=attachments.get(finding.reproducer),
            received_at=report.received_at,
        )
        for finding in findings
    ]
    models.Finding.objects.bulk_create(rows, batch_size=500)
    models.Identifier.objects.bulk_create(
        (
            models.Identifier(finding=row, text=text[:100])
            for row, finding in zip(rows, findings, strict=True)
            for text in sorted(set(finding.identifiers))
        ),
        batch_size=500,
        ignore_conflicts=True,
    )
    return rows


@transaction.atomic
def note_unreadable(finding: models.Finding, *, problem: str, by: Actor, now: datetime) -> None:
    """Keep why the reproducer of a finding cannot be run at all; the finding stays claimed."""
    changed = models.Finding.objects.filter(pk=finding.pk, reproducer_problem="").update(
        reproducer_problem=problem
    )
    if changed:
        ledger.record(by=by, what="finding.reproducer_unreadable", on=finding, at=now)


def _bounded(text: str, limit: int) -> str:
    """At most `limit` characters; long texts stay distinct by their digest."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - 65]}…{hashlib.sha256(text.encode()).hexdigest()}"


def _submitted(report: models.Report, *, is_new: bool) -> Submitted:
    findings = report.findings.order_by("id").only("id", "received_at")
    return Submitted(
        report=report.public_id,
        digest=report.digest,
        format=report.format,
        is_new=is_new,
        findings=tuple(finding.public_id for finding in findings),
        attachments=report.attachments.count(),
        rejected=tuple(part.value() for part in report.rejected_parts.all()),
    )
