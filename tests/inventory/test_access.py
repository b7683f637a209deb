"""Systems and what hits them are their owners' members' to see; the catalogue is for who signed
in."""

from typing import Any

import pytest

from parties import seats
from parties.members import NOON, party
from seawall.inventory import access
from seawall.inventory.models import Asset, CatalogueDocument, CatalogueState, Exposure
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.models import Party
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL, PUBLIC
from seawall.vocab.ssvc import SystemClass

pytestmark = pytest.mark.django_db


def system(of: Party, name: str) -> Asset:
    kind = SystemClass.CIVILIAN_FEDERAL.value
    return Asset.objects.create(owner=of, name=name, system_class=kind, created_at=NOON)


def exposed(asset: Asset, **more: Any) -> Exposure:
    number = Exposure.objects.count()
    given = {"purl": f"pkg:pypi/p{number}@1", "component": "p", "version": "1", "found_at": NOON}
    return Exposure.objects.create(
        asset=asset, vulnerability=f"CVE-2026-{1000 + number}", **given, **more
    )


@pytest.fixture
def agency() -> Party:
    return party("Agency")


@pytest.fixture
def house() -> Party:
    return party("House", house=True)


def test_systems_are_their_owners(agency, house):
    portal = system(agency, "portal")
    ours, open_ = system(house, "archive"), exposed(portal)
    exposed(portal, closed_at=NOON)
    viewer = seats.person(seats.seat(agency, MemberRole.VIEWER))
    lead = seats.person(seats.seat(house, MemberRole.LEAD, admin=True))
    assert [(row, row.open_exposures) for row in access.assets(viewer)] == [(portal, 1)]
    assert list(access.assets(lead)) == [ours]
    assert list(access.assets(LOCAL)) == [ours, portal]
    assert list(access.exposures(viewer)) == [open_]
    assert list(access.exposures(lead)) == []
    assert list(access.exposures(LOCAL)) == [open_]
    assert access.asset(viewer, portal.public_id) == portal
    for by, id in ((lead, portal.public_id), (viewer, "A-999999"), (viewer, "x"), (LOCAL, "")):
        with pytest.raises(NotFound, match=f"There is no asset {id}"):
            access.asset(by, id)


def test_exposures_are_narrowed(agency):
    portal, archive = system(agency, "portal"), system(agency, "archive")
    one, other = exposed(portal), exposed(archive)
    closed = exposed(portal, closed_at=NOON)
    by = seats.person(seats.seat(agency))
    assert list(access.exposures(by)) == [one, other]
    assert list(access.exposures(by, asset="portal")) == [one]
    assert list(access.exposures(by, asset="portal", include_closed=True)) == [one, closed]


def test_members_describe_systems_and_viewers_do_not(agency, house):
    access.demand_change(seats.person(seats.seat(agency)), owner=agency.pk)
    for seat in (seats.seat(agency, MemberRole.VIEWER), seats.seat(house, MemberRole.LEAD)):
        with pytest.raises(NotPermitted):
            access.demand_change(seats.person(seat), owner=agency.pk)


def test_the_catalogue_is_for_who_signed_in(agency):
    CatalogueState.objects.create(name="kev", version="1", entries=0, imported_at=NOON)
    for number, format in enumerate(("osv", "csaf", "osv")):
        CatalogueDocument.objects.create(
            format=format, document_id=str(number), content=b"", imported_at=NOON
        )
    by = seats.person(seats.seat(agency, MemberRole.VIEWER))
    assert [row.name for row in access.catalogues(by)] == ["kev"]
    assert access.document_counts(by) == {"osv": 2, "csaf": 1}


@pytest.mark.parametrize("by", [PUBLIC, seats.token("submit", "coordinate")])
def test_who_may_not_read_gets_nothing(by):
    for ask in (access.assets, access.exposures, access.catalogues, access.document_counts):
        with pytest.raises(NotPermitted):
            ask(by)


def test_events_about_a_system_are_its_owners(agency, house):
    portal = system(agency, "portal")
    system(house, "archive")
    event = Event(on=f"asset:{portal.public_id}", what="asset.described")
    ours, theirs = seats.person(seats.seat(agency)), seats.person(seats.seat(house))
    assert access.may_read_event(ours, event, NOON)
    assert not access.may_read_event(theirs, event, NOON)
