"""AIxCC-style tasks, what is submitted to them, and what joins it (see `formats.aixcc`)."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from seawall.cases.fixes import add_fix
from seawall.cases.groups import awake
from seawall.cases.models import Case
from seawall.core import access as rules
from seawall.findings.actions import submit
from seawall.findings.models import Finding, Report
from seawall.formats.aixcc import (
    MAX_PATCH,
    Pov,
    Status,
    bundle_status,
    patch_status,
    pov_report,
    pov_status,
    read_base64,
    sarif_bytes,
)
from seawall.formats.purl import parse_purl
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.parties import sealing
from seawall.parties.access import NotFound, demand, is_house, require
from seawall.parties.models import Party, Scope
from seawall.relays.models import Bundle, Submission, Task
from seawall.validation.queries import best_evidence
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.fixes import FixOutcome

MAX_TEMPLATES, MAX_TEMPLATE = 100, 64 << 10
_WHAT = "patch"
_LATEST = timedelta(days=3653)


@transaction.atomic
def make_task(
    *,
    label: str,
    target: str,
    templates: Mapping[str, str],
    deadline_at: datetime | None,
    by: Actor,
    now: datetime,
) -> Task:
    """A task about `target`, a purl with version; `templates` say for each fuzzer how a test case
    is run. Raises BadInput."""
    if not label.strip() or not target.strip():
        raise BadInput("a task has a label and a target")
    parse_purl(target)
    if deadline_at is not None and not now < deadline_at < now + _LATEST:
        raise BadInput("a deadline lies in the next ten years", where="deadline")
    if len(templates) > MAX_TEMPLATES or any(len(t) > MAX_TEMPLATE for t in templates.values()):
        raise BadInput("too many templates, or too large ones", where="templates")
    task = Task.objects.create(
        label=one_line(label, limit=200),
        target=target.strip()[:500],
        template=dict(templates),
        deadline_at=deadline_at,
        made_by=str(by)[:120],
        made_at=now,
    )
    ledger.record(by=by, what="task.made", on=task, at=now)
    return task


def tasks(by: Actor) -> QuerySet[Task]:
    """All tasks, newest first: whoever may submit may know what to."""
    require(by, Scope.READ)
    return Task.objects.all()


def may_submit(by: Actor) -> None:
    """Raise NotPermitted unless `by` may submit."""
    require(by, Scope.SUBMIT)


def task(by: Actor, id: str) -> Task:
    """One task to submit to; raises NotFound."""
    may_submit(by)
    found = Task.objects.filter(pk=_uuid(id)).first()
    if found is None:
        raise NotFound(f"There is no task {id}.")
    return found


def submission(by: Actor, of: Task, kind: Submission.Kind, id: str) -> Submission:
    """One submission of the caller's party; coordinators see all. Raises NotFound."""
    rows = _own(Submission.objects.filter(task=of, kind=kind.value), by)
    found = rows.select_related("report", "task", "fix").filter(pk=_uuid(id)).first()
    if found is None:
        raise NotFound(f"There is no submission {id}.")
    return found


def bundle(by: Actor, of: Task, id: str) -> Bundle:
    """One bundle of the caller's party; coordinators see all. Raises NotFound."""
    rows = _own(Bundle.objects.filter(task=of, deleted_at=None), by)
    found = rows.select_related("pov", "patch", "sarif").filter(pk=_uuid(id)).first()
    if found is None:
        raise NotFound(f"There is no bundle {id}.")
    return found


def submit_pov(of: Task, pov: Pov, *, by: Actor, now: datetime) -> Submission:
    """Take a proof: it becomes a report, and with a template it is run. Twice is once."""
    template = str(of.template.get(pov.fuzzer, ""))

    def report() -> bytes:
        return pov_report(pov, target=of.target, label=of.label, template=template)

    return _take(of, Submission.Kind.POV, pov.digest, report, "pov.json", by=by, now=now)


def submit_sarif(of: Task, sarif: Mapping[str, Any], *, by: Actor, now: datetime) -> Submission:
    """Take a SARIF log as a report. Twice is once; raises BadInput."""
    data = sarif_bytes(sarif)
    digest = hashlib.sha256(data).hexdigest()
    return _take(of, Submission.Kind.SARIF, digest, lambda: data, "sarif.json", by=by, now=now)


@transaction.atomic
def submit_patch(of: Task, patch: str, *, by: Actor, now: datetime) -> Submission:
    """Take a diff and keep it sealed until a bundle says what it mends. Twice is once."""
    diff = read_base64(patch, where="patch", max_bytes=MAX_PATCH)
    if b"\n@@ " not in b"\n" + diff:
        raise BadInput("not a unified diff", where="patch", mend="make one with git diff")
    digest, party = hashlib.sha256(diff).hexdigest(), _party(by)
    known = _known(of, Submission.Kind.PATCH, digest, party)
    if known is not None:
        return known
    row = Submission(
        task=of, party=party, kind=Submission.Kind.PATCH, digest=digest, at=now, **_late(of, now)
    )
    row.key_id = sealing.new_key()
    row.diff = sealing.seal(row.key_id, diff, what=_WHAT, place=str(row.pk))
    row.save(force_insert=True)
    _record(row, by, now)
    return row


def _take(
    of: Task,
    kind: Submission.Kind,
    digest: str,
    report: Any,
    name: str,
    *,
    by: Actor,
    now: datetime,
) -> Submission:
    party = _party(by)
    known = _known(of, kind, digest, party)
    if known is not None:
        return known
    made = None
    if not _late(of, now):
        done = submit(report(), name=name, by=by, now=now)
        made = Report.objects.get(digest=done.digest)
    return _keep(of, kind, digest, party, made, by=by, now=now)


@transaction.atomic
def _keep(
    of: Task,
    kind: Submission.Kind,
    digest: str,
    party: Party | None,
    report: Report | None,
    *,
    by: Actor,
    now: datetime,
) -> Submission:
    row, is_new = Submission.objects.get_or_create(
        task=of,
        party=party,
        kind=kind.value,
        digest=digest,
        defaults={"report": report, "at": now, **_late(of, now)},
    )
    if is_new:
        _record(row, by, now)
    return row


def _record(row: Submission, by: Actor, now: datetime) -> None:
    facts = {"task": str(row.task_id), "kind": str(row.kind)}
    ledger.record(by=by, what="submission.taken", on=row, facts=facts, at=now)


@transaction.atomic
def set_bundle(
    of: Task,
    *,
    pov: Submission | None,
    patch: Submission | None,
    sarif: Submission | None,
    description: str,
    row: Bundle | None = None,
    by: Actor,
    now: datetime,
) -> Bundle:
    """Say, or change, what belongs together: at least two parts, or one with a description. The
    patch then becomes a candidate fix of the case of the proof. Raises BadInput."""
    parts = [each for each in (pov, patch, sarif) if each is not None]
    if len(parts) + bool(description.strip()) < 2:
        raise BadInput("a bundle joins at least two things", mend="name a proof and its patch")
    made = row or Bundle(task=of, party=_party(by), at=now)
    made.pov, made.patch, made.sarif = pov, patch, sarif
    made.description = description[:100_000]
    made.save()
    ledger.record(by=by, what="bundle.set", on=made, facts={"task": str(of.pk)}, at=now)
    if pov is not None and patch is not None:
        outbox.send("aixcc.join", due_at=now, bundle_id=str(made.pk))
    return made


@transaction.atomic
def join(row: Bundle, *, by: Actor, now: datetime) -> bool:
    """Make the patch a candidate fix of the proof's case; False while there is no case yet and
    may still be one."""
    pov, patch = row.pov, row.patch
    if pov is None or patch is None or row.deleted_at or patch.fix_id or patch.is_late:
        return True
    finding = _finding(pov)
    if finding is None:
        return True
    case = Case.objects.filter(finding__in={finding.pk, finding.lead_id} - {None}).first()
    if case is None:
        return status_of(pov) is not Status.ACCEPTED and status_of(pov) is not Status.PASSED
    kept = awake(case)
    if kept.bars.filter(party=patch.party_id, party__isnull=False, lifted_at=None).exists():
        return True  # who is barred adds nothing to the case, by this way either
    diff = sealing.unseal(bytes(patch.diff), what=_WHAT, place=str(patch.pk))
    fix = add_fix(kept, diff=diff, label=f"patch {str(patch.pk)[:8]}", by=by, now=now)
    Submission.objects.filter(pk=patch.pk).update(fix=fix)
    return True


def status_of(row: Submission) -> Status:
    """What became of a submission so far."""
    if row.is_late:
        return Status.DEADLINE_EXCEEDED
    match row.kind:
        case Submission.Kind.POV:
            return _pov_status(row)
        case Submission.Kind.PATCH:
            return patch_status(_outcome(row))[0]
    return Status.ACCEPTED


def is_working(row: Submission) -> bool | None:
    """Whether the feature still works under a patch; None for not known."""
    return patch_status(_outcome(row))[1]


def status_of_bundle(row: Bundle) -> Status:
    parts = [each for each in (row.pov, row.patch) if each is not None]
    return bundle_status(status_of(each) for each in parts) if parts else Status.ACCEPTED


def _pov_status(row: Submission) -> Status:
    finding = _finding(row)
    if finding is None:
        return Status.ERRORED
    evidence = best_evidence([finding.pk])[finding.pk]
    return pov_status(
        has_reproducer=finding.reproducer_id is not None,
        is_unreadable=bool(finding.reproducer_problem),
        verdict=evidence.verdict,
    )


def _finding(row: Submission) -> Finding | None:
    return row.report.findings.order_by("pk").first() if row.report else None


def _outcome(row: Submission) -> FixOutcome | None:
    newest = row.fix.verifications.first() if row.fix else None
    return FixOutcome(newest.outcome) if newest else None


def _known(of: Task, kind: Submission.Kind, digest: str, party: Party | None) -> Submission | None:
    rows = Submission.objects.filter(task=of, kind=kind.value, digest=digest, party=party)
    return rows.select_related("report", "task", "fix").first()


def _late(of: Task, now: datetime) -> dict[str, bool]:
    return {"is_late": True} if of.deadline_at is not None and now > of.deadline_at else {}


def _party(by: Actor) -> Party | None:
    """The party for which the caller submits; None for the installation."""
    if by.is_installation:
        return None
    if len(by.parties) != 1:
        raise BadInput("you act for several parties", mend="use a token of one of them")
    party = next(iter(by.parties))
    demand(rules.may_submit(by, party=party))
    return Party.objects.get(pk=party)


def _own(rows: QuerySet[Any], by: Actor) -> QuerySet[Any]:
    may_submit(by)
    return rows if by.is_installation or is_house(by) else rows.filter(party__in=by.parties)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) <= 45 and text.isascii() else None
    except ValueError:
        return None
