"""Obligations in the database: what creates, changes and closes them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from seawall.directives import actions
from seawall.directives.access import obligations
from seawall.directives.models import Obligation
from seawall.inventory.facts import KEV
from seawall.inventory.models import Asset, CatalogueState, Exposure, KevEntry, SsvcDecision
from seawall.ledger.models import Event
from seawall.parties.actions import named_party
from seawall.parties.models import Party
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput
from seawall.vocab.ssvc import SystemClass

NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=2)
CVE = "CVE-2024-56326"

pytestmark = pytest.mark.django_db


def exposed_asset(
    *, system_class: SystemClass = SystemClass.CIVILIAN_FEDERAL, exposed: bool | None = True
) -> Asset:
    owner = named_party("Agency", role=Party.Role.DEPLOYER, by=LOCAL, now=NOON)
    asset = Asset.objects.create(
        owner=owner,
        name="portal",
        system_class=system_class.value,
        publicly_exposed=exposed,
        created_at=NOON,
    )
    Exposure.objects.create(
        asset=asset,
        vulnerability=CVE,
        identifiers=[CVE, "GHSA-q2x7-8rv6-6q7h"],
        purl="pkg:pypi/jinja2@3.1.4",
        component="jinja2",
        version="3.1.4",
        found_at=NOON,
    )
    return asset


def oblige(asset: Asset, now: datetime = NOON) -> int:
    return actions.oblige(asset=asset, by=LOCAL, now=now)


def list_in_kev(added: date) -> None:
    KevEntry.objects.create(cve=CVE, added_date=added, due_date=added, vendor="v", product="p")


def know(*, automatable: str, impact: str) -> None:
    SsvcDecision.objects.create(
        cve=CVE, automatable=automatable, technical_impact=impact, source="Vulnrichment"
    )


def test_an_exposure_gets_its_row_and_due_date():
    know(automatable="yes", impact="partial")
    CatalogueState.objects.create(name=KEV, version="2026.12.01", entries=0, imported_at=NOON)
    oblige(exposed_asset())
    (found,) = obligations(LOCAL)
    assert (found.directive, found.row, found.outcome) == ("BOD 26-04", 7, "14 days")
    assert found.due_at == NOON + timedelta(days=14)
    assert found.answers["in_kev"] == {"value": "no", "source": "KEV 2026.12.01", "assumed": False}
    assert found.binding


def test_without_a_kev_catalogue_nobody_knows_and_the_worst_counts():
    know(automatable="yes", impact="total")
    oblige(exposed_asset())
    (found,) = obligations(LOCAL)
    assert found.row == 15
    assert found.answers["in_kev"]["assumed"]
    assert [clock["key"] for clock in found.clocks] == ["scope", "volatile-evidence", "triage"]


def test_a_later_kev_listing_tightens_the_date_and_restarts_the_clock():
    know(automatable="no", impact="partial")
    CatalogueState.objects.create(name=KEV, version="2026.12.01", entries=0, imported_at=NOON)
    asset = exposed_asset()
    oblige(asset)
    assert obligations(LOCAL).get().due_at == NOON + timedelta(days=60)
    list_in_kev(date(2026, 12, 12))
    assert oblige(asset, LATER) == 1
    found = obligations(LOCAL).get()
    assert (found.row, found.started_at) == (5, datetime(2026, 12, 12, tzinfo=UTC))
    assert found.due_at == datetime(2026, 12, 26, tzinfo=UTC)


def test_computing_again_changes_and_records_nothing():
    asset = exposed_asset()
    assert oblige(asset) == 1
    events = Event.objects.count()
    assert oblige(asset, LATER) == 0
    assert Event.objects.count() == events


@pytest.mark.parametrize("system_class", [c for c in SystemClass if c.value != "civilian-federal"])
def test_systems_that_no_directive_binds_have_no_obligations(system_class):
    oblige(exposed_asset(system_class=system_class))
    assert not obligations(LOCAL).exists()


def test_when_the_exposure_ends_its_obligation_is_remediated():
    asset = exposed_asset()
    oblige(asset)
    Exposure.objects.update(closed_at=LATER, closed_because="The component is gone.")
    oblige(asset, LATER)
    assert not obligations(LOCAL).exists()
    closed = Obligation.objects.get()
    assert (closed.closed_at, closed.closed_as) == (LATER, "remediated")
    assert closed.evidence == "The component is gone."


def test_a_person_closes_by_evidence_only_and_once():
    oblige(exposed_asset())
    (found,) = obligations(LOCAL)
    how = {"closed_as": Obligation.Closed.MITIGATED, "by": LOCAL, "now": LATER}
    with pytest.raises(BadInput, match="closing needs evidence"):
        actions.close(found.pk, evidence=" ", **how)
    actions.close(found.pk, evidence="WAF rule 17, change 4711", **how)
    with pytest.raises(actions.NoSuchObligation):
        actions.close(found.pk, evidence="again", **how)
    assert Obligation.objects.get().evidence == "WAF rule 17, change 4711"


def test_a_closed_obligation_is_not_reopened_by_computing():
    asset = exposed_asset()
    oblige(asset)
    actions.close(
        obligations(LOCAL).get().pk,
        closed_as=Obligation.Closed.NOT_AFFECTED,
        evidence="VEX",
        by=LOCAL,
        now=LATER,
    )
    list_in_kev(date(2026, 12, 12))
    oblige(asset, LATER)
    assert not obligations(LOCAL).exists()


@pytest.mark.parametrize("count", [1, 3])
def test_obligations_are_listed_in_one_query(count, django_assert_num_queries):
    asset = exposed_asset()
    for number in range(1, count):
        Exposure.objects.create(
            asset=asset, vulnerability=f"CVE-2024-{number}", purl="p", component="c",
            version="1", found_at=NOON,
        )  # fmt: skip
    oblige(asset)
    with django_assert_num_queries(1):
        assert [o.exposure.asset.owner.name for o in obligations(LOCAL)] == ["Agency"] * count


@pytest.mark.parametrize("count", [1, 20])
def test_computing_takes_a_fixed_number_of_reads(count, django_assert_max_num_queries):
    asset = exposed_asset()
    for number in range(1, count):
        Exposure.objects.create(
            asset=asset, vulnerability=f"CVE-2024-{number}", purl="p", component="c",
            version="1", found_at=NOON,
        )  # fmt: skip
    oblige(asset)
    with django_assert_max_num_queries(8):
        oblige(asset)
