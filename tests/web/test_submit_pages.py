"""Sending a report from the browser: the answer comes at once and says what to do next."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cases.casework import finding
from findings.reports import seawall_report
from seawall.dedup.links import Strength
from seawall.findings.duplicates import Reason, link
from seawall.findings.models import Finding, Report
from seawall.ledger.models import Outbox
from seawall.vocab.actors import LOCAL
from validation.records import NOON


def sent(data: bytes, name: str = "r.json") -> dict:
    return {"file": SimpleUploadedFile(name, data)}


def test_a_file_is_kept_for_the_party_of_the_sender_whatever_it_claims(visit, home, db):
    who = visit("finder")
    answer = who.post("/submit", sent(seawall_report(reporter="Somebody Else")))
    report = Report.objects.get()
    assert answer.headers["Location"] == f"/reports/{report.public_id}?sent=new"
    assert [each.reporter.name for each in report.receipts.all()] == ["Deep Lab"]
    assert "it is new here" in who.get(answer.headers["Location"])


def test_pasted_text_is_a_report_too(visit, home, db):
    visit("finder").post("/submit", {"text": seawall_report("Pasted").decode()})
    assert Finding.objects.get().title == "Pasted"


def test_the_same_bytes_are_told_apart_from_new_ones(visit, home, db):
    who = visit("finder")
    who.post("/submit", sent(seawall_report()))
    answer = who.post("/submit", sent(seawall_report()))
    assert answer.headers["Location"].endswith("?sent=again")
    assert "received before" in who.get(answer.headers["Location"])
    assert Report.objects.count() == 1


def test_what_cannot_be_read_says_why_and_keeps_nothing(visit, home, db):
    text = visit("finder").post("/submit", sent(b'{"seawall_report": 1}'), 422).content.decode()
    assert "Not readable, and nothing was kept." in text
    assert "findings" in text
    assert not Report.objects.exists()


@pytest.mark.parametrize("data", [{}, {"text": "x", **sent(b"y")}])
def test_it_is_a_file_or_a_text(visit, home, db, data):
    text = visit("finder").post("/submit", data, 422).content.decode()
    assert "one of the two" in text


def test_the_answer_follows_the_work_and_ends_with_it(visit, home, db):
    who = visit("finder")
    address = who.post("/submit", sent(seawall_report())).headers["Location"]
    part = address.split("?")[0] + "/part"
    assert "being compared" in who.get(part)
    assert 'hx-trigger="every 1s"' in who.get(part)
    Outbox.objects.update(done_at=NOON)
    done = who.get(part)
    assert "hx-trigger" not in done
    assert '<span class="badge good">new</span>' in done
    assert "Add a reproducer" in done


def test_a_known_vulnerability_is_told_since_when_and_no_more(visit, home, db):
    who = visit("finder")
    earlier = finding("The earlier one", reporter="Ann Lab")
    address = who.post("/submit", sent(seawall_report("Mine"))).headers["Location"]
    mine = Finding.objects.get(title="Mine")
    reason = Reason(signal="person", explanation="hush", strength=Strength.CERTAIN)
    link(earlier, mine, reason=reason, by=LOCAL, now=NOON)
    text = who.get(address)
    assert "since 2026-11-23" in text
    assert "your credit is kept" in text
    for hidden in ("The earlier one", earlier.public_id, "hush"):
        assert hidden not in text


def test_my_reports_are_those_of_my_party(visit, home, db):
    finding("Theirs", reporter="Ann Lab")
    who = visit("finder")
    assert "No reports yet" in who.get("/reports")
    who.post("/submit", sent(seawall_report()))
    text = who.get("/reports")
    assert text.count("data-row>") == 1
    others = Report.objects.order_by("pk")[0]
    hidden = who.get(f"/reports/{others.public_id}", 404)
    absent = who.get("/reports/R-2026-009999", 404)
    assert _main(hidden).replace(others.public_id, "X") == _main(absent).replace(
        "R-2026-009999", "X"
    )


def _main(text: str) -> str:
    return text.split("<main")[1].split("</main>")[0]


def test_a_viewer_sends_nothing(visit, home, db):
    who = visit("viewer")
    assert "You cannot send reports" in who.get("/submit")
    who.post("/submit", sent(seawall_report()), 403)
    assert not Report.objects.exists()
