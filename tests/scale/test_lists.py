"""Every list costs a fixed number of queries, whether it holds one, three or thirty rows."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.casework import finding, prove
from seawall.cases.actions import open_case
from seawall.dedup.links import Strength
from seawall.directives.models import Obligation
from seawall.findings.duplicates import Reason, link
from seawall.inventory.models import Asset, Exposure
from seawall.parties.models import Party
from seawall.vocab.actors import LOCAL
from validation.records import NOON


def fill(have: int, count: int) -> None:
    """Up to `count` of everything that lists show, seen by the house, a finder, an operator."""
    for n in range(have, count):
        row = finding(f"Finding {n}", reporter="Deep Lab", identifiers=[f"CVE-2026-{n:04d}"])
        prove(row, digest=f"{n:064x}")
        open_case(row, by=LOCAL, now=NOON)
        alike = finding(f"Alike {n}", reporter="Ann Lab")
        reason = Reason(
            signal="same place", explanation="near", strength=Strength.POSSIBLE, joins=False
        )
        link(row, alike, reason=reason, by=LOCAL, now=NOON)
        _system(n)


def _system(n: int) -> None:
    owner, _ = Party.objects.get_or_create(name="City Hospital", defaults={"roles": ["deployer"]})
    asset = Asset.objects.create(
        owner=owner, name=f"System {n}", system_class="other", created_at=NOON
    )
    exposure = Exposure.objects.create(
        asset=asset,
        vulnerability=f"CVE-2026-{n:04d}",
        purl=f"pkg:pypi/p{n}@1",
        component=f"p{n}",
        version="1",
        why="listed",
        found_at=NOON,
    )
    Obligation.objects.create(
        exposure=exposure,
        directive="BOD 26-04",
        directive_version="1",
        row=1,
        outcome="14 days",
        forensics=False,
        binding=True,
        started_at=NOON,
        due_at=NOON + timedelta(days=n) if n % 2 else None,
        answers={},
        explanation="Row 1.",
        computed_at=NOON,
    )


LISTS = [
    ("coordinator", "/intake"),
    ("coordinator", "/intake?sort=severity"),
    ("coordinator", "/intake?state=valid&level=E1&q=finding"),
    ("coordinator", "/duplicates"),
    ("coordinator", "/duplicates?tab=fixes"),
    ("coordinator", "/reports"),
    ("finder", "/intake"),
    ("finder", "/intake?sort=level&target=pkg:pypi"),
    ("finder", "/reports"),
    ("operator", "/operator"),
    ("operator", "/operator/obligations"),
    ("operator", "/operator/obligations?when=upgrade"),
    ("operator", "/operator/check?name=CVE-2026-0001"),
]


def test_lists_cost_the_same_for_one_three_and_thirty_rows(visit, home, db):
    visitors = {kind: visit(kind) for kind in ("coordinator", "finder", "operator")}
    costs: dict[tuple[str, str], list[int]] = {each: [] for each in LISTS}
    have = 0
    for count in (1, 3, 30):
        fill(have, count)
        have = count
        for kind, url in LISTS:
            visitors[kind].get(url)
            with CaptureQueriesContext(connection) as made:
                visitors[kind].get(url)
            costs[kind, url].append(len(made))
    assert {each: cost for each, cost in costs.items() if len(set(cost)) > 1} == {}
