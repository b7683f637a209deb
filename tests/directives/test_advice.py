"""Advice for a check: the same rules as obligations, nothing kept."""

from datetime import UTC, datetime, timedelta

import pytest

from seawall.directives.advice import System, advise
from seawall.directives.models import Obligation
from seawall.inventory.facts import KEV
from seawall.inventory.models import CatalogueState, SsvcDecision
from seawall.vocab.ssvc import SystemClass

NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)
CVE = "CVE-2024-56326"

pytestmark = pytest.mark.django_db


def system(system_class: SystemClass = SystemClass.CIVILIAN_FEDERAL) -> System:
    return System(system_class=system_class, exposed=True, said_by="said at the check")


def test_each_vulnerability_gets_its_demand_in_order_and_nothing_is_kept():
    CatalogueState.objects.create(name=KEV, version="2026.12.01", entries=0, imported_at=NOON)
    SsvcDecision.objects.create(
        cve=CVE, automatable="no", technical_impact="partial", source="Vulnrichment"
    )
    known, unknown = advise([(CVE,), ("GHSA-x",)], system=system(), now=NOON)
    assert known is not None
    assert unknown is not None
    assert (known.row, known.due_at) == (2, NOON + timedelta(days=60))
    assert (unknown.row, unknown.due_at) == (14, NOON + timedelta(days=3))
    assert "publicly exposed: yes (said at the check)" in known.explanation
    assert not Obligation.objects.exists()


def test_a_system_that_no_directive_binds_gets_no_date():
    assert advise([(CVE,)], system=system(SystemClass.OTHER), now=NOON) == [None]
