"""Assets, SBOMs and exposures: what opens them, what closes them, and what is said."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from seawall.inventory import actions, catalogue
from seawall.inventory.access import assets, exposures
from seawall.inventory.models import Asset, Exposure, Sbom
from seawall.ledger.models import Event, Outbox
from seawall.matching.index import AdvisoryIndex
from seawall.parties.actions import named_party
from seawall.parties.models import Party
from seawall.vocab.actors import LOCAL
from seawall.vocab.advisories import (
    Advisory,
    AffectedPackage,
    EventKind,
    RangeEvent,
    RangeKind,
    VersionRange,
)
from seawall.vocab.errors import BadInput
from seawall.vocab.ssvc import SystemClass

NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1)

pytestmark = pytest.mark.django_db


def sbom(*purls: str) -> bytes:
    components = [
        {
            "type": "library",
            "bom-ref": purl,
            "name": purl.split("/")[1].split("@")[0],
            "version": purl.split("@")[1],
            "purl": purl,
        }
        for purl in purls
    ]
    return json.dumps(
        {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}
    ).encode()


def advisory(identifier: str = "CVE-2024-56326", fixed: str = "3.1.5") -> Advisory:
    events = (
        RangeEvent(kind=EventKind.INTRODUCED, version="0"),
        RangeEvent(kind=EventKind.FIXED, version=fixed),
    )
    affected = AffectedPackage(
        ecosystem="PyPI",
        name="jinja2",
        ranges=(VersionRange(kind=RangeKind.ECOSYSTEM, events=events),),
    )
    return Advisory(id=identifier, affected=(affected,))


def asset(name: str = "ward server") -> Asset:
    owner = named_party("St. Agnes Hospital", role=Party.Role.DEPLOYER, by=LOCAL, now=NOON)
    return actions.describe_asset(
        owner=owner,
        name=name,
        system_class=SystemClass.CRITICAL_INFRASTRUCTURE,
        publicly_exposed=False,
        by=LOCAL,
        now=NOON,
    )


def scan(system: Asset, *advisories: Advisory, now: datetime = NOON) -> actions.Scan:
    return actions.scan(system, index=AdvisoryIndex.build(advisories), by=LOCAL, now=now)


def test_an_advisory_that_meets_a_component_is_an_exposure(home):
    system = asset()
    actions.import_sbom(sbom("pkg:pypi/jinja2@3.1.4"), asset=system, by=LOCAL, now=NOON)
    assert scan(system, advisory()).opened == 1
    (found,) = exposures(LOCAL)
    assert (found.vulnerability, found.purl) == ("CVE-2024-56326", "pkg:pypi/jinja2@3.1.4")
    assert found.fixed_versions == ["3.1.5"]
    assert found.found_at == NOON


def test_scanning_again_opens_nothing_twice(home):
    system = asset()
    actions.import_sbom(sbom("pkg:pypi/jinja2@3.1.4"), asset=system, by=LOCAL, now=NOON)
    scan(system, advisory())
    again = scan(system, advisory(), now=LATER)
    assert (again.opened, again.still_open, again.closed) == (0, 1, 0)
    assert Exposure.objects.count() == 1


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ("pkg:pypi/jinja2@3.1.5", "The SBOM has jinja2 3.1.5 now, which is not affected."),
        ("pkg:pypi/flask@3.0.0", "The component is no longer in the SBOM."),
    ],
)
def test_an_upgrade_closes_the_exposure(home, second, why):
    system = asset()
    actions.import_sbom(sbom("pkg:pypi/jinja2@3.1.4"), asset=system, by=LOCAL, now=NOON)
    scan(system, advisory())
    actions.import_sbom(sbom(second), asset=system, by=LOCAL, now=LATER)
    assert scan(system, advisory(), now=LATER).closed == 1
    closed = Exposure.objects.get()
    assert (closed.closed_at, closed.closed_because) == (LATER, why)


def test_an_upgrade_that_is_affected_too_keeps_the_exposure_open_since_it_was_found(home):
    system = asset()
    actions.import_sbom(sbom("pkg:pypi/jinja2@3.1.3"), asset=system, by=LOCAL, now=NOON)
    scan(system, advisory())
    actions.import_sbom(sbom("pkg:pypi/jinja2@3.1.4"), asset=system, by=LOCAL, now=LATER)
    again = scan(system, advisory(), now=LATER)
    assert (again.opened, again.still_open, again.closed) == (0, 1, 0)
    moved = Exposure.objects.get()
    assert (moved.purl, moved.version) == ("pkg:pypi/jinja2@3.1.4", "3.1.4")
    assert (moved.found_at, moved.closed_at) == (NOON, None)


def test_of_two_affected_versions_one_upgrade_moves_one_and_closes_the_other(home):
    system = asset()
    both = sbom("pkg:pypi/jinja2@3.1.2", "pkg:pypi/jinja2@3.1.3")
    actions.import_sbom(both, asset=system, by=LOCAL, now=NOON)
    scan(system, advisory())
    actions.import_sbom(sbom("pkg:pypi/jinja2@3.1.4"), asset=system, by=LOCAL, now=LATER)
    again = scan(system, advisory(), now=LATER)
    assert (again.opened, again.still_open, again.closed) == (0, 1, 1)
    assert Exposure.objects.get(closed_at=None).version == "3.1.4"


def test_a_version_that_nobody_can_read_does_not_close_the_exposure(home):
    system = asset()
    actions.import_sbom(sbom("pkg:pypi/jinja2@3.1.4"), asset=system, by=LOCAL, now=NOON)
    scan(system, advisory())
    actions.import_sbom(sbom("pkg:pypi/jinja2@main"), asset=system, by=LOCAL, now=LATER)
    again = scan(system, advisory(), now=LATER)
    assert (again.still_open, again.closed) == (1, 0)


def test_a_withdrawn_claim_closes_the_exposure_too(home):
    system = asset()
    actions.import_sbom(sbom("pkg:pypi/jinja2@3.1.4"), asset=system, by=LOCAL, now=NOON)
    scan(system, advisory())
    scan(system, advisory(fixed="3.1.0"), now=LATER)
    assert Exposure.objects.get().closed_because == "No advisory says so any more."


def test_a_regression_opens_a_new_exposure(home):
    system = asset()
    for version in ("3.1.4", "3.1.5", "3.1.4"):
        actions.import_sbom(sbom(f"pkg:pypi/jinja2@{version}"), asset=system, by=LOCAL, now=NOON)
        scan(system, advisory())
    assert Exposure.objects.count() == 2
    assert Exposure.objects.filter(closed_at=None).count() == 1


def test_a_scan_says_what_it_could_not_check(home):
    system = asset()
    data = sbom("pkg:pypi/jinja2@3.1.4", "pkg:gem/rails@7.0.0")
    actions.import_sbom(data, asset=system, by=LOCAL, now=NOON)
    assert scan(system, advisory()).not_checked == {"no advisories for RubyGems": 1}


def test_one_sbom_of_an_asset_is_current_and_the_same_one_is_not_imported_twice(home):
    system = asset()
    first = actions.import_sbom(sbom("pkg:pypi/jinja2@3.1.4"), asset=system, by=LOCAL, now=NOON)
    same = actions.import_sbom(sbom("pkg:pypi/jinja2@3.1.4"), asset=system, by=LOCAL, now=LATER)
    assert same == first
    actions.import_sbom(sbom("pkg:pypi/jinja2@3.1.5"), asset=system, by=LOCAL, now=LATER)
    assert Sbom.objects.count() == 2
    assert Sbom.objects.filter(is_current=True).count() == 1


def test_an_unreadable_sbom_changes_nothing(home):
    system = asset()
    actions.import_sbom(sbom("pkg:pypi/jinja2@3.1.4"), asset=system, by=LOCAL, now=NOON)
    events = Event.objects.count()
    with pytest.raises(BadInput):
        actions.import_sbom(b"{", asset=system, by=LOCAL, now=LATER)
    assert Event.objects.count() == events
    assert len(actions.components_of(system)) == 1


def test_a_scan_that_changes_something_asks_for_obligations(home):
    system = asset()
    actions.import_sbom(sbom("pkg:pypi/jinja2@3.1.4"), asset=system, by=LOCAL, now=NOON)
    scan(system, advisory())
    scan(system, advisory())
    assert Outbox.objects.filter(topic="exposures.changed").count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_assets_are_listed_in_one_query(home, count, django_assert_num_queries):
    for number in range(count):
        system = asset(f"system {number}")
        actions.import_sbom(sbom("pkg:pypi/jinja2@3.1.4"), asset=system, by=LOCAL, now=NOON)
        scan(system, advisory())
    with django_assert_num_queries(1):
        assert [(a.owner.name, a.open_exposures) for a in assets(LOCAL)] == [
            ("St. Agnes Hospital", 1)
        ] * count


OSV = {"id": "PYSEC-1", "modified": "2026-01-01T00:00:00Z", "affected": [], "odd": [1, {"x": None}]}


def imported(*documents: dict) -> catalogue.Imported:
    return catalogue.import_documents(
        [(f"line {n}", each) for n, each in enumerate(documents, 1)],
        source="test",
        by=LOCAL,
        now=NOON,
    )


def test_a_document_is_kept_as_it_came_and_replaced_by_a_newer_one():
    assert imported(OSV).added == 1
    assert imported(OSV).unchanged == 1
    assert catalogue.stored_document("PYSEC-1") == OSV
    newer = OSV | {"modified": "2026-02-01T00:00:00Z"}
    assert imported(newer).updated == 1
    assert catalogue.stored_document("PYSEC-1") == newer


def test_a_broken_document_is_refused_alone_with_its_place():
    done = imported(OSV, {"id": 7}, OSV | {"id": "PYSEC-2"})
    assert done.added == 2
    ((where, reason),) = done.refused
    assert where == "line 2"
    assert reason.startswith("neither an OSV record nor a CSAF document")


def test_of_two_versions_in_one_import_the_last_counts():
    assert imported(OSV, OSV | {"summary": "newer"}).added == 1
    assert catalogue.stored_document("PYSEC-1")["summary"] == "newer"
