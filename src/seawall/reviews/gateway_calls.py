"""The journal of calls: what is durable about each, and what of it the ledger commits to.

See docs/adr/0009-what-the-gateway-makes-durable.md.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from seawall.ledger import actions as ledger
from seawall.ledger import outbox
from seawall.ledger.models import Event
from seawall.parties import sealing
from seawall.reviews.models import AbuseSignal, Call, Grant
from seawall.signing.merkle import Frontier, leaf_hash
from seawall.vocab.actors import Actor, ActorKind

GATEWAY = Actor(kind=ActorKind.JOB, id="gateway")
PURGE = "gateway.purge"
_CALLS = "gateway:calls"
_PREFIX = b"seawall call 1\0"
_PURGED_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A request that is about to be answered."""

    grant: int
    key: int
    proof: str | None
    at: datetime
    path: str
    salt: bytes
    request: bytes
    """sha256 of the body as it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a call ended."""

    id: int
    begun: Begun
    at: datetime
    status: int
    input_tokens: int
    output_tokens: int
    answer: bytes
    """sha256 of the answer's body as it was sent."""
    cut: str = ""
    transcript: tuple[bytes, bytes] | None = field(default=None, repr=False)
    """Request and answer, when they are kept."""


class ProofUsed(Exception):
    """A call with this proof of possession is in the journal already."""


def commitment(*, salt: bytes, request: bytes, answer: bytes = b"") -> str:
    """What stands for a request and its answer: sha256, hex, over the salt (16 bytes) and the
    two digests; without an answer as long as there is none."""
    return hashlib.sha256(_PREFIX + salt + request + answer).hexdigest()


def leaf(call: int, commitment: str) -> bytes:
    """A call's leaf in the tree of its batch."""
    return leaf_hash(f"{call} {commitment}".encode())


@transaction.atomic
def begin(calls: Sequence[Begun]) -> list[int | None]:
    """Write down calls that begin, durably; their ids, None where the proof was used before."""
    rows = [_row(each) for each in calls]
    with connection.cursor() as cursor:
        cursor.execute(_begin_many(len(rows)), [value for row in rows for value in row])
        made = {text: int(id) for id, text in cursor.fetchall()}
    # A commitment holds a random salt, so it names its row.
    return [made.get(row[-1]) for row in rows]


_BEGIN = (
    "INSERT INTO reviews_call (grant_id, key_id, proof, started_at, path, status, input_tokens,"
    " output_tokens, commitment, transcript, cut) VALUES "
)
_BEGIN_ROW = "(%s, %s, %s, %s, %s, 0, 0, 0, %s, '', '')"
_BEGIN_END = " ON CONFLICT (proof) DO NOTHING RETURNING id, commitment"


@lru_cache(maxsize=512)
def _begin_many(count: int) -> str:
    """One statement for `count` rows of `_row`."""
    return _BEGIN + ", ".join([_BEGIN_ROW] * count) + _BEGIN_END


def _row(each: Begun) -> tuple[Any, ...]:
    return (
        each.grant,
        each.key,
        each.proof,
        _instant(each.at),
        each.path,
        commitment(salt=each.salt, request=each.request),
    )


def _instant(at: datetime) -> Any:
    """As the database's own SQL takes it."""
    if connection.vendor == "sqlite":
        return str(at.astimezone(UTC).replace(tzinfo=None))
    return at


def end(calls: Sequence[Ended]) -> None:
    """Write down how calls ended, keep their transcripts, and commit to all of them in one event
    of the ledger. All of it is durable afterwards, or nothing but unnamed sealed files."""
    if not calls:
        return
    ordered = sorted(calls, key=lambda each: each.id)
    kept = _keep_transcripts(ordered)
    try:
        _commit(ordered, kept)
    except BaseException:
        sealing.discard(set(kept.values()))
        raise


@transaction.atomic
def _commit(calls: Sequence[Ended], kept: dict[int, str]) -> None:
    tree, made = Frontier(), []
    for each in calls:
        text = commitment(salt=each.begun.salt, request=each.begun.request, answer=each.answer)
        tree, _ = tree.append(leaf(each.id, text))
        made.append(text)
    event = _event(root=tree.root(), first=calls[0].id, last=calls[-1].id, count=len(calls))
    with connection.cursor() as cursor:
        cursor.executemany(
            _END,
            [
                (
                    _instant(each.at),
                    each.status,
                    each.input_tokens,
                    each.output_tokens,
                    text,
                    kept.get(each.id, ""),
                    each.cut,
                    event.index,
                    each.id,
                )
                for each, text in zip(calls, made, strict=True)
            ],
        )


_END = (
    "UPDATE reviews_call SET ended_at = %s, status = %s, input_tokens = %s, output_tokens = %s,"
    " commitment = %s, transcript = %s, cut = %s, batch = %s WHERE id = %s"
)


def _event(*, root: bytes, first: int, last: int, count: int) -> Event:
    facts = {"root": root.hex(), "calls": count, "first": first, "last": last}
    return ledger.record(by=GATEWAY, what="gateway.calls", on=_CALLS, facts=facts)


def _keep_transcripts(calls: Sequence[Ended]) -> dict[int, str]:
    """Seal the transcripts that are kept, one file for each grant and batch."""
    of_grant: dict[int, list[Ended]] = {}
    for each in calls:
        if each.transcript is not None:
            of_grant.setdefault(each.begun.grant, []).append(each)
    kept: dict[int, str] = {}
    for grant, ended in of_grant.items():
        blob = sealing.keep(_key_of(grant), _written(ended))
        kept |= {each.id: blob for each in ended}
    return kept


def _written(calls: Sequence[Ended]) -> bytes:
    """Lines of JSON; texts are as they were sent."""
    lines = []
    for each in calls:
        request, answer = each.transcript or (b"", b"")
        said = {
            "call": each.id,
            "salt": each.begun.salt.hex(),
            "request": request.decode("utf-8", "replace"),
            "answer": answer.decode("utf-8", "replace"),
        }
        lines.append(json.dumps(said, ensure_ascii=False))
    return "\n".join(lines).encode("utf-8", "replace")


def _key_of(grant: int) -> str:
    """The data key of a grant's transcripts, made with the first one."""
    row = Grant.objects.only("key_id").get(pk=grant)
    if not row.key_id:
        Grant.objects.filter(pk=grant, key_id="").update(key_id=sealing.new_key())
        row.refresh_from_db(fields=["key_id"])
    return row.key_id


def close_open_calls(*, now: datetime) -> int:
    """Commit to calls that an earlier process of the gateway began and did not end: what was
    answered is not known, what was asked is. Gives their number."""
    rows = list(Call.objects.filter(batch=None).order_by("id"))
    if not rows:
        return 0
    tree = Frontier()
    for row in rows:
        tree, _ = tree.append(leaf(row.pk, row.commitment))
    with transaction.atomic():
        event = _event(root=tree.root(), first=rows[0].pk, last=rows[-1].pk, count=len(rows))
        Call.objects.filter(pk__in=[row.pk for row in rows], batch=None).update(
            ended_at=now, batch=event.index, cut="the gateway stopped"
        )
    return len(rows)


def problems_of_batch(index: int) -> list[str]:
    """What is wrong with the calls that an event of the ledger commits to; sentences, none when
    they are as they were then."""
    event = Event.objects.filter(pk=index, what="gateway.calls").first()
    if event is None:
        return [f"Event {index} is no batch of calls."]
    facts, tree = json.loads(event.entry)["facts"], Frontier()
    rows = list(Call.objects.filter(batch=index).order_by("id"))
    for row in rows:
        tree, _ = tree.append(leaf(row.pk, row.commitment))
    if len(rows) != facts["calls"]:
        return [f"Event {index} commits to {facts['calls']} calls and {len(rows)} are there."]
    if tree.root().hex() != facts["root"]:
        return [f"A call of event {index} is not what it was."]
    return []


@transaction.atomic
def signal(*, grant: int, kind: str, facts: dict[str, int], at: datetime) -> AbuseSignal:
    """Tell the official of something about a grant's use."""
    row = Grant.objects.get(pk=grant)
    made = AbuseSignal.objects.create(grant=row, kind=kind, at=at, facts=facts)
    ledger.record(by=GATEWAY, what="grant.signal", on=row, facts={"kind": kind, **facts}, at=at)
    return made


def ask_to_purge(*, now: datetime) -> None:
    """Ask for the end of transcripts whose time is over, when there are any."""
    if _overdue(now):
        with transaction.atomic():
            outbox.send(PURGE, due_at=now, key=f"gateway.purge:{now:%Y-%m-%dT%H}")


def _overdue(now: datetime) -> list[int]:
    """Grants with transcripts that are older than they may be."""
    found = []
    rows = Grant.objects.exclude(key_id="")
    for grant in rows.only("pk", "retain_days", "key_id"):
        before = now - timedelta(days=grant.retain_days)
        if Call.objects.filter(grant=grant, started_at__lt=before).exclude(transcript="").exists():
            found.append(grant.pk)
    return found


def purge(*, now: datetime) -> int:
    """Delete transcripts that are older than their grant's terms say; give their number. Files
    hold calls of a moment and go with the newest of them."""
    gone = 0
    for pk in _overdue(now):
        grant = Grant.objects.get(pk=pk)
        before = now - timedelta(days=grant.retain_days)
        calls = Call.objects.filter(grant=grant).exclude(transcript="")
        newest = calls.order_by().values("transcript").annotate(newest=Max("started_at"))
        blobs = [
            each["transcript"]
            for each in newest.filter(newest__lt=before).order_by("newest")[:_PURGED_AT_ONCE]
        ]
        if blobs:
            sealing.discard(blobs)
            gone += _forget(grant, blobs, now)
    return gone


@transaction.atomic
def _forget(grant: Grant, blobs: list[str], now: datetime) -> int:
    number = Call.objects.filter(grant=grant, transcript__in=blobs).update(transcript="")
    facts = {"transcripts": number}
    ledger.record(by=GATEWAY, what="grant.purged", on=grant, facts=facts, at=now)
    return number
