"""Intake: a report is kept whole and once, or nothing of it is."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from findings.reports import bundle, report_with_proof, seawall_report
from seawall.findings import actions, models
from seawall.findings.actions import submit
from seawall.findings.files import content, received
from seawall.ledger import queries as ledger
from seawall.ledger.models import Event, Outbox
from seawall.parties import sealing
from seawall.parties.models import Party
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput
from seawall.vocab.findings import Tool

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def send(data: bytes, **more):
    return submit(data, **{"name": "r.json", "by": LOCAL, "now": NOON} | more)


def test_a_report_is_kept_with_its_findings_and_provenance(home):
    data = seawall_report("One", "Two", identifiers=["CVE-2024-56326"])
    done = send(data)
    assert done.is_new
    assert done.format == "seawall"
    report = models.Report.objects.get()
    assert done.report == report.public_id == f"R-2026-{report.pk:06d}"
    assert received(report) == data
    provenance = report.provenance_value()
    assert provenance.reporter == "Ann Lab"
    assert provenance.tools == (Tool(name="m-1", kind="model"),)
    one, two = models.Finding.objects.order_by("pk")
    assert done.findings == (one.public_id, two.public_id)
    assert one.value().identifiers == ("CVE-2024-56326",)
    assert [i.text for i in one.identifiers.all()] == ["CVE-2024-56326"]
    assert (two.title, two.target, two.component) == ("Two", "pkg:pypi/jinja2@3.1.4", "jinja")


def test_a_reproducer_is_kept_and_found_by_its_finding(home):
    proof = bundle()
    send(report_with_proof(proof))
    finding = models.Finding.objects.select_related("reproducer").get()
    assert finding.reproducer.name == "proof.zip"
    assert content(finding.reproducer) == proof


def test_what_happened_is_recorded_without_what_the_report_says(home):
    send(seawall_report("Secret title"))
    whats = list(Event.objects.values_list("what", flat=True))
    assert whats == ["party.added", "report.received"]
    assert "Secret title" not in "".join(Event.objects.values_list("entry", flat=True))
    assert ledger.verify().sound
    (row,) = Outbox.objects.all()
    assert (row.topic, row.ids) == (
        "findings.received",
        {"report_id": models.Report.objects.get().pk},
    )


def test_the_same_bytes_twice_are_the_same_report(home):
    first = send(seawall_report())
    second = send(seawall_report(), name="other.json")
    assert (first.is_new, second.is_new) == (True, False)
    assert (first.report, first.findings) == (second.report, second.findings)
    assert models.Report.objects.count() == models.Receipt.objects.count() == 1
    assert Outbox.objects.count() == 1


def test_the_same_bytes_from_another_reporter_keep_the_credit_of_both(home):
    send(seawall_report())
    send(seawall_report(), reporter="Bob")
    send(seawall_report(), reporter="bob")
    names = models.Receipt.objects.values_list("reporter__name", flat=True)
    assert list(names) == ["Ann Lab", "Bob"]
    assert models.Report.objects.count() == 1
    assert Party.objects.get(name="Bob").roles == ["reporter"]


def test_a_bad_file_leaves_nothing(home):
    with pytest.raises(BadInput):
        send(b'{"seawall_report": 1, "findings": []}')
    assert _rows() == {}
    assert list(sealing.blobs().digests()) == []


def test_broken_parts_are_named_and_the_rest_is_kept(home):
    data = seawall_report("One", "Two").replace(b'"title": "Two"', b'"title": 2')
    done = send(data)
    assert len(done.findings) == 1
    assert [part.where for part in done.rejected] == ["/findings/1/title"]
    assert models.RejectedPart.objects.get().value() == done.rejected[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "broken",
    [
        "seawall.findings.actions.ledger.record",
        "seawall.findings.actions.outbox.send",
        "seawall.findings.actions._save_findings",
        "seawall.findings.actions._submitted",
        "seawall.findings.actions.models.RejectedPart.objects.bulk_create",
        "seawall.parties.actions.ledger.record",
        "seawall.ledger.rows.insert",
        "seawall.ledger.rows.insert",
        "seawall.ledger.models.Outbox.objects.create",
    ],
)
def test_nothing_is_half_done_when_any_step_fails(home, monkeypatch, broken):
    send(seawall_report("Earlier"))  # so that the next event completes a subtree
    before = _rows()

    def fail(*args, **kwargs):
        raise RuntimeError("power cut")

    monkeypatch.setattr(broken, fail)
    with pytest.raises(RuntimeError, match="power cut"):
        send(seawall_report("Later", reporter="Somebody new"))
    monkeypatch.undo()
    assert _rows() == before
    assert ledger.verify().sound
    assert send(seawall_report("Later", reporter="Somebody new")).is_new


@pytest.mark.django_db(transaction=True)
def test_the_same_bytes_at_the_same_moment_are_one_report(home):
    data, results, problems = seawall_report("One", "Two"), [], []
    start = threading.Barrier(8)

    def one() -> None:
        try:
            start.wait()
            results.append(send(data))
        except Exception as error:
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len({done.report for done in results}) == 1
    assert sorted(done.is_new for done in results) == [False] * 7 + [True]
    assert models.Finding.objects.count() == 2
    assert Outbox.objects.count() == 1
    assert ledger.verify().sound


@pytest.mark.django_db(transaction=True)
def test_different_reports_at_the_same_moment_are_all_kept(home):
    problems = []

    def some(start: int) -> None:
        try:
            for number in range(start, start + 5):
                send(seawall_report(f"Finding {number}", reporter=f"Reporter {number % 3}"))
        except Exception as error:
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=some, args=[n * 5]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert models.Report.objects.count() == Outbox.objects.count() == 20
    assert Party.objects.count() == 3
    check = ledger.verify()
    assert (check.problems, check.root.size) == ((), 23)


def test_a_loser_of_the_race_gets_the_winners_report(home, monkeypatch):
    """Both looked, neither saw the other, one was first."""
    first = send(seawall_report())
    monkeypatch.setattr(actions, "_known", lambda digest: None)
    second = send(seawall_report())
    assert (second.report, second.is_new) == (first.report, False)
    assert models.Finding.objects.count() == 1


def _rows() -> dict[str, int]:
    """How many rows each table of the apps has, empty ones left out."""
    from django.apps import apps

    ours = [model for model in apps.get_models() if model.__module__.startswith("seawall.")]
    counts = {model.__name__: model.objects.count() for model in ours}
    return {name: count for name, count in counts.items() if count}


def test_who_sends_a_report_that_names_nobody_is_its_finder(home):
    send(seawall_report("Nameless", reporter=""), reporter="Scan Company")
    send(seawall_report("Named"), reporter="Relay Company")
    send(seawall_report("Unknown", reporter=""))
    found = {r.findings.get().title: r.finders() for r in models.Report.objects.all()}
    assert found == {"Nameless": ("Scan Company",), "Named": ("Ann Lab",), "Unknown": ()}
