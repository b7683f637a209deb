"""What was published is for everybody; what is drafted, for who reads the detail of its case."""

from datetime import timedelta
from typing import Any

import pytest

from cases.test_access import a_case
from parties import seats
from parties.members import NOON, party, person
from seawall.advisories import access
from seawall.advisories.models import Advisory, Revision
from seawall.cases.models import Case, ReadIn
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.models import Party
from seawall.parties.sealing import Shredded
from seawall.vocab.access import MemberRole, Tier
from seawall.vocab.actors import LOCAL, PUBLIC, Actor
from seawall.vocab.tlp import Tlp

pytestmark = pytest.mark.django_db
LEAD, MEMBER, VIEWER = MemberRole.LEAD, MemberRole.MEMBER, MemberRole.VIEWER
DAY = timedelta(days=1)
THEN = NOON.replace(year=2070)
"""When a read-in holds, for a day; no test runs then."""


def advisory(case: Case | None = None, *, published: int = 0, drafted: int = 1) -> Advisory:
    """An advisory with so many revisions that were published, and then so many that were not."""
    made = Advisory.objects.create(
        case=case or a_case(),
        year=2026,
        number=Advisory.objects.count() + 1,
        created_at=NOON,
        published_at=NOON if published else None,
    )
    for number in range(1, published + drafted + 1):
        Revision.objects.create(
            advisory=made,
            number=number,
            summary="s",
            made_at=NOON,
            published_at=NOON if number <= published else None,
        )
    return made


def opened(row: Advisory, tier: Tier, *, name: str = "Vera") -> Actor:
    """Somebody who is read in to that tier of the case of the advisory, THEN, for a day."""
    reader = person(name)
    ReadIn.objects.create(
        case=row.case,
        tier=tier,
        person=reader,
        sponsor="x",
        reason="x",
        starts_at=THEN,
        ends_at=THEN + DAY,
    )
    return seats.person(seats.seat(party(f"Party of {name}"), LEAD), number=reader.pk)


@pytest.fixture
def house() -> Party:
    return party("House", house=True)


@pytest.fixture
def lena(house) -> Actor:
    return seats.person(seats.seat(house, LEAD), number=person("Lena").pk)


@pytest.fixture
def look(house) -> Actor:
    return seats.person(seats.seat(house, VIEWER), number=person("Look").pk)


@pytest.fixture
def stranger() -> Actor:
    return seats.person(seats.seat(party("Stranger"), LEAD), number=person("Sue").pk)


def numbers(by: Actor, row: Advisory, **at: Any) -> list[int]:
    """The revisions that `by` is given of an advisory."""
    return [each.number for each in access.advisory(by, row.public_id, **at).revisions.all()]


def test_what_was_published_is_for_everybody_and_a_draft_for_who_reads_the_detail(
    lena, look, stranger
):
    draft, public = advisory(), advisory(published=2)
    for by in (lena, LOCAL):
        assert list(access.advisories(by)) == [public, draft]
        assert numbers(by, draft) == [1]
        assert numbers(by, public) == [1, 2, 3]
    for by in (look, stranger, PUBLIC):
        assert list(access.advisories(by)) == [public]
        assert numbers(by, public) == [1, 2]
        for id in (draft.public_id, "SEAWALL-2026-9999", "SEAWALL-2025-0002", "C-2026-000002", ""):
            with pytest.raises(NotFound, match=f"There is no advisory {id}"):
                access.advisory(by, id)


def test_an_advisory_is_found_however_its_name_is_spelt():
    advisory(published=1)
    row = advisory(published=1)
    for id in ("SEAWALL-2026-0002", "seawall-2026-2", " Seawall-2026-00002 "):
        assert access.advisory(PUBLIC, id) == row
    for id in ("ſEAWALL-2026-0002", "SEAWALL-2026-٢", "SEAWALL-2026-0002-1"):
        with pytest.raises(NotFound):
            access.advisory(PUBLIC, id)


def test_a_program_takes_the_scope_to_read_although_everybody_may():
    row = advisory(published=1)
    assert access.advisory(seats.token("read"), row.public_id) == row
    for scope in ("submit", "coordinate"):
        with pytest.raises(NotPermitted, match='lacks the scope "read"'):
            access.advisories(seats.token(scope))


def test_a_draft_is_there_while_its_case_is_open_to_who_asks():
    row, _hidden, other = advisory(), advisory(), advisory(published=1)
    vera, summer = opened(row, Tier.T2), opened(row, Tier.T1, name="Summer")
    assert list(access.advisories(vera, now=THEN)) == [other, row]
    assert numbers(vera, row, now=THEN) == [1]
    assert numbers(vera, other, now=THEN) == [1]
    assert list(access.advisories(vera)) == [other]
    assert list(access.advisories(summer, now=THEN)) == [other]
    with pytest.raises(NotFound):
        access.advisory(vera, row.public_id)


def test_the_newest_revision_is_the_newest_that_one_may_read(lena, stranger):
    row, empty = advisory(published=2), advisory(published=1)
    assert access.newest_revision(access.advisory(lena, row.public_id)).number == 3
    assert access.newest_revision(access.advisory(stranger, row.public_id)).number == 2
    empty.revisions.all().delete()
    with pytest.raises(NotFound, match=f"{empty.public_id} has no revision"):
        access.newest_revision(access.advisory(lena, empty.public_id))


def test_of_a_shredded_case_the_installation_learns_that_its_draft_is_gone(lena):
    gone, public = (
        advisory(a_case(shredded_at=NOON)),
        advisory(a_case(shredded_at=NOON), published=1),
    )
    assert list(access.advisories(LOCAL)) == [public, gone]
    assert list(access.advisories(lena)) == [public]
    with pytest.raises(NotFound):
        access.advisory(lena, gone.public_id)
    for by in (LOCAL, lena, PUBLIC):
        assert numbers(by, public) == [1]
        assert access.newest_revision(access.advisory(by, public.public_id)).number == 1
    with pytest.raises(Shredded) as said:
        access.newest_revision(access.advisory(LOCAL, gone.public_id))
    assert said.value.at == NOON


def test_publishing_takes_a_lead_of_the_house_who_may_know_of_the_case(lena, look, house):
    red, row = advisory(a_case(tlp=Tlp.RED.value)), advisory()
    member = seats.person(seats.seat(house, MEMBER), number=person("Cora").pk)
    vendor = opened(row, Tier.T3)
    for by in (lena, LOCAL):
        access.demand_publish(by, row, now=THEN)
    asks = [
        (look, row, "It takes a coordinator of this installation"),
        (vendor, row, "It takes a coordinator of this installation"),
        (member, row, "Your role does not allow to publish"),
        (lena, red, "It takes tier T2 and you are read in to T0"),
    ]
    for by, what, why in asks:
        with pytest.raises(NotPermitted, match=why):
            access.demand_publish(by, what, now=THEN)


def test_who_may_not_know_of_the_case_is_told_no_more_than_that(lena):
    row, other = advisory(), advisory()
    row.case.bars.create(person_id=lena.person, reason="x", by="x", at=NOON)
    with pytest.raises(NotPermitted, match="It takes a coordinator who may read the case"):
        access.demand_publish(lena, row, now=NOON)
    access.demand_publish(lena, other, now=NOON)


def test_of_which_cases_one_knows_is_of_these_rows_and_that_moment(lena, stranger):
    row, other = advisory(), advisory(published=1)
    vera = opened(row, Tier.T0)
    rows = [row, other]
    assert access.of_cases_known(lena, rows) == {row.pk, other.pk}
    assert access.of_cases_known(lena, [row]) == {row.pk}
    assert access.of_cases_known(vera, rows, now=THEN) == {row.pk}
    assert access.of_cases_known(vera, rows) == frozenset()
    assert access.of_cases_known(stranger, rows) == frozenset()


def test_the_journal_tells_everybody_of_publications_and_the_rest_to_who_reads_drafts(
    lena, look, stranger
):
    row, other = advisory(published=1), advisory(published=1)
    vera = opened(row, Tier.T2)

    def told(by: Actor, what: str, about: str) -> bool:
        event = Event(on=f"advisory:{about}", what=f"advisory.{what}")
        return access.may_read_event(by, event, THEN)

    for by in (lena, look, stranger, PUBLIC, LOCAL):
        assert told(by, "published", row.public_id)
        assert not told(by, "published", "SEAWALL-2026-9999")
    drafted = [told(by, "drafted", row.public_id) for by in (lena, vera, LOCAL, look, stranger)]
    assert drafted == [True, True, True, False, False]
    assert not told(vera, "drafted", other.public_id)
    assert not told(lena, "drafted", "SEAWALL-2026-9999")
