"""Relaying private matching: points and answers pass from one party to the other, and are
forgotten. What passes says nothing to the server (docs/adr/0006-private-matching.md)."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, Sum

from seawall.claims.models import MatchHand, MatchSession
from seawall.core import match_rules as rules
from seawall.core.match_rules import Past, SessionState
from seawall.dedup.private_match import NONCE_BYTES, TAG_BYTES, commitment
from seawall.dedup.private_points import SIZES, read_points
from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.parties.locks import one_at_a_time
from seawall.parties.models import Party
from seawall.vocab.actors import Actor
from seawall.vocab.decisions import Decision, Refused
from seawall.vocab.errors import BadInput, one_line

EXPIRES = "matches.expires"
KEPT_AFTER_READING = timedelta(hours=1)
"""How long an answer can be fetched again after both sides have read."""


class MatchRefused(Exception):
    """A rule about sessions says no; the message says why, and whether waiting helps."""


@transaction.atomic
def start(*, starter: Party, joiner: Party, at_most: int, by: Actor, now: datetime) -> MatchSession:
    """Open a session; both sides then send points. Raises MatchRefused or BadInput."""
    if at_most not in SIZES:
        sizes = ", ".join(map(str, SIZES))
        raise BadInput(f"a session takes one of {sizes} points", where="at_most")
    if starter.pk == joiner.pk:
        raise BadInput("a session has two parties", where="with")
    _demand(rules.may_start(_past(starter, joiner, now=now), at_most=at_most))
    row = MatchSession.objects.create(
        starter=starter,
        joiner=joiner,
        nonce=secrets.token_hex(16),
        at_most=at_most,
        made_at=now,
        made_by=str(by),
        expires_at=now + rules.LIFE,
    )
    facts = {"starter": starter.public_id, "joiner": joiner.public_id, "at_most": at_most}
    ledger.record(by=by, what="match.started", on=_named(row), facts=facts, at=now)
    outbox.send(EXPIRES, key=f"match-expires:{row.pk}", due_at=row.expires_at, session_id=row.pk)
    return row


@transaction.atomic
def send_points(
    row: MatchSession, points: bytes, *, side: Party, by: Actor, now: datetime
) -> MatchHand:
    """Keep a side's points for the other, and their commitment in the ledger for good. The same
    list again is no error. Raises MatchRefused, or BadInput for a list that nobody may send."""
    row = _locked(row)
    known = row.hands.filter(party=side).first()
    if known is not None:
        if known.commitment == commitment(points):
            return known
        raise MatchRefused("This side has sent its points; they cannot be changed.")
    _demand_state(row, SessionState.WAITING, now=now)
    read = read_points(points, at_most=row.at_most, apart_from=_points_of_other(row, side))
    other = row.joiner if side.pk == row.starter_id else row.starter
    _demand(rules.may_send(_past(side, other, now=now), points=len(read)))
    hand = MatchHand.objects.create(
        session=row,
        party=side,
        size=len(read),
        points=points,
        commitment=commitment(points),
        sent_at=now,
    )
    facts = {"party": side.public_id, "points": len(read), "commitment": hand.commitment}
    ledger.record(by=by, what="match.committed", on=_named(row), facts=facts, at=now)
    return hand


def points_for(row: MatchSession, *, side: Party, now: datetime) -> bytes:
    """The other side's points, once both have sent theirs. Raises MatchRefused."""
    _demand(rules.may_read_points(row.progress(), now=now))
    found = bytes(_other(row, side).points)
    if not found:
        raise MatchRefused("The points of this session are forgotten: both sides have read.")
    return found


@transaction.atomic
def send_answer(
    row: MatchSession, answer: bytes, *, side: Party, by: Actor, now: datetime
) -> MatchHand:
    """Keep a side's sealed answer for the other; one for good. Raises MatchRefused or BadInput."""
    row = _locked(row)
    hand = row.hands.filter(party=side).first()
    if hand is not None and hand.answered_at is not None:
        if bytes(hand.answer) == answer:
            return hand
        raise MatchRefused("This side has answered; the answer cannot be changed.")
    _demand_state(row, SessionState.ANSWERING, now=now)
    if hand is None:
        raise MatchRefused("This side has sent no points.")
    wanted = NONCE_BYTES + 32 * _other(row, side).size + TAG_BYTES
    if len(answer) != wanted:
        raise BadInput(f"an answer to these points has {wanted} bytes")
    hand.answer, hand.answered_at = answer, now
    hand.save(update_fields=["answer", "answered_at"])
    facts = {"party": side.public_id}
    ledger.record(by=by, what="match.answered", on=_named(row), facts=facts, at=now)
    return hand


@transaction.atomic
def read_answer(row: MatchSession, *, side: Party, by: Actor, now: datetime) -> bytes:
    """The other side's answer, once both have answered; soon after both have read, everything but
    the commitments is forgotten. Raises MatchRefused."""
    row = _locked(row)
    _demand(rules.may_read_answer(row.progress(), now=now))
    hand, other = row.hands.get(party=side), _other(row, side)
    found = bytes(other.answer)
    if not found:
        raise MatchRefused("The answers of this session are forgotten.")
    if hand.read_at is None:
        hand.read_at = now
        hand.save(update_fields=["read_at"])
        facts = {"party": side.public_id}
        ledger.record(by=by, what="match.read", on=_named(row), facts=facts, at=now)
    if _both_read(row):
        due = now + KEPT_AFTER_READING
        outbox.send(EXPIRES, key=f"match-read:{row.pk}", due_at=due, session_id=row.pk)
    return found


@transaction.atomic
def end(row: MatchSession, *, because: str = "", side: Party, by: Actor, now: datetime) -> None:
    """Give a session up, or decline it; nothing of it is kept. Raises MatchRefused."""
    row = _locked(row)
    state = rules.state_at(row.progress(), now=now)
    if state not in (SessionState.WAITING, SessionState.ANSWERING):
        raise MatchRefused(f"The session is {state} already.")
    row.ended_at, row.ended_because = now, one_line(because, limit=500)
    row.save(update_fields=["ended_at", "ended_because"])
    _forget(row)
    facts = {"party": side.public_id}
    ledger.record(by=by, what="match.ended", on=_named(row), facts=facts, at=now)


@transaction.atomic
def forget_old(row: MatchSession, *, by: Actor, now: datetime) -> bool:
    """Forget the points and answers of a session that both sides have read, or whose time is
    over; whether there were any."""
    row = _locked(row)
    if now < row.expires_at and not _both_read(row):
        return False
    kept = any(bytes(hand.points) or bytes(hand.answer) for hand in row.hands.all())
    if kept:
        _forget(row)
        ledger.record(by=by, what="match.forgotten", on=_named(row), facts={}, at=now)
    return kept


def state(row: MatchSession, *, now: datetime) -> SessionState:
    """Where a session stands."""
    return rules.state_at(row.progress(), now=now)


def _both_read(row: MatchSession) -> bool:
    return row.hands.filter(read_at__isnull=False).count() == 2


def _forget(row: MatchSession) -> None:
    row.hands.update(points=b"", answer=b"")


def _past(side: Party, other: Party, *, now: datetime) -> Past:
    """What this pair did before, whoever of them began; they do nothing more meanwhile."""
    one_at_a_time(side, other)
    pair = MatchSession.objects.filter(
        Q(starter=side, joiner=other) | Q(starter=other, joiner=side)
    )
    recent = pair.filter(made_at__gt=now - timedelta(days=7)).prefetch_related("hands")
    still = (SessionState.WAITING, SessionState.ANSWERING)
    sent = MatchHand.objects.filter(
        session__in=pair, party=side, sent_at__gt=now - timedelta(days=7)
    )
    return Past(
        open=sum(state(each, now=now) in still for each in recent),
        last_day=pair.filter(made_at__gt=now - timedelta(days=1)).count(),
        points=sent.aggregate(sum=Sum("size"))["sum"] or 0,
    )


def _points_of_other(row: MatchSession, side: Party) -> frozenset[bytes]:
    """Points that the other side has sent, which nobody may send back as their own."""
    other = row.hands.exclude(party=side).first()
    data = bytes(other.points) if other else b""
    return frozenset(data[i : i + 32] for i in range(0, len(data), 32))


def _other(row: MatchSession, side: Party) -> MatchHand:
    return row.hands.exclude(party=side).get()


def _named(row: MatchSession) -> str:
    return f"match:{row.public_id}"


def _locked(row: MatchSession) -> MatchSession:
    found = MatchSession.objects.select_for_update(of=("self",)).select_related("starter", "joiner")
    return found.get(pk=row.pk)


def _demand_state(row: MatchSession, wanted: SessionState, *, now: datetime) -> None:
    found = state(row, now=now)
    if found is not wanted:
        raise MatchRefused(f"The session is {found}.")


def _demand(decision: Decision) -> None:
    match decision:
        case Refused(reason):
            raise MatchRefused(f"{reason[:1].upper()}{reason[1:]}.")
