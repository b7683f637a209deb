"""A release: checked once more, signed, logged and kept in the transaction that publishes, or
nothing of it happens."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cases.casework import finding, prove, reload
from seawall.advisories import checking, releases, signing_later
from seawall.advisories.actions import PublicationRefused, draft, publish
from seawall.advisories.models import Advisory, Patch, Release, Revision
from seawall.advisories.releases import ReleaseFailed, newest_release, patches_of, release_key
from seawall.advisories.releasing import release_facts
from seawall.advisories.shredding import forget_drafts
from seawall.cases import fixes
from seawall.cases.actions import open_case
from seawall.cases.models import CandidateFix, Case
from seawall.cases.shredding import shred
from seawall.formats.release_bundle import ReleaseBundle, check_bundle, read_bundle
from seawall.formats.release_statement import FixTold, ReleaseStatement
from seawall.ledger import checkpoints
from seawall.ledger.models import Checkpoint, Event, Outbox
from seawall.parties import sealing
from seawall.signing.dsse import Envelope
from seawall.signing.keys import PublicKey
from seawall.signing.statements import open_statement
from seawall.vocab.actors import LOCAL
from seawall.vocab.fixes import FixOutcome, FixVerification
from seawall.vocab.problems import Problem
from seawall.vocab.tlp import Tlp
from seawall_verify import VerifierKey, verify_proof
from validation.records import NOON

LATER = NOON + timedelta(days=1)
DIFF = b"--- a/jinja2/sandbox.py\n+++ b/jinja2/sandbox.py\n@@ -1 +1 @@\n-import a\n+import b\n"
SHA256 = hashlib.sha256(DIFF).hexdigest()

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("publisher")]


@pytest.fixture
def publisher(settings, home) -> None:
    settings.SEAWALL_PUBLISHER_NAME = "Test CERT"
    settings.SEAWALL_PUBLISHER_NAMESPACE = "https://cert.example"
    settings.SEAWALL_LOG_ORIGIN = "cert.example/log"


@pytest.fixture
def case() -> Case:
    row = finding("Template text escapes the sandbox", identifiers=["CVE-2024-56326"])
    prove(row)
    return open_case(row, by=LOCAL, now=NOON)


@pytest.fixture
def advisory(case) -> Advisory:
    """A draft that names a verified patch."""
    verified(case, diff=DIFF)
    return draft(case, by=LOCAL, now=NOON).advisory


def verified(case: Case, **what: Any) -> CandidateFix:
    fix = fixes.add_fix(case, by=LOCAL, now=NOON, **what)
    result = FixVerification(
        outcome=FixOutcome.VERIFIED, reasons=("Silent.",), checks=(), silenced=("ab" * 32,),
        started_at=NOON, finished_at=NOON,
    )  # fmt: skip
    fixes.record_verification(fix, result, by=LOCAL, now=NOON)
    return fix


def opened(release: Release, *, key: PublicKey | None = None) -> ReleaseStatement:
    """What the release says, verified as whoever gets it does."""
    bundle = read_bundle(release.bundle.encode())
    envelope = Envelope.from_json(bundle.envelope)
    open_statement(envelope, trusted=[key or release_key().public])
    logged(bundle)
    return check_bundle(bundle, envelope.payload)


def logged(bundle: ReleaseBundle) -> int:
    """The place in the log at which the separate verifier finds the publication."""
    key = VerifierKey.parse(checkpoints.log_key().text)
    proven = verify_proof(
        bundle.proof, entry=bundle.entry.encode(), keys=[key], origin="cert.example/log"
    )
    return proven.index


def test_what_is_published_is_signed_logged_and_sent_on_its_way(advisory):
    revision = publish(advisory, by=LOCAL, now=NOON)
    release = Release.objects.get()
    said = opened(release)
    assert said == ReleaseStatement(
        id="SEAWALL-2026-0001",
        revision=1,
        publisher="Test CERT",
        namespace="https://cert.example",
        released_at=NOON,
        tlp=Tlp.CLEAR,
        documents=said.documents,
        patches=(SHA256,),
        cve="CVE-2024-56326",
        fixes=(FixTold(package="pkg:pypi/jinja2", version="3.1.5", patch=SHA256),),
        replaces="",
    )
    assert set(said.documents) == set(revision.documents)
    assert (release.revision, release.released_at) == (revision, NOON)
    event = Event.objects.get(what="advisory.published")
    assert release.event_index == event.index == logged(read_bundle(release.bundle.encode()))
    facts = json.loads(event.entry)["facts"]
    assert facts["release"] == release.digest
    assert facts["documents"] == said.documents
    assert Checkpoint.objects.get().size == event.index + 1
    assert Outbox.objects.get(topic="advisory.released").ids == {"release_id": release.pk}
    assert patches_of(release) == {SHA256: DIFF}


def test_publishing_again_makes_no_second_release(advisory):
    publish(advisory, by=LOCAL, now=NOON)
    publish(advisory, by=LOCAL, now=LATER)
    assert Release.objects.count() == 1
    assert Event.objects.filter(what="advisory.published").count() == 1


def test_a_further_revision_says_which_release_it_replaces(case, advisory):
    publish(advisory, by=LOCAL, now=NOON)
    first = newest_release(advisory)
    verified(case, version="3.1.6")
    assert draft(reload(case), by=LOCAL, now=LATER).number == 2
    publish(advisory, by=LOCAL, now=LATER)
    second = newest_release(advisory)
    said = opened(second)
    assert (said.revision, said.replaces) == (2, first.digest)
    assert said.fixes == (FixTold(package="pkg:pypi/jinja2", version="3.1.6", patch=SHA256),)
    assert Patch.objects.count() == 1
    opened(first)


def test_a_release_without_a_patch_signs_its_documents(case):
    publish(draft(case, by=LOCAL, now=NOON).advisory, by=LOCAL, now=NOON)
    said = opened(Release.objects.get())
    assert said.patches == ()
    assert said.fixes == (FixTold(package="pkg:pypi/jinja2", version="3.1.5"),)


# Nothing happens when a part fails


def nothing_happened(advisory: Advisory, *, says: str) -> None:
    with pytest.raises(ReleaseFailed, match=says) as raised:
        publish(Advisory.objects.get(pk=advisory.pk), by=LOCAL, now=LATER)
    assert str(raised.value).startswith("SEAWALL-2026-0001 was not published. ")
    assert isinstance(raised.value, PublicationRefused), "doors have words for it"
    assert not Release.objects.exists()
    assert not Patch.objects.exists()
    assert not Checkpoint.objects.exists()
    assert not Event.objects.filter(what="advisory.published").exists()
    assert not Outbox.objects.filter(topic__in=["advisory.released", "advisory.published"]).exists()
    row = Revision.objects.get()
    assert (row.published_at, row.public_documents, row.public_fixes) == (None, None, None)
    assert row.documents
    assert Advisory.objects.get().published_at is None
    assert not reload(advisory.case).public_aware


@pytest.mark.parametrize("name", ["release", "log"])
def test_a_key_that_others_can_read_signs_nothing(advisory, home, name):
    key = home / "keys" / f"{name}.pem"
    release_key()
    checkpoints.log_key()
    key.chmod(0o644)
    nothing_happened(advisory, says="can be read by others")


@pytest.mark.parametrize("name", ["release", "log"])
def test_a_key_that_was_used_and_is_gone_is_not_made_anew(case, advisory, home, name):
    publish(advisory, by=LOCAL, now=NOON)
    verified(case, version="3.1.6")
    draft(reload(case), by=LOCAL, now=LATER)
    (home / "keys" / f"{name}.pem").unlink()
    with pytest.raises(ReleaseFailed, match="cannot be read"):
        publish(advisory, by=LOCAL, now=LATER)
    assert Release.objects.count() == 1
    assert not (home / "keys" / f"{name}.pem").exists()


def test_a_document_that_would_be_wrong_now_is_not_published(advisory, monkeypatch):
    problem = Problem(test="consistency-fixed", message="they differ")
    monkeypatch.setattr(checking, "check_documents", lambda documents: {None: (problem,)})
    nothing_happened(advisory, says="they differ.*draft it again")


def change(advisory: Advisory, name: str, how: Callable[[Any], None]) -> None:
    row = advisory.revisions.get()
    documents = row.documents
    how(documents[name])
    row.documents = documents
    row.save()


def test_documents_that_disagree_are_not_published(advisory):
    def other(osv: Any) -> None:
        osv["affected"][0]["ranges"][0]["events"][-1] = {"fixed": "3.1.9"}

    change(advisory, "SEAWALL-2026-0001.osv.json", other)
    nothing_happened(advisory, says="differ")


def test_documents_of_another_revision_are_not_published(advisory):
    row = advisory.revisions.get()
    Revision.objects.filter(pk=row.pk).update(
        number=2,
        sealed_documents=sealing.seal(
            advisory.case.key_id,
            json.dumps(row.documents).encode(),
            what="revision.documents",
            place=f"{advisory.pk} 2",
        ),
        sealed_fixes=sealing.seal(
            advisory.case.key_id, b"[]", what="revision.fixes", place=f"{advisory.pk} 2"
        ),
    )
    nothing_happened(advisory, says="those of SEAWALL-2026-0001 revision 1")


def test_documents_in_the_name_of_somebody_else_are_not_published(advisory, settings):
    settings.SEAWALL_PUBLISHER_NAME = "Renamed CERT"
    nothing_happened(advisory, says="drafted in the name of Test CERT")
    revision = draft(reload(advisory.case), by=LOCAL, now=LATER)
    publish(revision.advisory, by=LOCAL, now=LATER)
    assert opened(Release.objects.get()).publisher == "Renamed CERT"


def test_a_release_without_its_csaf_document_is_none(advisory):
    row = advisory.revisions.get()
    row.documents = {n: d for n, d in row.documents.items() if not n.startswith("seawall-")}
    row.save()
    nothing_happened(advisory, says="no CSAF document")


@pytest.mark.parametrize("gone", ["blob", "row", "damaged"])
def test_a_patch_that_is_not_there_is_not_promised(advisory, home, gone):
    fix = CandidateFix.objects.get()
    if gone == "row":
        CandidateFix.objects.filter(pk=fix.pk).update(diff_digest="00" * 32)
        says = "is not there any more"
    else:
        path = home / "blobs" / fix.diff_blob[:2] / fix.diff_blob[2:]
        if gone == "blob":
            path.unlink()
        else:
            os.chmod(path, 0o600)
            path.write_bytes(b"other bytes")
        says = "cannot be read"
    nothing_happened(advisory, says=says)


def test_a_ledger_that_contradicts_itself_publishes_nothing(advisory, monkeypatch):
    def refuse(**_: Any) -> None:
        raise checkpoints.CheckpointRefused("The log was altered.")

    monkeypatch.setattr(releases.checkpoints, "sign", refuse)
    nothing_happened(advisory, says="The log was altered")


def test_what_could_not_be_read_back_is_not_published(advisory, monkeypatch):
    whole = releases.write_bundle
    monkeypatch.setattr(releases, "write_bundle", lambda bundle: whole(replace(bundle, entry="{}")))
    nothing_happened(advisory, says="the log's entry")


def test_a_draft_from_before_fixes_were_kept_is_drafted_again(case, advisory):
    Revision.objects.update(sealed_fixes=b"")
    nothing_happened(advisory, says="drafted by an earlier version")
    again = draft(reload(case), by=LOCAL, now=LATER)
    assert again.number == 1
    assert again.fixes == [{"package": "pkg:pypi/jinja2", "version": "3.1.5", "patch": SHA256}]
    publish(again.advisory, by=LOCAL, now=LATER)
    opened(Release.objects.get())


# What is shredded


@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_draft_is_left_when_its_case_is_shredded(case, advisory):
    before = advisory.revisions.get()
    key = case.key_id or reload(case).key_id
    shred(reload(case), by=LOCAL, now=LATER)
    forget_drafts([case.pk])
    row = Revision.objects.get()
    assert bytes(row.sealed_documents) == bytes(row.sealed_fixes) == sealing.remains_of(key)
    assert bytes(before.sealed_fixes) != bytes(row.sealed_fixes)
    with pytest.raises(sealing.Shredded):
        assert row.fixes


@pytest.mark.django_db(transaction=True)
def test_what_was_released_stays_public_when_its_case_is_shredded(case, advisory):
    publish(advisory, by=LOCAL, now=NOON)
    shred(reload(case), by=LOCAL, now=LATER)
    forget_drafts([case.pk])
    release = Release.objects.get()
    assert opened(release).patches == (SHA256,)
    assert patches_of(release) == {SHA256: DIFF}


# What is approved


def test_an_approval_is_about_the_patches_too(case, advisory):
    revision = advisory.revisions.get()
    before = release_facts(case, revision)
    revision.fixes = [{**revision.fixes[0], "patch": "00" * 32}]
    after = release_facts(case, revision)
    assert before["documents"] != after["documents"]
    assert before == {**after, "documents": before["documents"]}


# What was published before releases were signed


def as_before(advisory: Advisory) -> Revision:
    """The advisory as an earlier version of Seawall published it."""
    row = advisory.revisions.get()
    documents = row.documents
    Revision.objects.filter(pk=row.pk).update(
        published_at=NOON, public_documents=documents, sealed_documents=b"", sealed_fixes=b""
    )
    Advisory.objects.filter(pk=advisory.pk).update(published_at=NOON)
    return Revision.objects.get()


def test_what_was_published_before_is_signed_once(advisory):
    row = as_before(advisory)
    assert signing_later.unsigned() == [row]
    release = signing_later.sign_published(row, by=LOCAL, now=LATER)
    said = opened(release)
    assert said.fixes == (FixTold(package="pkg:pypi/jinja2", version="3.1.5", patch=SHA256),)
    assert said.patches == (SHA256,)
    assert said.released_at == LATER
    assert signing_later.unsigned() == []
    assert signing_later.sign_published(row, by=LOCAL, now=LATER) == release
    assert json.loads(Event.objects.get(what="advisory.published").entry)["facts"]["later"] is True


def test_a_patch_that_is_gone_by_then_is_left_out(advisory):
    CandidateFix.objects.all().update(diff_digest="00" * 32)
    said = opened(signing_later.sign_published(as_before(advisory), by=LOCAL, now=LATER))
    assert said.fixes == (FixTold(package="pkg:pypi/jinja2", version="3.1.5"),)
    assert said.patches == ()


def test_what_a_later_release_replaced_is_not_signed_any_more(case, advisory):
    as_before(advisory)
    verified(case, version="3.1.6")
    draft(reload(case), by=LOCAL, now=LATER)
    publish(Advisory.objects.get(), by=LOCAL, now=LATER)
    assert signing_later.unsigned() == []


def test_nobody_is_told_again_of_what_was_public_for_long(advisory, monkeypatch):
    from seawall.jobs import notices
    from seawall.jobs.registry import Work

    told: list[int] = []
    monkeypatch.setattr(notices, "_tell", lambda *_, **__: told.append(1))
    release = signing_later.sign_published(as_before(advisory), by=LOCAL, now=LATER)
    work = Work(topic="ledger.heard", key="1", ids={"index": release.event_index}, now=LATER)
    notices.heard(work)
    assert told == []


# The doors


def test_the_command_line_exports_and_signs(advisory, home, tmp_path, monkeypatch):
    from seawall.cli.main import root

    monkeypatch.setenv("SEAWALL_HOME", str(home))
    as_before(advisory)

    def run(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(root, ["advisory", *words])
        assert result.exit_code == code, result.output
        return result.output

    assert "signed release" not in run("show", "SEAWALL-2026-0001")
    run("export", "SEAWALL-2026-0001", str(tmp_path / "one"))
    assert not (tmp_path / "one" / "SEAWALL-2026-0001.release.json").exists()
    assert run("sign") == "SEAWALL-2026-0001 revision 1 is signed.\n"
    assert run("sign") == "Everything that is published is signed.\n"
    release = Release.objects.get()
    assert f"signed release {release.digest}, event" in run("show", "SEAWALL-2026-0001")
    shown = json.loads(run("show", "SEAWALL-2026-0001", "--json"))["release"]
    assert (shown["digest"], shown["event"]) == (release.digest, release.event_index)
    run("export", "SEAWALL-2026-0001", str(tmp_path / "two"))
    assert exported(tmp_path / "two") == release.bundle.encode()


def exported(folder: Path) -> bytes:
    data = (folder / "SEAWALL-2026-0001.release.json").read_bytes()
    for name, text in read_bundle(data).documents.items():
        assert (folder / name).read_bytes() == text.encode()
    return data


def test_the_command_line_says_what_could_not_be_signed(advisory, home, monkeypatch):
    from seawall.cli.main import root

    monkeypatch.setenv("SEAWALL_HOME", str(home))
    as_before(advisory)
    release_key()
    (home / "keys" / "release.pem").chmod(0o644)
    result = CliRunner().invoke(root, ["advisory", "sign"])
    assert result.exit_code == 1
    assert "SEAWALL-2026-0001 was not published." in result.output
    assert "can be read by others" in result.output


def test_everybody_downloads_the_release_from_the_page(advisory, client):
    assert client.get("/advisories/SEAWALL-2026-0001/release").status_code == 404
    publish(advisory, by=LOCAL, now=NOON)
    answer = client.get("/advisories/SEAWALL-2026-0001/release")
    assert answer.content == Release.objects.get().bundle.encode()
    assert answer["Content-Disposition"] == (
        'attachment; filename="SEAWALL-2026-0001.release.json"'
    )
    page = client.get("/advisories/SEAWALL-2026-0001").content.decode()
    assert 'href="/advisories/SEAWALL-2026-0001/release"' in page


def test_the_page_of_what_is_not_signed_offers_no_release(advisory, client):
    as_before(advisory)
    page = client.get("/advisories/SEAWALL-2026-0001").content.decode()
    assert "/release" not in page
    assert client.get("/advisories/SEAWALL-2026-0001/release").status_code == 404
