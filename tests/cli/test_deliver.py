"""`seawall recipient`, `deliver` and `feed whose` on an installation."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from django.utils import timezone

from distribution.founded import hold_ceremony, set_up
from distribution.lane import KEY, approve, case_with_everything, files, plain
from parties.members import party
from seawall.cases.models import Case
from seawall.cli.main import root
from seawall.distribution import feeds
from seawall.distribution.models import Delivery, Recipient
from seawall.parties.models import Approval, Party

pytestmark = pytest.mark.django_db
AGE = str(KEY.to_public())


@pytest.fixture
def run(home, settings, tmp_path):
    set_up(settings, tmp_path)

    def run(*args: str) -> Result:
        return CliRunner().invoke(root, list(args))

    return run


@pytest.fixture
def case(run) -> Case:
    """A case of which the party Vendor may read everything."""
    party("House", house=True)
    return case_with_everything(party("Vendor", Party.Role.VENDOR))


def founded() -> None:
    hold_ceremony(feeds.restricted(), opaque=True, now=timezone.now())


def added(run, *more: str) -> Result:
    until = (timezone.now() + timedelta(days=30)).isoformat()
    given = ("--age-key", AGE, "--sponsor", "U-1", "--reason", "Fixes it.", "--until", until)
    return run("recipient", "add", "Vendor", *given, *more)


def test_a_recipient_is_added_listed_and_revoked(run):
    party("Vendor")
    assert run("recipient", "list").stdout.startswith("No recipients.")
    done = added(run)
    assert done.exit_code == 0, done.output
    row = Recipient.objects.get()
    assert done.stdout.startswith(f"{row.public_id}: Vendor is a recipient of T2 until ")
    [told] = json.loads(run("recipient", "list", "--json").stdout)["recipients"]
    assert (told["id"], told["tier"], told["age_key"]) == (row.public_id, "T2", AGE)
    assert "Vendor" in run("recipient", "list").stdout
    again = added(run)
    assert again.exit_code == 2 and "has this key already" in again.stderr
    assert run("recipient", "revoke", row.public_id).exit_code == 0
    assert run("recipient", "list").stdout.startswith("No recipients.")
    assert "revoked" in run("recipient", "list", "--all").stdout
    assert run("recipient", "revoke", "RP-99").exit_code == 2


def test_what_a_recipient_lacks_is_said(run):
    party("Vendor")
    bad = added(run, "--age-key", "age1x")
    assert bad.exit_code == 2 and "not an age recipient" in bad.stderr
    assert added(run, "--until", "2020-01-01").exit_code == 2
    assert not Recipient.objects.exists()


def test_a_case_is_delivered_to_a_party_and_a_leaked_copy_is_told(run, case, tmp_path):
    founded()
    added(run)
    done = run("deliver", case.public_id, "--to", "vendor", "--json")
    assert done.exit_code == 0, done.output
    row = Delivery.objects.get()
    told = json.loads(done.stdout)
    assert (told["id"], told["parts"]) == (row.public_id, ["documents", "patch"])
    assert told["sha256"] == row.ciphertext_digest and told["path"] == row.path
    leaked = tmp_path / "leaked.tar"
    leaked.write_bytes(plain(row))
    found = run("feed", "whose", str(leaked))
    assert found.exit_code == 1
    assert found.stdout.startswith(f"Vendor ({row.recipient.public_id}), {row.public_id}: this")
    assert "padding" in found.stdout and "lines" in found.stdout
    [copy] = json.loads(run("feed", "whose", str(leaked), "--json").stdout)["copies"]
    assert copy["sure"] and copy["sealed"] and copy["delivery"] == row.public_id


def test_a_file_without_marks_names_nobody(run, case, tmp_path):
    founded()
    added(run)
    run("deliver", case.public_id, "--to", "Vendor")
    patch = tmp_path / "fix.patch"
    [name] = [name for name in files(Delivery.objects.get()) if name.endswith(".patch")]
    patch.write_bytes(files(Delivery.objects.get())[name])
    found = run("feed", "whose", str(patch))
    assert found.exit_code == 0 and found.stdout.startswith("No mark of any delivery")


def test_a_visible_mark_alone_is_told_as_what_it_is(run, case, tmp_path):
    founded()
    added(run)
    run("deliver", case.public_id, "--to", "Vendor")
    said = json.loads(files(Delivery.objects.get())["SEAWALL-MARK.json"])
    file = tmp_path / "mark.json"
    file.write_text(json.dumps(said))
    found = run("feed", "whose", str(file))
    assert found.exit_code == 0 and "as the house wrote it" in found.stdout
    file.write_text(json.dumps(said | {"seal": "0" * 32}))
    assert "that anybody can write" in run("feed", "whose", str(file)).stdout


def test_a_reproducer_is_asked_for_and_delivered_when_two_have_signed(run, case):
    founded()
    added(run, "--tier", "T3")
    first = run("deliver", case.public_id, "--to", Recipient.objects.get().public_id)
    assert first.exit_code == 1
    [asked] = Approval.objects.all()
    assert f"Asked for as {asked.public_id}" in first.stderr
    approve(case, Recipient.objects.get(), now=timezone.now())
    done = run("deliver", case.public_id, "--to", "Vendor")
    assert done.exit_code == 0 and "documents, patch, reproducer" in done.stdout


def test_who_may_not_have_it_is_told_why(run, case):
    founded()
    party("Stranger")
    until = (timezone.now() + timedelta(days=30)).isoformat()
    given = ("--age-key", AGE, "--sponsor", "U-1", "--reason", "So.", "--until", until)
    run("recipient", "add", "Stranger", *given, "--tier", "T3")
    refused = run("deliver", case.public_id, "--to", "Stranger")
    assert refused.exit_code == 1 and "may not read T3" in refused.stderr
    assert not Approval.objects.exists()
    for case_id, to in (("C-2026-999999", "Stranger"), (case.public_id, "Nobody")):
        assert run("deliver", case_id, "--to", to).exit_code == 2


def test_without_a_ceremony_it_says_how_one_begins(run, case):
    added(run)
    lacking = run("deliver", case.public_id, "--to", "Vendor")
    assert lacking.exit_code == 3 and "ceremony" in lacking.stderr
