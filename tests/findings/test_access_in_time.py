"""`findings.access` answers for the moment that is given, or for now; and says no to each file."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from findings.test_access_by_tier import linked, sent
from parties import seats
from parties.members import NOON, party, person
from seawall.cases.models import Case, ReadIn
from seawall.findings import access
from seawall.findings.access import FindingFilter, NotFound
from seawall.findings.models import Attachment, Finding, Report
from seawall.parties import sealing
from seawall.parties.access import NotPermitted
from seawall.parties.models import Party, Person
from seawall.vocab.access import MemberRole, Tier
from seawall.vocab.actors import LOCAL, PUBLIC, Actor
from seawall.vocab.tlp import Tlp

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
THEN = NOON.replace(year=2070)
"""Two days from which a read-in holds one; no test runs then."""


def opened(row: Finding, who: Person, tier: Tier = Tier.T2, *, tlp: Tlp = Tlp.AMBER) -> Case:
    """A case of the finding to which somebody is read in THEN, for a day."""
    case = Case.objects.create(
        finding=row,
        title="t",
        opened_at=NOON,
        report_state="received",
        embargo_state="none",
        tlp=tlp.value,
    )
    ReadIn.objects.create(
        case=case,
        tier=tier,
        person=who,
        sponsor="x",
        reason="x",
        starts_at=THEN,
        ends_at=THEN + DAY,
    )
    return case


@pytest.fixture
def vera() -> Person:
    return person("Vera")


@pytest.fixture
def reader(vera) -> Actor:
    return seats.person(seats.seat(party("Pallets"), MemberRole.LEAD), number=vera.pk)


def known(ask: Callable[[], Any]) -> bool:
    """Whether the answer says anything."""
    try:
        return bool(ask())
    except NotFound:
        return False


def test_what_is_given_is_for_the_moment_that_is_given(reader, vera):
    report = sent(party("Ann Lab"))
    row = report.findings.get()
    opened(row, vera)
    asks: list[Callable[..., Any]] = [
        lambda **at: list(access.reports(reader, **at)),
        lambda **at: [each.finding_count for each in access.reports(reader, **at)],
        lambda **at: access.report(reader, report.public_id, **at),
        lambda **at: access.report(reader, report.digest, **at),
        lambda **at: access.report_tiers(reader, [report], **at)[report.pk],
        lambda **at: access.rejected_parts(reader, report, **at) is not None,
        lambda **at: list(access.findings(reader, **at)),
        lambda **at: list(access.findings(reader, FindingFilter(report=report.public_id), **at)),
        lambda **at: access.finding(reader, row.public_id, **at),
        lambda **at: access.finding(reader, row.public_id, at_least=Tier.T2, **at),
        lambda **at: access.tiers(reader, [row], **at),
    ]
    for ask in asks:
        assert known(lambda ask=ask: ask(now=THEN))
        assert not known(lambda ask=ask: ask(now=THEN - DAY))
        assert not known(ask)


def test_links_are_for_the_moment_that_is_given(vera):
    house = party("House", house=True)
    cora = seats.person(seats.seat(house, MemberRole.MEMBER), number=vera.pk)
    one, other = (sent(party(name)).findings.get() for name in ("Ann Lab", "Bob Lab"))
    for row in (one, other):
        opened(row, vera, tlp=Tlp.RED)
    link = linked(one, other)
    for ask in (
        lambda **at: list(access.links(cora, **at)),
        lambda **at: access.links_of(cora, one, **at),
        lambda **at: access.links_of(cora, other, **at),
    ):
        assert ask(now=THEN) == [link]
        assert ask(now=THEN - DAY) == []
        assert ask() == []


def test_a_link_shows_neither_finding_to_who_reads_the_other_alone(vera):
    house = party("House", house=True)
    cora = seats.person(seats.seat(house, MemberRole.MEMBER), number=vera.pk)
    one, other = (sent(party(name)).findings.get() for name in ("Ann Lab", "Bob Lab"))
    link = linked(one, other)
    assert list(access.links(cora)) == access.links_of(cora, one) == [link]
    opened(other, vera, tlp=Tlp.RED)
    assert list(access.links(cora)) == access.links_of(cora, one) == []
    assert access.links_of(cora, other) == []
    third = sent(party("Cy Lab")).findings.get()
    link = linked(other, third)
    assert list(access.links(cora)) == access.links_of(cora, third) == []
    assert list(access.links(cora, now=THEN)) == [link, *access.links_of(cora, one, now=THEN)]


def test_a_link_is_between_two_and_one_way(lab, vera):
    house = party("House", house=True)
    cora = seats.person(seats.seat(house, MemberRole.MEMBER), number=vera.pk)
    one, other, third = (sent(lab).findings.get() for _ in range(3))
    link = linked(one, other)
    assert access.link_between(cora, one, other) == link
    assert access.link_between(cora, third, other) is None
    assert access.link_between(cora, one, third) is None


def test_findings_are_counted_by_report(lab):
    for count in (2, 0, 1):
        sent(lab, count=count)
    assert [each.finding_count for each in access.reports(LOCAL)] == [1, 0, 2]


def test_a_case_of_either_finding_handles_the_vulnerability(lab, vera):
    first = sent(party("First")).findings.get()
    later = sent(lab, lead=first).findings.get()
    opened(sent(lab).findings.get(), vera)
    known = access.Known(since=NOON, handled=False)
    assert access.known([first, later]) == {later.pk: known}
    case = opened(later, vera)
    handled = access.Known(since=NOON, handled=True)
    assert access.known([later]) == {later.pk: handled}
    Case.objects.filter(pk=case.pk).update(finding=first)
    assert access.known([later]) == {later.pk: handled}


def test_a_list_is_narrowed_by_each_of_its_words(lab):
    first = sent(lab).findings.get()
    other = sent(lab, lead=first).findings.get()
    Finding.objects.filter(pk=other.pk).update(target="other", title="Other")
    other.identifiers.create(text="CVE-2024-56326")

    def found(**where: Any) -> list[Finding]:
        return list(access.findings(LOCAL, FindingFilter(**where)))

    assert found() == [other, first]
    assert (
        found(target="oth") == found(text="OTHE") == found(identifier="cve-2024-56326") == [other]
    )
    assert found(distinct=True) == [first]
    assert found(report=first.report.public_id) == [first]
    assert found(report=other.report.public_id) == [other], "a later one is one too"


def test_one_finding_is_the_one_of_that_id(lab):
    first, other = (sent(lab).findings.get() for _ in range(2))
    for row in (first, other):
        assert access.finding(LOCAL, f" {row.public_id.lower()}") == row


# Files


@pytest.fixture
def lab() -> Party:
    return party("Ann Lab")


@pytest.fixture
def ann(lab) -> Actor:
    return seats.person(seats.seat(lab, MemberRole.MEMBER), number=person("Ann").pk)


def attached(report: Report, data: bytes) -> Attachment:
    Report.objects.filter(pk=report.pk).update(key_id=(key := report.key_id or sealing.new_key()))
    report.key_id = key
    return Attachment.objects.create(
        report=report,
        name=data.decode(),
        media_type="text/plain",
        digest=hashlib.sha256(data).hexdigest(),
        blob=sealing.keep(key, data),
        size_bytes=len(data),
    )


def fetched(by: Actor, row: Attachment, **at: Any) -> bytes | str:
    """The bytes, or why not."""
    try:
        return access.attachment_bytes(by, Attachment.objects.get(pk=row.pk), **at)
    except NotFound:
        return "not found"
    except NotPermitted as error:
        return str(error)


def test_a_file_is_for_who_reads_the_detail_of_all_that_came_with_it(home, ann, lab, vera, reader):
    report = sent(lab, count=2)
    file = attached(report, b"notes")
    one, other = report.findings.all()
    summary = "This takes tier T2 of all that the report says."
    assert fetched(ann, file) == fetched(LOCAL, file) == b"notes"
    assert fetched(reader, file) == "not found"
    assert fetched(PUBLIC, file) == "Sign in first."
    assert fetched(seats.token("submit"), file) == 'This token lacks the scope "read".'
    opened(one, vera)
    assert fetched(reader, file, now=THEN) == summary
    case = opened(other, vera, Tier.T1)
    assert fetched(reader, file, now=THEN) == summary
    case.read_ins.update(tier=Tier.T2)
    assert fetched(reader, file, now=THEN) == b"notes"
    assert fetched(reader, file, now=THEN - DAY) == "not found"
    assert fetched(reader, file) == "not found"


def test_a_reproducer_is_for_who_may_fetch_that_of_a_finding_which_it_proves(home, ann, lab, vera):
    report = sent(lab, count=3)
    proof, notes = attached(report, b"proof"), attached(report, b"notes")
    first, one, other = report.findings.all()
    Finding.objects.filter(pk__in=(one.pk, other.pk)).update(reproducer=proof)
    other_report = sent(party("Bob Lab"))
    Finding.objects.filter(report=other_report).update(reproducer=attached(other_report, b"b"))
    house = party("House", house=True)
    cora = seats.person(seats.seat(house, MemberRole.MEMBER), number=person("Cora").pk)
    look = seats.person(seats.seat(house, MemberRole.VIEWER), number=person("Look").pk)
    assert fetched(ann, proof) == b"proof"
    assert fetched(ann, notes) == fetched(cora, notes) == b"notes"
    assert "two people of two parties approve first" in str(fetched(cora, proof))
    assert fetched(look, proof) == "It takes tier T3 and you are read in to T1."
    detail = "It takes tier T3 and you are read in to T2."
    read = seats.person(seats.seat(lab, MemberRole.VIEWER), number=person("Vio").pk)
    assert fetched(read, proof) == detail
    Finding.objects.filter(pk=one.pk).update(shredded_at=NOON)
    assert fetched(ann, proof) == b"proof", "the other still proves it"
    Finding.objects.filter(pk=other.pk).update(shredded_at=NOON)
    assert "tier T3" in str(fetched(ann, proof))
    assert first.reproducer is None
