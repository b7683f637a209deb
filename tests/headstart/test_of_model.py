"""The head start of one model: what it found, and what of that was closed before it was out."""

from datetime import timedelta

import pytest

from cases.casework import finding, prove
from reviews.folk import NOW, drafted, folk
from seawall.cases.models import CandidateFix, Case, Verification
from seawall.findings.models import Finding
from seawall.headstart.of_model import head_start_of
from seawall.inventory.actions import describe_asset
from seawall.inventory.models import Exposure
from seawall.reviews.models import Attribution, Submission
from seawall.vocab.actors import LOCAL
from seawall.vocab.fixes import FixOutcome
from seawall.vocab.ssvc import SystemClass

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture
def model() -> Submission:
    return drafted(folk())


def _made_with(model: Submission, row: Finding) -> None:
    Attribution.objects.create(submission=model, report=row.report, by="t", at=NOW)


def _case(row: Finding, cve: str) -> Case:
    case, _ = Case.objects.update_or_create(
        finding=row,
        defaults={
            "title": row.title,
            "cve": cve,
            "opened_at": NOW,
            "report_state": "valid",
            "embargo_state": "none",
        },
    )
    return case


def _fixed(case: Case, day: int) -> None:
    fix = CandidateFix.objects.create(
        case=case, label="3.1.5", version="3.1.5", added_by="t", added_at=NOW
    )
    Verification.objects.create(
        fix=fix, outcome=FixOutcome.VERIFIED.value, recorded_at=NOW + day * DAY
    )


def _exposed(model: Submission, cve: str, *closed: int | None) -> None:
    """An exposure for each of `closed`: the day on which it was closed, None when it is open."""
    for number, day in enumerate(closed):
        asset = describe_asset(
            owner=model.lab,
            name=f"{cve} {number}",
            system_class=SystemClass.OTHER,
            publicly_exposed=None,
            by=LOCAL,
            now=NOW,
        )
        Exposure.objects.create(
            asset=asset,
            vulnerability=cve,
            purl="pkg:pypi/jinja2@3.1.4",
            component="jinja2",
            version="3.1.4",
            why="so",
            found_at=NOW + DAY,
            closed_at=None if day is None else NOW + day * DAY,
        )


def test_a_model_that_found_nothing_has_no_head_start(model):
    found = head_start_of(model)
    assert [line.count for line in found.lines] == [0, 0, 0, 0, 0, 0]
    assert (found.share, found.fixed_share) == (None, None)


def test_it_is_the_share_of_exposures_closed_before_the_public_release(model):
    first, second = finding("One", at=NOW), finding("Two", at=NOW)
    other = finding("Of somebody else", at=NOW)
    for row in (first, second):
        _made_with(model, row)
    prove(first, at=NOW + DAY)
    _fixed(_case(first, "CVE-2026-1000"), day=2)
    _fixed(_case(other, "CVE-2026-9999"), day=2)
    _exposed(model, "CVE-2026-1000", 5, 25, 40, None)
    _exposed(model, "CVE-2026-9999", 5)
    found = head_start_of(model)
    counts = {
        line.key: (line.count, line.before_partners, line.before_public) for line in found.lines
    }
    assert counts == {
        "findings": (2, 2, 2),
        "proven": (1, 1, 1),
        "fixed": (1, 1, 1),
        "published": (0, 0, 0),
        "exposures": (4, 4, 4),
        "remediated": (3, 1, 2),
    }
    assert (found.share, found.fixed_share) == (0.5, 0.5)


def test_a_release_before_its_day_ends_the_head_start_then(model):
    row = finding("One", at=NOW)
    _made_with(model, row)
    _case(row, "CVE-2026-1000")
    _exposed(model, "CVE-2026-1000", 5, 25)
    assert head_start_of(model).share == 1.0
    model.released_at = NOW + 10 * DAY
    assert head_start_of(model).share == 0.5


def test_a_rediscovery_counts_once(model):
    first, again = finding("One", at=NOW), finding("One again", at=NOW + DAY)
    Finding.objects.filter(pk=again.pk).update(lead=first)
    for row in (first, again):
        _made_with(model, row)
    assert head_start_of(model).line("findings").moments == (NOW,)


def test_however_much_it_found_it_takes_the_same_number_of_queries(
    model, django_assert_num_queries
):
    for number in range(4):
        row = finding(f"Number {number}", at=NOW)
        _made_with(model, row)
        _fixed(_case(row, f"CVE-2026-100{number}"), day=2)
        if number in (0, 3):
            with django_assert_num_queries(7):
                head_start_of(model)
