"""Shredding a case: nobody can read it any more, backups included; what is not its own stays."""

import base64
import json
import shutil
from datetime import timedelta

import pytest

from api.doors import DIFF
from cases.casework import finding, prove, reload
from findings.reports import bundle, report_with_proof, seawall_report
from seawall.advisories import actions as advisories
from seawall.blobs.store import blob_digest
from seawall.cases import access, keys
from seawall.cases.actions import open_case
from seawall.cases.fixes import add_fix, record_verification
from seawall.cases.models import CandidateFix, Case, Message, RoomFile
from seawall.cases.shredding import shred
from seawall.dedup.links import Strength
from seawall.findings import files
from seawall.findings.actions import submit
from seawall.findings.duplicates import LinkRefused, Reason, link
from seawall.findings.models import (
    Attachment,
    DuplicateLink,
    Finding,
    Identifier,
    RejectedPart,
    Report,
)
from seawall.jobs import shredding as job
from seawall.jobs.registry import Work
from seawall.ledger.models import Event, Outbox
from seawall.parties import sealing
from seawall.parties.sealing import Shredded
from seawall.validation.models import Validation
from seawall.vocab.access import Tier
from seawall.vocab.actors import LOCAL
from seawall.vocab.fixes import FixOutcome, FixVerification
from validation.records import NOON

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOON + timedelta(days=3)


def proven_case(title: str = "Sandbox escape", **more) -> Case:
    row = finding(title, description="How it works: canary-description", **more)
    prove(row)
    return open_case(row, by=LOCAL, now=NOON)


def with_everything() -> Case:
    """A case with a diff, its verification, a message, a file and a draft."""
    case = proven_case(identifiers=["CVE-2026-1111"])
    fix = add_fix(case, diff=DIFF, label="patch", by=LOCAL, now=NOON)
    result = FixVerification(
        outcome=FixOutcome.VERIFIED,
        reasons=("all silent",),
        checks=(),
        silenced=("ab" * 32,),
        started_at=NOON,
        finished_at=NOON,
    )
    record_verification(fix, result, by=LOCAL, now=NOON)
    say(case, "canary-message")
    advisories.draft(case, by=LOCAL, now=NOON)
    return reload(case)


def say(case: Case, text: str) -> Message:
    from django.db import transaction

    with transaction.atomic():
        keys.key_of(case)
        message = Message(case=case, by="local", at=NOON, mail_id=f"<{case.pk}@mail.example>")
        message.text = text
        message.save()
        RoomFile.objects.create(
            case=case,
            message=message,
            name="poc.py",
            media_type="text/x-python",
            size_bytes=11,
            blob=keys.keep(case, b"canary-file"),
            by="local",
            at=NOON,
        )
    return message


def test_before_it_is_shredded_everything_can_be_read(home):
    case = with_everything()
    assert case.finding.content["description"] == "How it works: canary-description"
    assert case.messages.get().text == "canary-message"
    assert keys.room_file(case.files.get()) == b"canary-file"
    fix = case.fixes.get()
    assert keys.diff_of(fix) == DIFF
    assert fix.verifications.get().value().outcome is FixOutcome.VERIFIED
    assert list(case.advisory.revisions.get().documents)


def test_afterwards_nothing_of_it_can_be_read(home):
    case = with_everything()
    shred(case, by=LOCAL, now=LATER)
    case = reload(case)
    fix = case.fixes.get()
    doors = [
        lambda: case.finding.content,
        lambda: case.finding.value(),
        lambda: Validation.objects.get().record,
        lambda: Validation.objects.get().attestation,
        lambda: files.received(case.finding.report),
        lambda: case.messages.get().text,
        lambda: keys.room_file(case.files.get()),
        lambda: keys.diff_of(fix),
        lambda: fix.verifications.get().value(),
        lambda: case.advisory.revisions.get().documents,
    ]
    for door in doors:
        with pytest.raises(Shredded, match="shredded on 2026-11-26"):
            door()


def test_afterwards_no_column_says_what_it_was(home):
    case = with_everything()
    report = Report.objects.get()
    RejectedPart.objects.create(report=report, said=["/x", "canary"])
    shred(case, by=LOCAL, now=LATER)
    case, row = reload(case), Finding.objects.get()
    assert (case.title, case.cve, case.shredded_at) == ("shredded", "", LATER)
    assert (row.title, row.target, row.component, row.severity) == ("shredded", "", "", "")
    assert (row.level, row.verdict, row.shredded_at) == (0, "", LATER)
    assert not Identifier.objects.exists()
    gone = Report.objects.get()
    assert (gone.provenance, gone.blob, gone.shredded_at) == ({}, "", LATER)
    assert gone.digest != report.digest
    assert gone.receipts.get().sent_as == "shredded"
    assert not RejectedPart.objects.exists()
    run = Validation.objects.get()
    assert (run.verdict, run.level, run.is_best, run.reproducer_digest) == ("error", 0, False, "")
    fix = CandidateFix.objects.get()
    assert (fix.label, fix.verifications.get().silenced) == ("shredded", [])
    assert fix.diff_digest != blob_digest(DIFF)
    assert case.messages.get().mail_id is None
    assert RoomFile.objects.get().name == "shredded"


def test_afterwards_no_event_of_the_ledger_names_its_cve_or_fix(home):
    """Nor its digests, which would tell whoever guesses right."""
    case = with_everything()
    add_fix(case, version="3.1.5-canary", by=LOCAL, now=NOON)
    digest = case.advisory.revisions.get().facts_digest
    shred(case, by=LOCAL, now=LATER)
    said = "".join(Event.objects.values_list("entry", flat=True))
    assert "advisory.drafted" in said
    assert "CVE-2026-1111" not in said
    assert "canary" not in said
    assert digest not in said


def test_the_job_removes_targets_that_were_patched_with_its_diffs(home):
    case = with_everything()
    other = proven_case("Another", target="pkg:pypi/other@1")
    kept = b"--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+c\n"
    add_fix(other, diff=kept, by=LOCAL, now=NOON)
    for name, diff in (("gone", DIFF), ("stays", kept)):
        tree = home / "cache" / "patched" / name
        tree.mkdir(parents=True)
        (tree / "prepared.json").write_text(json.dumps({"patched_with": blob_digest(diff)}))
    shred(case, by=LOCAL, now=LATER)
    row = Outbox.objects.get(topic="case.shredded")
    job.finish(Work(topic=row.topic, key="k", ids=row.ids, now=LATER))
    assert [each.name for each in (home / "cache" / "patched").iterdir()] == ["stays"]


def test_the_blobs_leave_the_disk(home):
    case = with_everything()
    assert len(list(sealing.blobs().digests())) == 3
    shred(case, by=LOCAL, now=LATER)
    assert list(sealing.blobs().digests()) == []


def test_a_backup_from_before_stays_unreadable(home, tmp_path):
    """The database's rows and the blobs come back as they were; the key does not."""
    case = with_everything()
    rows = {
        model: list(model.objects.values())
        for model in (Report, Attachment, Finding, Validation, Case, Message, CandidateFix)
    }
    shutil.copytree(home / "blobs", tmp_path / "blobs")
    shred(case, by=LOCAL, now=LATER)
    shutil.rmtree(home / "blobs")
    shutil.copytree(tmp_path / "blobs", home / "blobs")
    for model, saved in rows.items():
        for values in saved:
            model.objects.filter(pk=values["id"]).update(**values)
    case = reload(case)
    assert case.title == "Sandbox escape"  # the backup is back …
    report = case.finding.report
    for door in (
        lambda: case.finding.content,
        lambda: files.received(report),
        lambda: Validation.objects.get().record,
        lambda: case.messages.get().text,
        lambda: keys.room_file(case.files.get()),
        lambda: keys.diff_of(case.fixes.get()),
    ):
        with pytest.raises(Shredded):
            door()  # … and cannot be read
    assert b"canary" not in b"".join(
        path.read_bytes() for path in home.rglob("*") if path.is_file()
    )


def test_a_mixed_report_keeps_what_belongs_to_other_cases(home):
    """Two findings in one report, each with a proof; one of them is shredded."""
    report = json.loads(report_with_proof(bundle("format = 1 # one\n")))
    report["findings"].append(
        {"key": "2", "title": "Other", "target": "pkg:pypi/x", "reproducer": "other.zip"}
    )
    report["attachments"] += [
        {"name": name, "media_type": "application/zip", "base64": base64.b64encode(data).decode()}
        for name, data in (("other.zip", bundle("format = 1 # two\n")), ("notes.txt", b"notes"))
    ]
    submit(json.dumps(report).encode(), name="r.json", by=LOCAL, now=NOON)
    one, other = Finding.objects.order_by("pk")
    prove(one, digest="01" * 32)
    prove(other, digest="02" * 32)
    near = finding("Near", at=NOON)
    for each in (one, other):
        reason = Reason(signal="text", explanation="alike", strength=Strength.POSSIBLE, joins=False)
        link(each, near, reason=reason, by=LOCAL, now=NOON)
    link(one, other, reason=reason, by=LOCAL, now=NOON)
    proof_before = files.content(other.reproducer)
    record_before = other.validations.get().record
    key_before = one.report.key_id
    done = shred(open_case(one, by=LOCAL, now=NOON), by=LOCAL, now=LATER)

    assert done.findings == (one.public_id,)
    assert done.mixed == done.reports == (one.report.public_id,)
    other = Finding.objects.get(pk=other.pk)
    assert other.report.key_id != key_before
    assert other.value().title == other.title == "Other"
    assert files.content(other.reproducer) == proof_before
    assert other.validations.get().record == record_before
    assert other.validations.get().verdict == "confirmed"
    assert [link.explanation for link in DuplicateLink.objects.all()] == ["alike"]
    assert list(Attachment.objects.values_list("name", flat=True)) == ["other.zip"]
    with pytest.raises(Shredded):
        files.received(other.report)
    with pytest.raises(Shredded):
        _ = Finding.objects.get(pk=one.pk).content
    with pytest.raises(Shredded):
        prove(Finding.objects.get(pk=one.pk))  # though its report has a key again
    assert not sealing.keyring().exists(key_before)
    assert len(list(sealing.blobs().digests())) == 2  # the proof that stays, and the near report


def test_cases_merged_into_it_go_with_it(home):
    one, two = proven_case("One"), proven_case("Two", reporter="Bob")
    say(two, "canary-message")
    reason = Reason(signal="text", explanation="the same", strength=Strength.CERTAIN)
    link(one.finding, two.finding, reason=reason, by=LOCAL, now=NOON)
    from seawall.cases.actions import regroup

    regroup([one.finding_id, two.finding_id], by=LOCAL, now=NOON)
    two = reload(two)
    assert two.merged_into == one
    done = shred(two, by=LOCAL, now=LATER)
    assert done.case == one.public_id
    assert len(done.findings) == 2
    assert reload(two).shredded_at == reload(one).shredded_at == LATER
    with pytest.raises(Shredded):
        _ = reload(two).messages.get().text


def test_it_is_recorded_without_saying_what_it_was(home):
    case = with_everything()
    done = shred(case, by=LOCAL, now=LATER)
    event = Event.objects.get(what="case.shredded")
    assert event.on == f"case:{case.public_id}"
    assert json.loads(event.entry)["facts"] == {
        "findings": list(done.findings),
        "reports": list(done.reports),
        "mixed": [],
        "finding_count": 1,
    }


def test_twice_is_no_error_and_changes_nothing(home):
    case = with_everything()
    first = shred(case, by=LOCAL, now=LATER)
    again = shred(reload(case), by=LOCAL, now=LATER + timedelta(days=1))
    assert again == first
    assert Event.objects.filter(what="case.shredded").count() == 1


def test_a_transaction_that_fails_destroys_nothing(home):
    from django.db import transaction

    case = with_everything()
    with pytest.raises(RuntimeError), transaction.atomic():
        shred(case, by=LOCAL, now=LATER)
        raise RuntimeError("power cut")
    case = reload(case)
    assert case.shredded_at is None
    assert case.messages.get().text == "canary-message"
    assert case.finding.content


def test_a_process_that_dies_before_the_keys_go_leaves_that_to_the_job(home, monkeypatch):
    case = with_everything()
    monkeypatch.setattr(sealing, "destroy_at_commit", lambda *args, **more: None)
    shred(case, by=LOCAL, now=LATER)
    key_id = reload(case).key_id
    assert sealing.keyring().exists(key_id)
    row = Outbox.objects.get(topic="case.shredded")
    for _ in range(2):  # safe to run twice
        job.finish(Work(topic=row.topic, key="k", ids=row.ids, now=LATER))
    assert not sealing.keyring().exists(key_id)
    assert list(sealing.blobs().digests()) == []


def test_the_job_forgets_drafts_and_keeps_what_was_published(home, settings):
    settings.SEAWALL_PUBLISHER_NAME = "Seawall Tests"
    settings.SEAWALL_PUBLISHER_NAMESPACE = "https://seawall.example"
    case = with_everything()
    published = advisories.publish(case.advisory, by=LOCAL, now=NOON)
    documents = published.documents
    second = proven_case("Two", target="pkg:pypi/other@1")
    draft = advisories.draft(second, by=LOCAL, now=NOON)
    for each in (case, second):
        shred(each, by=LOCAL, now=LATER)
    for row in Outbox.objects.filter(topic="case.shredded"):
        job.finish(Work(topic=row.topic, key="k", ids=row.ids, now=LATER))
    published.refresh_from_db()
    draft.refresh_from_db()
    assert published.documents == documents
    assert draft.summary == "shredded"
    with pytest.raises(Shredded):
        _ = draft.documents


def test_a_door_that_wants_more_than_that_it_was_there_learns_when_it_went(home):
    case = with_everything()
    shred(case, by=LOCAL, now=LATER)
    assert access.case(LOCAL, case.public_id).title == "shredded"
    for tier in (Tier.T1, Tier.T2, Tier.T3):
        with pytest.raises(Shredded, match="2026-11-26"):
            access.case(LOCAL, case.public_id, at_least=tier)


def test_nothing_is_added_to_it_any_more(home):
    case = with_everything()
    row = case.finding
    shred(case, by=LOCAL, now=LATER)
    for deed in (
        lambda: add_fix(reload(case), diff=DIFF, by=LOCAL, now=LATER),
        lambda: prove(Finding.objects.get(pk=row.pk)),
        lambda: advisories.draft(reload(case), by=LOCAL, now=LATER),
        lambda: say(reload(case), "too late"),
    ):
        with pytest.raises(Shredded):
            deed()
    other = finding("Other")
    reason = Reason(signal="text", explanation="the same", strength=Strength.CERTAIN)
    with pytest.raises(LinkRefused, match="shredded"):
        link(Finding.objects.get(pk=row.pk), other, reason=reason, by=LOCAL, now=LATER)


def test_the_search_for_duplicates_passes_over_it(home):
    from seawall.findings.deduplicate import candidates, deduplicate

    case = proven_case()
    shred(case, by=LOCAL, now=LATER)
    new = finding("Sandbox escape", reporter="Bob")
    asked = [case.finding_id, new.pk]
    assert candidates(asked) == [new.pk]
    assert deduplicate(asked, facts={}, by=LOCAL, now=LATER).joined == 0


def test_the_same_bytes_sent_again_are_a_new_report(home):
    data = seawall_report("Once more")
    submit(data, name="r.json", by=LOCAL, now=NOON)
    shred(open_case(Finding.objects.get(), by=LOCAL, now=NOON), by=LOCAL, now=LATER)
    assert submit(data, name="r.json", by=LOCAL, now=LATER).is_new
    assert Finding.objects.filter(title="Once more").count() == 1
