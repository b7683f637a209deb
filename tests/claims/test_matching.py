"""The relay of private matching: what it takes, when it shows it, what it keeps."""

from hashlib import sha1, sha256, sha512

import pytest
from django.db import connection

from claims.folk import DAY, NOON, member, party
from dedup.private_hands import terms
from seawall.claims import access, matching
from seawall.claims.matching import KEPT_AFTER_READING, MatchRefused
from seawall.claims.models import MatchHand
from seawall.core.match_rules import SessionState
from seawall.dedup.private_match import Side, answer, deal, matches
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, NotPermitted
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL, Actor
from seawall.vocab.errors import BadInput

pytestmark = pytest.mark.django_db

CODE = b"0123456789abcdef"
SECRET = "CVE-2026-31337"


class Table:
    """Two parties at a session, each with its hand."""

    def __init__(self, ours=(SECRET, "a"), theirs=(SECRET, "b"), at_most: int = 64) -> None:
        self.ann, self.bob = party("Ann Lab"), party("Bob Scans")
        self.anna, self.bobby = member(self.ann), member(self.bob)
        self.session = matching.start(
            starter=self.ann, joiner=self.bob, at_most=at_most, by=self.anna, now=NOON
        )
        given = {"session": self.session.name, "code": CODE, "at_most": at_most}
        self.a = deal(terms(*ours), side=Side.STARTER, **given)
        self.b = deal(terms(*theirs), side=Side.JOINER, **given)

    @property
    def sides(self):
        return ((self.ann, self.anna, self.a), (self.bob, self.bobby, self.b))

    def send(self) -> None:
        for side, by, hand in self.sides:
            matching.send_points(self.session, hand.points, side=side, by=by, now=NOON)

    def answer(self) -> None:
        for side, by, hand in self.sides:
            theirs = matching.points_for(self.session, side=side, now=NOON)
            sealed = answer(hand, theirs, at_most=64)
            matching.send_answer(self.session, sealed, side=side, by=by, now=NOON)

    def read(self, now=NOON):
        return [
            matching.read_answer(self.session, side=side, by=by, now=now)
            for side, by, _ in self.sides
        ]

    def state(self, now=NOON):
        return matching.state(access.session(LOCAL, self.session.public_id), now=now)


def test_both_sides_learn_which_of_their_own_findings_match():
    table = Table()
    table.send()
    table.answer()
    for_a, for_b = table.read()
    assert [t.text for t in matches(table.a, table.b.points, for_a)] == [SECRET]
    assert [t.text for t in matches(table.b, table.a.points, for_b)] == [SECRET]
    assert table.state() is SessionState.DONE


def test_nothing_in_the_database_equals_or_verifies_a_guess():
    table = Table()
    table.send()
    table.answer()
    table.read()
    kept = _everything_stored()
    assert table.a.commitment.encode() in kept and table.a.points in kept
    guess = SECRET.encode()
    assert guess not in kept and CODE not in kept
    for hand in (table.a, table.b):
        assert hand.scalar not in kept and hand.scalar.hex().encode() not in kept
    for content in (guess, guess.lower(), table.session.name.encode() + guess):
        for make in (sha1, sha256, sha512):
            assert make(content).digest() not in kept
            assert make(content).hexdigest().encode() not in kept


def _everything_stored() -> bytes:
    """All cells of all tables, one after the other."""
    found = []
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{name}"')
            for row in cursor.fetchall():
                found += [x if isinstance(x, bytes) else str(x).encode() for x in map(_bare, row)]
    return b"\0".join(found)


def _bare(value):
    return bytes(value) if isinstance(value, memoryview) else value


def test_points_are_shown_only_when_both_have_sent_theirs():
    table = Table()
    matching.send_points(table.session, table.a.points, side=table.ann, by=table.anna, now=NOON)
    for side in (table.ann, table.bob):
        with pytest.raises(MatchRefused, match="Both sides have not sent points yet"):
            matching.points_for(table.session, side=side, now=NOON)


def test_an_answer_is_shown_only_when_both_have_answered():
    table = Table()
    table.send()
    sealed = answer(table.a, table.b.points, at_most=64)
    matching.send_answer(table.session, sealed, side=table.ann, by=table.anna, now=NOON)
    with pytest.raises(MatchRefused, match="Both sides have not answered yet"):
        matching.read_answer(table.session, side=table.bob, by=table.bobby, now=NOON)


def test_points_and_answers_are_given_once_for_good():
    table = Table()
    table.send()
    table.send()
    other = deal(terms("c"), session=table.session.name, code=CODE, side=Side.STARTER, at_most=64)
    with pytest.raises(MatchRefused, match="points; they cannot be changed"):
        matching.send_points(table.session, other.points, side=table.ann, by=table.anna, now=NOON)
    sealed = [answer(table.a, table.b.points, at_most=64) for _ in range(2)]
    give = {"side": table.ann, "by": table.anna, "now": NOON}
    for _ in range(2):
        matching.send_answer(table.session, sealed[0], **give)
    with pytest.raises(MatchRefused, match="the answer cannot be changed"):
        matching.send_answer(table.session, sealed[1], **give)


def test_commitments_are_in_the_ledger_before_anybody_sees_points():
    table = Table()
    table.send()
    said = [event.entry for event in Event.objects.filter(what="match.committed")]
    assert [table.a.commitment in said[0], table.b.commitment in said[1]] == [True, True]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda table: table.a.points[:-32], "one of the sizes"),
        (lambda table: bytes(32) + table.a.points[32:], "low order"),
        (lambda table: table.a.points[:-32] + table.a.points[:32], "comes twice"),
        (lambda table: b"\xff" * 32 + table.a.points[32:], "not a canonical point"),
        (lambda table: b"\x02" + bytes(31) + table.a.points[32:], "not a point of the curve"),
        (lambda table: table.b.points, "one's own points came back"),
    ],
)  # fmt: skip
def test_points_that_nobody_may_send_are_not_kept(change, why):
    table = Table()
    matching.send_points(table.session, table.b.points, side=table.bob, by=table.bobby, now=NOON)
    give = {"side": table.ann, "by": table.anna, "now": NOON}
    with pytest.raises(BadInput, match=why):
        matching.send_points(table.session, change(table), **give)
    assert MatchHand.objects.count() == 1


def test_more_points_than_the_session_takes_are_refused():
    table = Table()
    large = deal(terms("a"), session="x", code=CODE, side=Side.STARTER, at_most=256)
    many = deal(terms(*map(str, range(60))), session="x", code=CODE, side=Side.STARTER, at_most=256)
    assert len(large.points) == 64 * 32
    with pytest.raises(BadInput, match="256 points, and this session takes 64"):
        matching.send_points(table.session, many.points, side=table.ann, by=table.anna, now=NOON)


@pytest.mark.parametrize("length", [0, 64 * 32, 12 + 64 * 32 + 15, 12 + 64 * 32 + 17])
def test_an_answer_of_another_length_is_refused(length):
    table = Table()
    table.send()
    with pytest.raises(BadInput, match="an answer to these points has 2076 bytes"):
        matching.send_answer(table.session, bytes(length), side=table.ann, by=table.anna, now=NOON)


def test_what_was_read_by_both_is_forgotten_soon_after():
    table = Table()
    table.send()
    table.answer()
    table.read()
    table.read()
    assert matching.forget_old(table.session, by=LOCAL, now=NOON + KEPT_AFTER_READING)
    assert all(not bytes(h.points) and not bytes(h.answer) for h in MatchHand.objects.all())
    with pytest.raises(MatchRefused, match="are forgotten"):
        table.read(now=NOON + KEPT_AFTER_READING)


def test_what_only_one_has_read_stays_for_the_other():
    table = Table()
    table.send()
    table.answer()
    matching.read_answer(table.session, side=table.ann, by=table.anna, now=NOON)
    assert not matching.forget_old(table.session, by=LOCAL, now=NOON + DAY)
    assert len(table.read()) == 2


def test_an_expired_session_takes_and_shows_nothing_and_is_forgotten():
    table = Table()
    table.send()
    later = NOON + 7 * DAY
    assert table.state(later) is SessionState.EXPIRED
    with pytest.raises(MatchRefused, match="The session is expired"):
        matching.points_for(table.session, side=table.ann, now=later)
    with pytest.raises(MatchRefused, match="The session is expired"):
        matching.send_answer(table.session, b"", side=table.ann, by=table.anna, now=later)
    assert matching.forget_old(table.session, by=LOCAL, now=later)
    assert not matching.forget_old(table.session, by=LOCAL, now=later)


def test_a_session_that_one_side_ends_keeps_nothing():
    table = Table()
    table.send()
    matching.end(table.session, because="No", side=table.bob, by=table.bobby, now=NOON)
    assert table.state() is SessionState.ENDED
    assert all(not bytes(hand.points) for hand in MatchHand.objects.all())
    with pytest.raises(MatchRefused, match="The session is ended already"):
        matching.end(table.session, side=table.ann, by=table.anna, now=NOON)


def test_two_open_sessions_of_a_pair_are_enough_whoever_began():
    table = Table()
    matching.start(starter=table.bob, joiner=table.ann, at_most=64, by=table.bobby, now=NOON)
    with pytest.raises(MatchRefused, match="2 sessions with this party are open"):
        matching.start(starter=table.ann, joiner=table.bob, at_most=64, by=table.anna, now=NOON)
    carl = party("Carl")
    matching.start(starter=table.ann, joiner=carl, at_most=64, by=table.anna, now=NOON)


def test_points_of_ended_sessions_count_towards_the_week():
    table = Table()
    table.send()
    matching.end(table.session, side=table.ann, by=table.anna, now=NOON)
    MatchHand.objects.filter(party=table.ann).update(size=65_536)
    begin = {"starter": table.ann, "joiner": table.bob, "at_most": 64, "by": table.anna}
    with pytest.raises(MatchRefused, match="At most 65536 points a week"):
        matching.start(**begin, now=NOON + DAY)
    matching.start(**begin, now=NOON + 8 * DAY)


def test_points_over_the_weeks_are_not_taken_in_a_session_that_is_open():
    table = Table()
    other = matching.start(starter=table.ann, joiner=table.bob, at_most=64, by=table.anna, now=NOON)
    table.send()
    MatchHand.objects.filter(party=table.ann).update(size=65_536)
    hand = deal(terms("a"), session=other.name, code=CODE, side=Side.STARTER, at_most=64)
    with pytest.raises(MatchRefused, match="At most 65536 points a week"):
        matching.send_points(other, hand.points, side=table.ann, by=table.anna, now=NOON)


@pytest.mark.parametrize(("at_most", "why"), [(0, "takes one of"), (65, "takes one of")])
def test_a_session_has_one_of_the_sizes(at_most, why):
    ann, bob = party("Ann"), party("Bob")
    with pytest.raises(BadInput, match=why):
        matching.start(starter=ann, joiner=bob, at_most=at_most, by=LOCAL, now=NOON)


def test_a_session_with_oneself_is_refused():
    ann = party("Ann")
    with pytest.raises(BadInput, match="two parties"):
        matching.start(starter=ann, joiner=ann, at_most=64, by=LOCAL, now=NOON)


def test_only_members_of_the_two_sides_take_part():
    table = Table()
    carl, house = member(party("Carl")), member(party("House", house=True))
    id = table.session.public_id
    with pytest.raises(NotFound, match=f"There is no session {id}."):
        access.side_in(carl, id)
    with pytest.raises(NotPermitted):
        access.side_in(house, id)
    with pytest.raises(NotPermitted, match="viewer"):
        access.side_in(member(table.ann, MemberRole.VIEWER), id)
    assert access.side_in(table.bobby, id)[1] == table.bob
    assert [s.public_id for s in access.sessions(house)] == [id]
    assert list(access.sessions(carl)) == []


def test_who_sits_on_both_sides_says_for_which():
    table = Table()
    both = Actor(
        kind=table.anna.kind, id="U-9", person=9, seats=(*table.anna.seats, *table.bobby.seats)
    )
    with pytest.raises(NotPermitted, match="which of its two parties"):
        access.side_in(both, table.session.public_id)
    assert access.side_in(both, table.session.public_id, "bob scans")[1] == table.bob


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_sessions_takes_two_queries_however_many(django_assert_num_queries, count):
    ann = party("Ann")
    anna = member(ann)
    for n in range(count):
        other = party(f"Other {n}")
        row = matching.start(starter=ann, joiner=other, at_most=64, by=anna, now=NOON)
        hand = deal(terms("a"), session=row.name, code=CODE, side=Side.STARTER, at_most=64)
        matching.send_points(row, hand.points, side=ann, by=anna, now=NOON)
    with django_assert_num_queries(2):
        rows = list(access.sessions(anna))
        assert [(row.starter.name, len(row.hands.all())) for row in rows] == [("Ann", 1)] * count
