"""A finding's page: as much as one may read, shown as text, with its proof and why each level."""

import pytest

from cases.casework import finding, prove, refute
from findings.reports import bundle, report_with_proof
from seawall.cases.actions import open_case
from seawall.findings.actions import submit
from seawall.findings.models import Finding
from seawall.ledger.models import Event, Outbox
from seawall.vocab.actors import LOCAL
from seawall.vocab.evidence import Verdict
from validation.records import NOON

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def proven(home, db) -> Finding:
    row = finding(
        f"Escapes {SCRIPT}",
        reporter="Deep Lab",
        description=f"Say {SCRIPT} and it runs.",
        severity="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        identifiers=["CVE-2024-56326"],
    )
    prove(row)
    return Finding.objects.get(pk=row.pk)


@pytest.fixture
def with_bundle(home, db) -> Finding:
    data = bundle('format = 1\n# <b>"hostile"</b>\n')
    done = submit(report_with_proof(data), name="r.json", by=LOCAL, now=NOON, reporter="Deep Lab")
    return Finding.objects.get(pk=int(done.findings[0].split("-")[-1]))


def test_the_ladder_says_what_was_earned_and_why_the_next_was_not(visit, proven):
    text = visit("coordinator").get(f"/findings/{proven.public_id}")
    rungs = text.split('<ol class="rungs">')[1].split("</ol>")[0]
    assert [rungs.count('class="earned"'), rungs.count('class="missing"')] == [3, 1]
    assert "in 3 of 3 runs on 3.1.4" in rungs
    assert "No independent worker has repeated it yet." in rungs
    assert "affected: fired in 3 of 3 runs" in text
    assert "fixed: fired in 0 of 3 runs" in text
    assert "CVSS 9.8" in text


def test_a_forged_proof_says_why_nothing_was_earned(visit, home, db):
    row = finding()
    refute(row, Verdict.FORGED)
    text = visit("coordinator").get(f"/findings/{row.public_id}")
    rungs = text.split('<ol class="rungs">')[1].split("</ol>")[0]
    assert [rungs.count('class="earned"'), rungs.count('class="missing"')] == [0, 4]
    assert "No." in rungs


def test_words_of_strangers_are_text(visit, proven):
    text = visit("coordinator").get(f"/findings/{proven.public_id}")
    assert SCRIPT not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; and it runs." in text


@pytest.mark.parametrize("kind", ["vendor", "operator"])
@pytest.mark.parametrize("part", ["", "/preview", "/progress", "/reproducer", "/reproducer/file"])
def test_a_hidden_finding_and_an_absent_one_answer_the_same(visit, proven, kind, part):
    who = visit(kind)
    hidden = who.get(f"/findings/{proven.public_id}{part}", 404)
    absent = who.get(f"/findings/F-2026-009999{part}", 404)
    assert _plain(hidden, proven.public_id) == _plain(absent, "F-2026-009999")


def _plain(text: str, id: str) -> str:
    return text.split("<main")[1].split("</main>")[0].replace(id, "X")


def test_who_may_read_the_summary_alone_reads_no_detail(visit, proven):
    text = visit("viewer").get(f"/findings/{proven.public_id}")
    assert "Escapes" in text
    for detail in ("and it runs", "Who found it", "fired in 3 of 3", "Run it yourself"):
        assert detail not in text


def test_a_preview_is_a_part_of_a_page(visit, proven):
    text = visit("coordinator").get(f"/findings/{proven.public_id}/preview")
    assert "<html" not in text
    assert proven.public_id in text


def test_the_case_is_shown_to_who_may_know_of_it(visit, proven):
    case = open_case(proven, by=LOCAL, now=NOON)
    assert case.public_id in visit("coordinator").get(f"/findings/{proven.public_id}")


def test_a_later_finder_learns_since_when_it_is_known_and_no_more(visit, proven):
    from seawall.dedup.links import Strength
    from seawall.findings.duplicates import Reason, link

    earlier = finding("The earlier one", reporter="Ann Lab")
    later = finding("The later one", reporter="Deep Lab")
    reason = Reason(signal="person", explanation="secret reason", strength=Strength.CERTAIN)
    link(earlier, later, reason=reason, by=LOCAL, now=NOON)
    text = visit("finder").get(f"/findings/{later.public_id}")
    assert "known here since 2026-11-23" in text
    for hidden in (earlier.public_id, "The earlier one", "Ann Lab", "secret reason"):
        assert hidden not in text
    assert earlier.public_id in visit("coordinator").get(f"/findings/{later.public_id}")


def test_the_attestation_is_a_file_for_who_may_read_the_detail(visit, proven):
    run = proven.validations.get()
    answer = visit("coordinator").client.get(f"/validations/{run.public_id}/attestation")
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    assert "payload" in answer.json()
    visit("viewer").get(f"/validations/{run.public_id}/attestation", 403)
    visit("vendor").get(f"/validations/{run.public_id}/attestation", 404)


def test_the_sender_reads_the_reproducer_as_numbered_text_and_takes_it(visit, with_bundle):
    who = visit("finder")
    text = who.get(f"/findings/{with_bundle.public_id}/reproducer")
    assert "&lt;b&gt;&quot;hostile&quot;&lt;/b&gt;" in text
    assert "<b>" not in text.split('<ol class="source">')[1].split("</ol>")[0]
    answer = who.client.get(f"/findings/{with_bundle.public_id}/reproducer/file")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer.content[:2] == b"PK"
    assert Event.objects.filter(what="finding.reproducer_fetched").count() == 1


def test_the_house_asks_two_people_before_it_takes_the_reproducer(visit, with_bundle):
    who, id = visit("lead"), with_bundle.public_id
    assert "two people of two parties approve first" in who.get(f"/findings/{id}/reproducer")
    who.get(f"/findings/{id}/reproducer/file", 403)
    assert not Event.objects.filter(what="finding.reproducer_fetched").exists()
    who.post(f"/findings/{id}/reproducer/ask")
    assert "waits for two people of two parties" in who.get(f"/findings/{id}/reproducer")
    visit("viewer").post(f"/findings/{id}/reproducer/ask", status=403)


def test_progress_is_shown_until_the_proof_has_run(visit, with_bundle):
    who, url = visit("coordinator"), f"/findings/{with_bundle.public_id}/progress"
    assert "hx-get" not in who.get(url)
    ids = {"finding_id": with_bundle.pk}
    row = Outbox.objects.create(topic="validation.wanted", ids=ids, due_at=NOON)
    assert 'hx-trigger="every 1s"' in who.get(url)
    row.done_at = NOON
    row.save()
    assert "The proof has run." in who.get(url, **{"HX-Request": "true"})
