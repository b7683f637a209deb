"""What `findings.access` gives to its sender, the house, one who reads the case, and a stranger."""

from datetime import timedelta
from typing import Any

import pytest

from parties import seats
from parties.members import NOON, party, person
from seawall.findings import access
from seawall.findings.access import FindingFilter, NotFound
from seawall.findings.models import DuplicateLink, Finding, Receipt, Report
from seawall.parties.access import NotPermitted
from seawall.parties.models import Party
from seawall.vocab.access import MemberRole, Tier
from seawall.vocab.actors import LOCAL, PUBLIC, Actor

pytestmark = pytest.mark.django_db
MEMBER, VIEWER = MemberRole.MEMBER, MemberRole.VIEWER
LATER = NOON + timedelta(days=1)


def sent(*by: Party | None, count: int = 1, **more: Any) -> Report:
    """A report made as rows, so that it is quick."""
    report = Report.objects.create(
        digest=f"{Report.objects.count():064x}",
        format="seawall",
        size_bytes=1,
        provenance={},
        received_at=NOON,
    )
    for each in by:
        Receipt.objects.create(report=report, reporter=each, sent_as="r", by="x", at=NOON)
    for number in range(count):
        Finding.objects.create(
            report=report, key=str(number), title="t", target="t", received_at=NOON, **more
        )
    return report


@pytest.fixture
def lab() -> Party:
    return party("Ann Lab")


@pytest.fixture
def house() -> Party:
    return party("House", house=True)


@pytest.fixture
def ann(lab) -> Actor:
    return seats.person(seats.seat(lab, MEMBER), number=person("Ann").pk)


@pytest.fixture
def cora(house) -> Actor:
    return seats.person(seats.seat(house, MEMBER), number=person("Cora").pk)


@pytest.fixture
def look(house) -> Actor:
    """A viewer of the house, who reads summaries."""
    return seats.person(seats.seat(house, VIEWER), number=person("Look").pk)


@pytest.fixture
def stranger() -> Actor:
    return seats.person(seats.seat(party("Stranger"), MEMBER), number=person("Sue").pk)


@pytest.mark.parametrize(
    ("where", "content"),
    [
        ({"target": "pkg:"}, True),
        ({"identifier": "CVE-2026-1"}, True),
        ({"text": "x"}, True),
        ({"distinct": True}, True),
        ({"report": "R-2026-000001"}, False),
        ({}, False),
    ],
)
def test_what_asks_for_content_is_known(where, content):
    assert FindingFilter(**where).asks_for_content is content


def test_a_list_narrowed_by_content_takes_the_summary(ann, cora, lab):
    shredded = sent(lab, shredded_at=NOON).findings.get()
    row = sent(lab).findings.get()
    for by in (ann, cora):
        assert set(access.findings(by)) == {shredded, row}
        assert list(access.findings(by, FindingFilter(target="t"))) == [row]
        only = FindingFilter(report=shredded.report.public_id)
        assert list(access.findings(by, only)) == [shredded]


def test_a_report_is_found_by_its_digest_by_who_reads_detail(ann, cora, look, stranger, lab):
    report = sent(lab)
    assert access.report_tiers(cora, [report]) == {report.pk: Tier.T3}
    assert access.report_tiers(look, [report]) == {report.pk: Tier.T1}
    assert access.report_tiers(stranger, [report]) == {report.pk: None}
    detail = seats.person(seats.seat(lab, VIEWER))
    for by in (ann, cora, LOCAL, detail):
        assert access.report(by, report.digest) == report
    assert access.report(look, report.public_id) == report
    for by, id in (
        (look, report.digest),
        (stranger, report.digest),
        (stranger, report.public_id),
        (LOCAL, report.public_id.replace("-2026-", "-2025-")),
    ):
        with pytest.raises(NotFound, match=f"There is no report {id}"):
            access.report(by, id)


def test_who_sent_it_as_well_is_the_houses_to_know(ann, cora, look, lab, house):
    other = party("Other")
    report = sent(lab, other, None)
    assert access.senders(cora, report) == [lab, other]
    assert access.senders(look, report) == [lab, other]
    assert access.senders(ann, report) == [lab]


def test_broken_parts_are_for_who_reads_all_of_the_report(ann, cora, look, stranger, lab):
    report, empty = sent(lab, count=2), sent(lab, count=0)
    for given in (report, empty):
        assert access.rejected_parts(ann, given) == []
        assert access.rejected_parts(cora, given) == []
        assert access.rejected_parts(seats.person(seats.seat(lab, VIEWER)), given) == []
        assert access.rejected_parts(look, given) is None
        assert access.rejected_parts(stranger, given) is None
    Finding.objects.filter(report=report, key="1").update(shredded_at=NOON)
    assert access.rejected_parts(ann, report) is None


def test_a_finding_takes_the_tier_that_is_asked_for(ann, look, stranger, lab):
    row = sent(lab).findings.get()
    assert access.finding(ann, row.public_id, at_least=Tier.T3) == row
    assert access.finding(look, row.public_id, at_least=Tier.T1) == row
    assert access.tiers(look, [row]) == {row.pk: Tier.T1}
    with pytest.raises(NotPermitted, match="This takes tier T2; you are read in to T1"):
        access.finding(look, row.public_id, at_least=Tier.T2)
    absent = row.public_id.replace("-2026-", "-2025-")
    for by, id in ((stranger, row.public_id), (LOCAL, absent), (LOCAL, "x"), (LOCAL, "")):
        with pytest.raises(NotFound, match=f"There is no finding {id}"):
            access.finding(by, id)
    with pytest.raises(NotFound, match=f"There is no finding {row.public_id}"):
        access.tiers(stranger, [row])


def test_the_sender_of_a_later_finding_learns_since_when(lab, django_assert_num_queries):
    first = sent(party("First")).findings.get()
    later = sent(lab, lead=first).findings.get()
    known = access.known([first, later])
    assert known == {later.pk: access.Known(since=NOON, handled=False)}
    with django_assert_num_queries(0):
        assert access.known([first]) == {}


def linked(earlier: Finding, later: Finding) -> DuplicateLink:
    return DuplicateLink.objects.create(
        earlier=earlier,
        later=later,
        signal="same",
        strength=1,
        joins=True,
        made_by="x",
        made_at=NOON,
    )


def test_links_are_for_coordinators_who_read_the_detail_of_both(ann, cora, look, lab):
    one, other = (sent(lab).findings.get() for _ in range(2))
    gone = sent(lab, shredded_at=NOON).findings.get()
    link = linked(one, other)
    linked(one, gone)
    linked(other, gone)
    assert list(access.links(cora)) == [link]
    for finding in (one, other):
        assert access.links_of(cora, finding) == [link]
    assert access.links_of(cora, gone) == []
    for by in (ann, look):
        assert list(access.links(by)) == []
        assert access.links_of(by, one) == []
    assert access.link_between(cora, one, other) == link
    assert access.link_between(cora, other, one) is None
    assert access.link_between(cora, one, one) is None
    assert access.link_between(ann, one, other) is None
    for by in (PUBLIC, seats.token("submit")):
        for ask in (
            lambda by: access.links(by),
            lambda by: access.links_of(by, one),
            lambda by: access.link_between(by, one, other),
        ):
            with pytest.raises(NotPermitted):
                ask(by)
