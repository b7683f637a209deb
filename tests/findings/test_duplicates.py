"""Links between findings: explained, kept apart when undone, and nobody's credit is lost."""

import itertools
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from at_once import at_once
from findings.reports import seawall_report
from seawall.dedup.links import Strength
from seawall.findings import duplicates
from seawall.findings.actions import submit
from seawall.findings.deduplicate import candidates, deduplicate
from seawall.findings.duplicates import LinkRefused, Reason
from seawall.findings.models import DuplicateLink, Finding, Receipt
from seawall.ledger.models import Event, Outbox
from seawall.vocab.actors import LOCAL, Actor, ActorKind

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 13, tzinfo=UTC)
JOB = Actor(kind=ActorKind.JOB, id="findings.compare")
SAME = Reason(signal="same crash", explanation="both fail at a.c:3", strength=Strength.CERTAIN)
NEAR = Reason(signal="similar text", explanation="alike", strength=Strength.POSSIBLE, joins=False)

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(home):
    number = itertools.count()

    def send(*titles: str, **first) -> list[Finding]:
        reporter = first.pop("reporter", f"Reporter {next(number)}")
        data = seawall_report(*titles, reporter=reporter, **first)
        done = submit(data, name="r.json", by=LOCAL, now=NOON)
        return list(Finding.objects.filter(report__digest=done.digest).order_by("pk"))

    return send


def link(one: Finding, other: Finding, reason: Reason = SAME, by: Actor = LOCAL):
    return duplicates.link(one, other, reason=reason, by=by, now=NOON)


def leads() -> list[int | None]:
    return list(Finding.objects.order_by("pk").values_list("lead", flat=True))


def test_linked_findings_are_led_by_the_earliest(send):
    a, b, c, d = send("A", "B", "C", "D")
    link(c, d)
    link(b, c)
    assert leads() == [None, None, b.pk, b.pk]
    link(d, a)
    assert leads() == [None, a.pk, a.pk, a.pk]
    c.refresh_from_db()
    assert duplicates.group_of(c) == [a, b, c, d]


def test_linking_says_why_and_tells_who_follows_up(send):
    a, b = send("A", "B")
    made = link(b, a)
    assert (made.earlier, made.later, made.explanation) == (a, b, "both fail at a.c:3")
    event = Event.objects.get(what="finding.linked")
    assert (event.on, event.by) == (f"finding:{b.public_id}", "operator:local")
    assert Outbox.objects.get(topic="findings.regrouped").ids == {"finding_ids": [a.pk, b.pk]}


def test_linking_again_changes_nothing(send):
    a, b = send("A", "B")
    assert link(a, b).pk == link(b, a).pk
    assert Event.objects.filter(what="finding.linked").count() == 1


def test_undoing_the_only_link_separates_again(send):
    a, b, c = send("A", "B", "C")
    link(a, b)
    made = link(b, c)
    duplicates.undo(made, because="another function", by=LOCAL, now=LATER)
    assert leads() == [None, a.pk, None]
    made.refresh_from_db()
    assert (made.undone_by, made.undone_because) == ("operator:local", "another function")


def test_undoing_the_middle_leaves_both_halves_led_by_their_earliest(send):
    a, b, c, d = send("A", "B", "C", "D")
    link(a, b)
    middle = link(b, c)
    link(c, d)
    assert leads() == [None, a.pk, a.pk, a.pk]
    duplicates.undo(middle, because="no", by=LOCAL, now=LATER)
    assert leads() == [None, a.pk, None, c.pk]


def test_undoing_one_of_two_ways_keeps_them_together(send):
    a, b, c = send("A", "B", "C")
    link(a, b)
    link(b, c)
    duplicates.undo(link(a, c), because="no", by=LOCAL, now=LATER)
    assert leads() == [None, a.pk, a.pk]


def test_undoing_needs_a_reason_and_twice_is_once(send):
    a, b = send("A", "B")
    made = link(a, b)
    with pytest.raises(LinkRefused, match="Say why"):
        duplicates.undo(made, because=" ", by=LOCAL, now=LATER)
    duplicates.undo(made, because="no", by=LOCAL, now=LATER)
    duplicates.undo(made, because="still no", by=LOCAL, now=LATER)
    made.refresh_from_db()
    assert made.undone_because == "no"
    assert Event.objects.filter(what="finding.unlinked").count() == 1


def test_what_a_person_undid_only_a_person_links_again(send):
    a, b = send("A", "B")
    duplicates.undo(link(a, b, by=JOB), because="different bugs", by=LOCAL, now=LATER)
    with pytest.raises(LinkRefused, match="operator:local undid this link: different bugs"):
        link(a, b, by=JOB)
    assert leads() == [None, None]
    assert link(a, b).undone_at is None
    assert leads() == [None, a.pk]


def test_a_link_that_is_only_shown_joins_nothing_until_somebody_says_so(send):
    a, b = send("A", "B")
    link(a, b, NEAR, JOB)
    assert leads() == [None, None]
    assert not Event.objects.filter(what="finding.linked").exists()
    link(a, b, SAME)
    assert leads() == [None, a.pk]
    link(a, b, NEAR, JOB)
    assert leads() == [None, a.pk]


def test_a_finding_is_no_duplicate_of_itself(send):
    (a,) = send("A")
    with pytest.raises(LinkRefused):
        link(a, a)


def test_the_database_refuses_a_lead_that_came_later(send):
    a, b = send("A", "B")
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=a.pk).update(lead=b)


def run(finding_ids, by=JOB):
    return deduplicate(candidates(finding_ids), facts={}, by=by, now=NOON)


def test_the_same_identifier_in_other_words_is_found_and_both_finders_keep_their_credit(send):
    (a,) = send("Sandbox escape through format", identifiers=["CVE-2024-56326"])
    (b,) = send("Breakout of the template sandbox", identifiers=["CVE-2024-56326"])
    found = run([b.pk])
    assert (found.joined, found.noted) == (1, 0)
    assert leads() == [None, a.pk]
    made = DuplicateLink.objects.get()
    assert (made.signal, made.explanation) == ("same identifier", "both are CVE-2024-56326")
    assert list(Receipt.objects.values_list("reporter__name", flat=True)) == [
        "Reporter 0",
        "Reporter 1",
    ]


def test_looking_again_links_nothing_twice(send):
    send("One", identifiers=["CVE-2024-56326"])
    (b,) = send("Two", identifiers=["CVE-2024-56326"])
    run([b.pk])
    events = Event.objects.count()
    assert run([b.pk]).joined == 0
    assert Event.objects.count() == events


def test_looking_again_leaves_apart_what_a_person_separated(send):
    send("One", identifiers=["CVE-2024-56326"])
    (b,) = send("Two", identifiers=["CVE-2024-56326"])
    run([b.pk])
    duplicates.undo(DuplicateLink.objects.get(), because="no", by=LOCAL, now=LATER)
    assert run([b.pk]).joined == 0
    assert leads() == [None, None]


def test_candidates_share_a_component_or_an_identifier(send):
    (a,) = send("One", target="pkg:pypi/jinja2@3.1.4")
    (b,) = send("Two", target="pkg:npm/lodash@1", identifiers=["CVE-2024-56326"])
    (c,) = send("Three", target="pkg:pypi/jinja2@2", identifiers=["CVE-2024-56326"])
    (d,) = send("Four", target="pkg:pypi/other@2")
    assert candidates([c.pk]) == [a.pk, b.pk, c.pk]
    assert candidates([d.pk]) == [d.pk]


@pytest.mark.django_db(transaction=True)
def test_linking_at_the_same_moment_is_linking_once(send):
    one, two = send("One", "Two")
    done = at_once([lambda: link(one, two, by=JOB)] * 6)
    assert {row.pk for row in done} == {DuplicateLink.objects.get().pk}
    assert Event.objects.filter(what="finding.linked").count() == 1


@pytest.mark.django_db(transaction=True)
def test_links_made_at_the_same_moment_join_all_that_they_touch(send):
    rows = send(*(f"Number {n}" for n in range(6)))
    at_once([lambda n=n: link(rows[n], rows[n + 1], by=JOB) for n in range(5)])
    for one, other in itertools.pairwise(rows):
        link(one, other, by=JOB)  # a job whose transaction was given up is carried out again
    assert leads() == [None] + [rows[0].pk] * 5
