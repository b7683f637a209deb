"""Lists and single objects: filtered, scoped, and at a fixed number of queries."""

from datetime import UTC, datetime

import pytest

from findings.reports import seawall_report
from seawall.findings import access
from seawall.findings.access import FindingFilter, NotFound
from seawall.findings.actions import submit
from seawall.findings.queries import Intake, intake
from seawall.parties.access import NotPermitted
from seawall.vocab.actors import LOCAL, Actor, ActorKind

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STRANGER = Actor(kind=ActorKind.TOKEN, id="x", scopes=frozenset({"submit"}))

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(home):
    def send(number: int, **first) -> str:
        data = seawall_report(f"Finding {number}", reporter=f"Reporter {number}", **first)
        return submit(data, name="r.json", by=LOCAL, now=NOON).report

    return send


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_reports_takes_three_queries(send, count, django_assert_num_queries):
    for number in range(count):
        send(number)
    with django_assert_num_queries(3):
        rows = list(access.reports(LOCAL))
        shown = [(r.finding_count, [x.reporter.name for x in r.receipts.all()]) for r in rows]
    assert shown == [(1, [f"Reporter {n}"]) for n in reversed(range(count))]


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_findings_takes_two_queries(send, count, django_assert_num_queries):
    for number in range(count):
        send(number, identifiers=[f"CVE-2024-000{number}"])
    with django_assert_num_queries(2):
        rows = list(access.findings(LOCAL))
        shown = [(r.report.public_id[0], [i.text for i in r.identifiers.all()]) for r in rows]
    assert shown == [("R", [f"CVE-2024-000{n}"]) for n in reversed(range(count))]


def test_a_list_is_narrowed(send):
    first = send(1, target="pkg:pypi/jinja2@1", identifiers=["CVE-2024-56326"])
    send(2, target="pkg:npm/lodash@1")

    def titles(**where) -> list[str]:
        return [row.title for row in access.findings(LOCAL, FindingFilter(**where))]

    assert titles() == ["Finding 2", "Finding 1"]
    assert titles(target="pkg:npm/") == ["Finding 2"]
    assert titles(identifier="cve-2024-56326") == ["Finding 1"]
    assert titles(text="FINDING 2") == ["Finding 2"]
    assert titles(report=first) == ["Finding 1"]
    assert titles(target="pkg:pypi/", text="2") == []


def test_a_report_is_found_by_id_and_by_digest(send):
    id = send(1)
    report = access.report(LOCAL, id)
    assert access.report(LOCAL, report.digest.upper()) == report
    assert access.report(LOCAL, id.lower()) == report


def test_findings_and_broken_parts_are_counted_apart(home):
    broken = b", ".join([b'{"title": 1}'] * 3)
    data = seawall_report("One", "Two").replace(b'"findings": [', b'"findings": [' + broken + b",")
    submit(data, name="r.json", by=LOCAL, now=NOON)
    (report,) = access.reports(LOCAL)
    assert (report.finding_count, report.rejected_count) == (2, 3)


@pytest.mark.parametrize("id", ["R-2026-999999", "R-2025-000001", "F-2026-000001", "", "x'; --"])
def test_an_absent_report_is_not_found(send, id):
    assert send(1).startswith("R-2026-")
    with pytest.raises(NotFound, match="There is no report"):
        access.report(LOCAL, id)


def test_who_may_not_read_gets_nothing(send):
    id = send(1)
    for ask in (
        lambda: access.reports(STRANGER),
        lambda: access.report(STRANGER, id),
        lambda: access.findings(STRANGER),
        lambda: access.finding(STRANGER, "F-2026-000001"),
    ):
        with pytest.raises(NotPermitted):
            ask()


def test_intake_counts_what_came_in(send):
    send(1)
    send(2)
    assert intake() == Intake(reports=2, findings=2, distinct=2, with_reproducer=0)
