"""The intake queue: sorted, narrowed, decided about many at a time; only what one may see."""

import pytest

from cases.casework import finding, prove, refute
from seawall.cases.models import Case
from seawall.findings.models import DuplicateLink, Finding
from seawall.ledger.models import Event, Outbox
from seawall.vocab.evidence import Verdict


@pytest.fixture
def three(home, db) -> list[Finding]:
    """One that is proven, one forged, one claimed; of two reporters."""
    rows = [
        finding("Bravo escapes", reporter="Deep Lab", severity="high"),
        finding("Alpha overflows", reporter="Deep Lab", severity="critical", target="pkg:npm/a@1"),
        finding("Charlie hangs", reporter="Ann Lab", severity="low", target="pkg:npm/c@1"),
    ]
    prove(rows[0])
    refute(rows[1], Verdict.FORGED)
    return [Finding.objects.get(pk=row.pk) for row in rows]


def shown(text: str, rows: list[Finding]) -> list[int]:
    """Which of `rows` a page lists, as their places, in its order."""
    table = text.split("<tbody>")[1].split("</tbody>")[0] if "<tbody>" in text else ""
    at = {n: table.find(f">{row.public_id}<") for n, row in enumerate(rows)}
    return sorted((n for n in at if at[n] >= 0), key=lambda n: at[n])


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", [2, 1, 0]),
        ("?sort=oldest", [0, 1, 2]),
        ("?sort=level", [0, 2, 1]),
        ("?sort=level-up", [1, 2, 0]),
        ("?sort=severity", [1, 0, 2]),
        ("?sort=target", [1, 2, 0]),
        ("?sort=reporter", [2, 0, 1]),
        ("?sort=state", [1, 2, 0]),
        ("?sort=nonsense", [2, 1, 0]),
        ("?state=valid", [0]),
        ("?level=E1", [0]),
        ("?verdict=forged", [1]),
        ("?proof=no", [2, 1, 0]),
        ("?case=no", [2, 1, 0]),
        ("?case=yes", []),
        ("?ecosystem=NPM", [2, 1]),
        ("?target=pkg:npm/c", [2]),
        ("?reporter=Deep", [1, 0]),
        ("?duplicate=yes", []),
        ("?duplicate=no", [2, 1, 0]),
        ("?q=alpha", [1]),
        ("?q=CVE-2026-9999", []),
        ("?level=E9", [2, 1, 0]),
        ("?verdict=forged&ecosystem=npm&sort=severity", [1]),
        ("?verdict=forged&level=E1", []),
    ],
)
def test_it_is_sorted_and_narrowed_by_its_address(visit, three, query, order):
    assert shown(visit("coordinator").get(f"/intake{query}"), three) == order


def test_a_finder_sees_the_findings_of_their_own_party_alone(visit, three):
    assert shown(visit("finder").get("/intake"), three) == [1, 0]


@pytest.mark.parametrize("kind", ["vendor", "operator"])
def test_others_see_none_and_learn_what_would_be_here(visit, three, kind):
    text = visit(kind).get("/intake")
    assert shown(text, three) == []
    assert "No findings yet" in text


def test_nobody_is_led_to_sign_in(visit, three):
    answer = visit("nobody").client.get("/intake?state=valid")
    assert answer.headers["Location"] == "/sign-in?next=%2Fintake%3Fstate%3Dvalid"


def test_a_page_that_was_narrowed_to_nothing_says_how_to_go_on(visit, three):
    assert "Nothing matches" in visit("coordinator").get("/intake?state=invalid")


@pytest.fixture
def deed(visit, three):
    """Do something with findings as a coordinator; gives the next page's text."""

    who = visit("coordinator")

    def deed(name: str, *rows: Finding, **more: str) -> str:
        who.post("/intake/deed", {"deed": name, "row": [r.public_id for r in rows], **more})
        return who.get("/intake")

    return deed


def test_cases_are_opened_for_the_chosen(deed, three):
    assert "2 cases are open." in deed("open", three[0], three[2])
    assert set(Case.objects.values_list("finding", flat=True)) == {three[0].pk, three[2].pk}


def test_findings_are_linked_with_the_earliest(deed, three):
    assert "2 links were made." in deed("link", *reversed(three), because="one bug")
    pairs = set(DuplicateLink.objects.values_list("earlier", "later"))
    assert pairs == {(three[0].pk, three[1].pk), (three[0].pk, three[2].pk)}


def test_a_link_needs_a_reason(deed, three):
    assert "Say why they are one vulnerability." in deed("link", *three)
    assert not DuplicateLink.objects.exists()


def test_a_finding_is_marked_invalid_with_a_reason_and_that_is_undone(deed, three):
    assert "a reason is needed" in deed("invalid", three[2])
    assert "1 finding is marked invalid." in deed("invalid", three[2], because="as documented")
    row = Finding.objects.get(pk=three[2].pk)
    assert (row.state, row.decided_because) == ("invalid", "as documented")
    assert "1 finding counts again." in deed("undo", three[2])
    assert Finding.objects.get(pk=three[2].pk).state == "received"
    assert list(Event.objects.values_list("what", flat=True))[-2:] == [
        "finding.marked_invalid",
        "finding.invalid_undone",
    ]


def test_what_is_proven_is_valid_again_when_that_is_undone(deed, three):
    deed("invalid", three[0], because="no")
    deed("undo", three[0])
    assert Finding.objects.get(pk=three[0].pk).state == "valid"


def test_a_proof_is_asked_for_once_while_it_waits(deed, three):
    from findings.reports import bundle, report_with_proof
    from seawall.findings.actions import submit
    from seawall.vocab.actors import LOCAL
    from validation.records import NOON

    done = submit(report_with_proof(bundle()), name="r.json", by=LOCAL, now=NOON)
    row = Finding.objects.get(pk=int(done.findings[0].split("-")[-1]))
    assert "1 proof runs again." in deed("again", row)
    assert "waiting already" in deed("again", row)
    assert Outbox.objects.filter(topic="validation.wanted").count() == 1
    assert "has no reproducer" in deed("again", three[2])


def test_what_is_refused_is_told_and_the_rest_is_done(deed, three):
    text = deed("open", three[1], three[0])
    assert "1 case is open." in text
    assert f"{three[1].public_id} is no case" in text


@pytest.mark.parametrize("kind", ["finder", "vendor", "operator", "viewer"])
def test_only_coordinators_decide(visit, three, kind):
    data = {"deed": "invalid", "row": [three[0].public_id], "because": "no"}
    visit(kind).post("/intake/deed", data, 403)
    assert Finding.objects.get(pk=three[0].pk).state == "valid"


def test_too_many_at_a_time_are_refused(visit, three):
    who = visit("coordinator")
    who.post("/intake/deed", {"deed": "open", "row": [f"F-2026-{n}" for n in range(1, 62)]})
    assert "at most 60" in who.get("/intake")


def test_progress_asks_again_only_while_something_waits(visit, three):
    who = visit("coordinator")
    Outbox.objects.all().delete()
    assert "hx-trigger" not in who.get("/intake/proofs")
    Outbox.objects.create(topic="validation.wanted", ids={}, due_at=three[0].received_at)
    part = who.get("/intake/proofs")
    assert 'hx-trigger="every 1s"' in part
    assert "1 proof waits or runs" in part
    visit("finder").get("/intake/proofs", 403)


@pytest.fixture
def barely(three) -> Finding:
    """One whose case the vendor takes part in without having accepted its embargo: tier T0."""
    from datetime import timedelta

    from django.utils import timezone

    from seawall.cases.actions import open_case
    from seawall.cases.models import Participant
    from seawall.vocab.actors import LOCAL
    from web.people import party

    case = open_case(three[0], by=LOCAL, now=timezone.now())
    ends_at = timezone.now() + timedelta(days=9)
    Case.objects.filter(pk=case.pk).update(embargo_state="active", embargo_ends_at=ends_at)
    vendor = party("Pallets", "vendor")
    Participant.objects.create(
        case=case, party=vendor, part="vendor", tier=3, brought_by="x", joined_at=ends_at
    )
    return three[0]


def test_who_may_only_know_that_it_exists_reads_nothing_else(visit, barely):
    text = visit("vendor").get("/intake")
    assert barely.public_id in text
    for hidden in ("Bravo", "jinja2", "Deep Lab", "E3", "high<"):
        assert hidden not in text.split("<tbody>")[1].split("</tbody>")[0]


@pytest.mark.parametrize(
    "query",
    ["?q=bravo", "?sort=severity", "?sort=reporter", "?verdict=confirmed", "?level=E1",
     "?target=pkg:pypi", "?reporter=Deep", "?state=valid", "?case=yes"],
)  # fmt: skip
def test_no_filter_and_no_order_tells_what_may_not_be_read(visit, barely, query):
    assert barely.public_id not in visit("vendor").get(f"/intake{query}")
