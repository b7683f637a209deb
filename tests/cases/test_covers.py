"""The triggers keep at hand which case covers which finding, whatever is written."""

import random

import pytest
from django.core.management import call_command
from django.db import connection, migrations
from django.db.models import Q

from cases import casework
from seawall.cases import covers
from seawall.cases.models import Case, Covered
from seawall.findings.models import Finding
from seawall.vocab.cases import EmbargoState, ReportState

NOON = casework.NOON
pytestmark = pytest.mark.django_db


def claim(number: int) -> Finding:
    return casework.finding(f"Claim {number}", digest=f"{number:064d}")


def case_of(finding: Finding, merged_into: Case | None = None) -> Case:
    return Case.objects.create(
        finding=finding,
        title=finding.title,
        opened_at=NOON,
        merged_into=merged_into,
        report_state=ReportState.RECEIVED,
        embargo_state=EmbargoState.NONE,
    )


def covered() -> dict[int, int]:
    return dict(Covered.objects.values_list("finding", "case"))


def by_definition() -> dict[int, int]:
    """A case covers the group of its finding: its lead and all that follow it."""
    found = {}
    for each in Finding.objects.all():
        group = each.lead_id or each.pk
        cases = Case.objects.filter(Q(finding=group) | Q(finding__lead=group), merged_into=None)
        if case := cases.order_by("pk").first():
            found[each.pk] = case.pk
    return found


def test_a_case_covers_the_group_of_its_finding():
    first, second, third = (claim(n) for n in range(3))
    Finding.objects.filter(pk=second.pk).update(lead=first)
    case = case_of(first)
    assert covered() == {first.pk: case.pk, second.pk: case.pk}
    Finding.objects.filter(pk=third.pk).update(lead=first)
    assert covered()[third.pk] == case.pk
    Finding.objects.filter(pk=second.pk).update(lead=None)
    assert covered() == {first.pk: case.pk, third.pk: case.pk}


def test_a_case_that_sleeps_covers_nothing():
    first, second = claim(1), claim(2)
    one, other = case_of(first), case_of(second)
    Finding.objects.filter(pk=second.pk).update(lead=first)
    other.merged_into = one
    other.save()
    assert covered() == {first.pk: one.pk, second.pk: one.pk}
    Finding.objects.filter(pk=second.pk).update(lead=None)
    assert covered() == {first.pk: one.pk}
    other.merged_into = None
    other.save()
    assert covered() == {first.pk: one.pk, second.pk: other.pk}


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_written_the_table_follows(seed):
    rng = random.Random(seed)
    rows = [claim(n) for n in range(7)]
    for _ in range(40):
        row = rng.choice(rows)
        earlier = [each for each in rows if each.pk < row.pk]
        match rng.randrange(6):
            case 0 | 1 if earlier:
                Finding.objects.filter(pk=row.pk).update(lead=rng.choice(earlier))
            case 2:
                Finding.objects.filter(pk=row.pk).update(lead=None)
            case 3 if not Case.objects.filter(finding=row).exists():
                case_of(row)
            case 4:
                for each in Case.objects.filter(finding=row):
                    into = Case.objects.filter(pk__lt=each.pk).order_by("?").first()
                    Case.objects.filter(pk=each.pk).update(merged_into=into)
            case _:
                Case.objects.filter(finding=row, merged=None).delete()
        assert covered() == by_definition()
    kept = covered()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_covered")
        cursor.execute(covers.FILL)
    assert covered() == kept


@pytest.mark.django_db(transaction=True)
def test_the_triggers_are_away_while_tables_may_be_rebuilt_and_there_afterwards():
    first = claim(1)
    case = case_of(first)
    step = migrations.Migration("later", "cases")
    covers.before_migrating(plan=[(step, False)], using="default")
    Case.objects.filter(pk=case.pk).delete()
    second = case_of(first)
    Covered.objects.all().delete()
    covers.after_migrating(using="default")
    assert covered() == {first.pk: second.pk}
    second.delete()
    assert covered() == {}
    call_command("migrate", verbosity=0)
    case = case_of(first)
    assert covered() == {first.pk: case.pk}
