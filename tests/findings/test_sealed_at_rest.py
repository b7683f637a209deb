"""What reports and cases say is nowhere on the disk in a form that can be read."""

import base64
import json
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard
from django.db import connection, transaction

from cases.casework import prove
from findings.reports import bundle
from seawall.advisories import actions as advisories
from seawall.blobs import sealed
from seawall.cases import keys
from seawall.cases.actions import open_case
from seawall.cases.fixes import add_fix, record_verification
from seawall.cases.models import Case, Message, RoomFile
from seawall.dedup.links import Strength
from seawall.findings import files
from seawall.findings.actions import submit
from seawall.findings.duplicates import Reason, link
from seawall.findings.models import DuplicateLink, Finding, Report
from seawall.parties import sealing
from seawall.parties.sealing import Damaged
from seawall.validation.models import Validation
from seawall.vocab.actors import LOCAL
from seawall.vocab.fixes import FixOutcome, FixVerification
from validation.records import NOON

pytestmark = pytest.mark.django_db(transaction=True)

_run = {"token": ""}
SAID = (
    "description",
    "crash",
    "location",
    "fix",
    "extra",
    "key",
    "report-extra",
    "attachment",
    "proof",
    "explanation",
    "record",
    "message",
    "file",
    "diff",
    "verification",
    "draft",
    "rejected",
)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    """No test finds the canaries of another in unused pages of the database."""
    _run["token"] = secrets.token_hex(6)


def canary(what: str) -> str:
    return f"kakapo-{what}-{_run['token']}-heron"


def tell_everything() -> Case:
    """A case into every sealed part of which a canary was put."""
    attachments = {"proof.zip": bundle(f"# {canary('proof')}\n"), "log.txt": canary("attachment")}
    report = {
        "seawall_report": 1,
        "provenance": {"reporter": "Ann Lab"},
        "x_more": canary("report-extra"),
        "findings": [
            {
                "key": canary("key"),
                "title": "Sandbox escape",
                "target": "pkg:pypi/jinja2@3.1.4",
                "description": canary("description"),
                "crash": canary("crash"),
                "locations": [{"file": canary("location"), "line": 3}],
                "suggested_fix": canary("fix"),
                "reproducer": "proof.zip",
                "x_more": canary("extra"),
            },
            {"key": "2", "title": "Another", "target": "pkg:pypi/jinja2@3.1.4"},
            {"key": "3", "title": "Broken", canary("rejected"): 1, "cwes": 7},
        ],
        "attachments": [
            {
                "name": name,
                "media_type": "application/octet-stream",
                "base64": base64.b64encode(
                    data if isinstance(data, bytes) else data.encode()
                ).decode(),
            }
            for name, data in attachments.items()
        ],
    }
    submit(json.dumps(report).encode(), name="r.json", by=LOCAL, now=NOON)
    row, other = Finding.objects.order_by("pk")[:2]
    prove(row, says=canary("record"))
    reason = Reason(
        signal="text", explanation=canary("explanation"), strength=Strength.LIKELY, joins=False
    )
    link(row, other, reason=reason, by=LOCAL, now=NOON)
    case = open_case(row, by=LOCAL, now=NOON)
    diff = f"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+{canary('diff')}\n".encode()
    fix = add_fix(case, diff=diff, label="patch", by=LOCAL, now=NOON)
    result = FixVerification(
        outcome=FixOutcome.VERIFIED,
        reasons=(canary("verification"),),
        checks=(),
        silenced=(),
        started_at=NOON,
        finished_at=NOON,
    )
    record_verification(fix, result, by=LOCAL, now=NOON)
    with transaction.atomic():
        keys.key_of(case)
        message = Message(case=case, by="local", at=NOON)
        message.text = canary("message")
        message.save()
        RoomFile.objects.create(
            case=case,
            message=message,
            name="a",
            media_type="",
            size_bytes=1,
            by="local",
            at=NOON,
            blob=keys.keep(case, canary("file").encode()),
        )
    revision = advisories.draft(case, by=LOCAL, now=NOON)
    revision.documents = {"x.json": canary("draft")}
    revision.save()
    return case


def forms(text: str) -> Iterator[bytes]:
    """How a text could lie on a disk: as it is, UTF-16, JSON escapes, hex, base64 at any offset."""
    data = text.encode()
    yield data
    yield text.encode("utf-16-le")
    yield data.hex().encode()
    yield data[::-1]
    for offset in range(3):
        inner = base64.b64encode(b"\0" * offset + data)
        yield inner[4 if offset else 0 : -4]


def unpacked(data: bytes) -> bytes:
    """`data` with everything in it that is compressed by zstd or gzip laid open beside it."""
    found, start = [data], 0
    while (start := data.find(zstandard.FRAME_HEADER, start)) >= 0:
        with suppress(zstandard.ZstdError):
            found.append(zstandard.ZstdDecompressor().decompressobj().decompress(data[start:]))
        start += 4
    return b"".join(found)


def everything_kept(home: Path) -> bytes:
    """Every byte of the home folder, and of the database with its log."""
    texts = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    if connection.vendor == "sqlite":
        database = Path(str(connection.settings_dict["NAME"]))
        texts += [path.read_bytes() for path in database.parent.glob(f"{database.name}*")]
    else:
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
                texts += [text.encode() for (text,) in cursor.fetchall()]
    return unpacked(b"\n".join(texts))


def readable(home: Path) -> set[str]:
    kept = everything_kept(home)
    return {what for what in SAID if any(form in kept for form in forms(canary(what)))}


def test_nothing_that_was_said_can_be_read_on_the_disk(home):
    case = tell_everything()
    assert readable(home) == set()
    assert case.finding.content["description"] == canary("description")
    assert DuplicateLink.objects.get().explanation == canary("explanation")


def test_without_sealing_all_of_it_could_be(home, monkeypatch):
    """That the test above can fail, for each of these parts."""

    def in_the_clear(key, key_id, data, *, what, place):
        return sealed.remains_of(key_id) + data

    monkeypatch.setattr(sealed, "seal_part", in_the_clear)
    monkeypatch.setattr(sealing, "seal_part", in_the_clear)
    monkeypatch.setattr(sealing, "unseal_part", lambda key, data, **_: data[17:])
    monkeypatch.setattr(sealing, "commitment_under", lambda key, text: text)
    tell_everything()
    assert readable(home) == set(SAID)


def test_a_guessed_file_cannot_be_found_by_its_digest_in_the_blobs(home):
    tell_everything()
    report = Report.objects.get()
    names = set(sealing.blobs().digests())
    attached = report.attachments.values_list("digest", flat=True)
    assert names.isdisjoint({report.digest, *attached})
    assert len(names) == 5


def test_the_ledger_names_no_digest_of_a_file(home):
    from seawall.ledger.models import Event

    case = tell_everything()
    report, fix = Report.objects.get(), case.fixes.get()
    said = "".join(Event.objects.values_list("entry", flat=True))
    digests = [report.digest, fix.diff_digest, *report.attachments.values_list("digest", flat=True)]
    assert [each for each in [*digests, "ab" * 32] if each in said] == []
    for digest, key_id in ((report.digest, report.key_id), (fix.diff_digest, case.key_id)):
        assert sealing.commitment(key_id, digest) in said


class TestMoved:
    """Whoever can write to the database cannot make one thing say what another said."""

    @pytest.fixture
    def case(self, home) -> Case:
        return tell_everything()

    def test_the_content_of_another_finding(self, case):
        one, two = Finding.objects.order_by("pk")
        Finding.objects.filter(pk=two.pk).update(sealed=one.sealed)
        with pytest.raises(Damaged):
            Finding.objects.get(pk=two.pk).value()

    def test_the_record_of_another_run(self, case):
        row = Validation.objects.get()
        other = prove(case.finding, digest="cd" * 32)
        Validation.objects.filter(pk=other.pk).update(sealed_record=row.sealed_record)
        with pytest.raises(Damaged):
            Validation.objects.get(pk=other.pk).value()

    @pytest.mark.parametrize(
        "change", [{"level": 4}, {"verdict": "confirmed", "level": 1}, {"finding": 2}]
    )
    def test_a_summary_that_its_record_does_not_back(self, case, change):
        if "finding" in change:
            change = {"finding": Finding.objects.order_by("pk").last()}
        Validation.objects.update(**change)
        with pytest.raises(Damaged):
            Validation.objects.get().value()

    def test_a_record_as_an_attestation(self, case):
        row = Validation.objects.get()
        Validation.objects.update(sealed_attestation=row.sealed_record)
        with pytest.raises(Damaged):
            _ = Validation.objects.get().attestation

    def test_another_attachment_or_another_reports(self, case):
        one, two = Report.objects.get().attachments.order_by("pk")
        one.blob, two.blob = two.blob, one.blob
        for each in (one, two):
            with pytest.raises(Damaged):
                files.content(each)
        report = Report.objects.get()
        report.blob = one.blob
        with pytest.raises(Damaged):
            files.received(report)

    def test_a_message_into_another_case(self, case, home):
        row = case.messages.get()
        row.by = "somebody else"
        with pytest.raises(Damaged):
            _ = row.text


def test_a_restored_database_with_another_keyring_is_not_called_shredded(home):
    case = tell_everything()
    shutil.rmtree(home / "keyring")
    with pytest.raises(sealing.KeyMissing, match="not the keyring of this installation"):
        _ = case.finding.content


def test_intake_costs_one_durable_write_of_the_keyring(home, monkeypatch):
    """However many findings and attachments a report has."""
    writes = []
    real = sealing.keyring()._writing

    def counted(self, kind="IMMEDIATE"):
        writes.append(kind)
        return real(kind)

    monkeypatch.setattr(type(sealing.keyring()), "_writing", counted)
    report = {
        "seawall_report": 1,
        "findings": [{"key": str(n), "title": f"Title {n}"} for n in range(20)],
    }
    submit(json.dumps(report).encode(), name="r.json", by=LOCAL, now=NOON)
    assert writes == ["IMMEDIATE"]


def test_what_was_sent_again_leaves_no_second_copy(home):
    data = json.dumps({"seawall_report": 1, "findings": [{"key": "1", "title": "One"}]}).encode()
    submit(data, name="r.json", by=LOCAL, now=NOON)
    with pytest.MonkeyPatch.context() as patch:  # both looked, neither saw the other
        patch.setattr("seawall.findings.actions._known", lambda digest: None)
        assert not submit(data, name="r.json", by=LOCAL, now=NOON).is_new
    assert len(list(sealing.blobs().digests())) == 1
    assert sealing.keyring().state().keys == 1


def test_a_report_that_could_not_be_saved_leaves_no_key_and_no_blob(home, monkeypatch):
    def fail(*args, **more):
        raise sqlite3.OperationalError("disk full")

    monkeypatch.setattr("seawall.findings.actions.outbox.send", fail)
    data = json.dumps({"seawall_report": 1, "findings": [{"key": "1", "title": "One"}]}).encode()
    with pytest.raises(sqlite3.OperationalError):
        submit(data, name="r.json", by=LOCAL, now=NOON)
    assert list(sealing.blobs().digests()) == []
    assert sealing.keyring().state().keys == 0
