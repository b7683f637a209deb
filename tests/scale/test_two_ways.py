"""Who sees many and who sees few find the same findings, cases and reports: both ways agree with
each other and with the policy, in a made-up installation of all kinds of cases."""

import pytest
from django.utils import timezone

from seawall.cases.models import Case
from seawall.cases.reading import tier_of, visible_cases
from seawall.cli.seeding.build import build
from seawall.cli.seeding.world import Size
from seawall.findings.models import Finding, Report
from seawall.findings.reading import tiers_of, visible_findings, visible_reports
from seawall.parties.access import actor_of
from seawall.parties.models import Person
from seawall.vocab.access import Tier

SIZE = Size(findings=200, cases=40, parties=24, people=26, assets=2)


@pytest.fixture
def people(home, transactional_db) -> list[Person]:
    build(SIZE, seed=3, step=lambda what: None)
    return list(Person.objects.order_by("pk")[:9])


def test_both_ways_give_what_the_policy_says(people):
    now = timezone.now()
    findings, cases = list(Finding.objects.all()), list(Case.objects.all())
    for person in people:
        by = actor_of(person)
        held = tiers_of(by, findings, now=now)
        for at_least in (Tier.T0, Tier.T1, Tier.T2):
            wanted = {pk for pk, tier in held.items() if tier is not None and tier >= at_least}
            for many in (True, False):
                rows = visible_findings(by, now=now, at_least=at_least, many=many)
                assert set(rows.values_list("pk", flat=True)) == wanted, (person, at_least, many)
            wanted = {
                case.pk
                for case in cases
                if (tier := tier_of(by, case, now=now)) is not None and tier >= at_least
            }
            for many in (True, False):
                seen = visible_cases(by, now=now, at_least=at_least, one_by_one=many)
                assert set(seen.values_list("pk", flat=True)) == wanted, (person, at_least, many)


def test_both_ways_give_the_same_reports(people):
    now = timezone.now()
    for person in people:
        by = actor_of(person)
        for at_least in (Tier.T0, Tier.T1, Tier.T2):
            found = [
                set(visible_reports(by, now=now, at_least=at_least, many=many).values_list("pk"))
                for many in (True, False)
            ]
            assert found[0] == found[1], (person, at_least)
    assert Report.objects.count() > 20
