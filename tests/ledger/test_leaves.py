"""What the log holds of an event: all of it when it is public, else a commitment."""

from base64 import b64decode
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from seawall.ledger import access, queries
from seawall.ledger.actions import Said, record, record_all
from seawall.ledger.entries import FactsRefused
from seawall.ledger.leaves import is_open, leaf_of
from seawall.ledger.models import Event, Outbox
from seawall.ledger.public_words import is_public
from seawall.vocab.actors import LOCAL, PUBLIC

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("what", ["advisory.published", "feed.published", "log.key_changed"])
def test_a_public_event_lies_open(what):
    event = record(by=LOCAL, what=what, on="thing:1", at=NOON)
    assert is_public(what)
    assert bytes(event.salt) == b""
    assert leaf_of(event) == event.entry.encode()


@pytest.mark.parametrize(
    "what", ["case.opened", "advisory.drafted", "advisory.published2", "feeding.done", "login.done"]
)
def test_any_other_event_is_a_commitment_under_a_salt_of_its_own(what):
    one, two = (record(by=LOCAL, what=what, on="thing:1", at=NOON) for _ in range(2))
    assert not is_public(what)
    assert len(bytes(one.salt)) == 16
    assert bytes(one.salt) != bytes(two.salt)
    kind, index, digest, end = leaf_of(one).decode().split("\n")
    assert (kind, index, end) == ("seawall-event v1", "0", "")
    assert b64decode(digest) == sha256(bytes(one.salt) + one.entry.encode()).digest()
    assert leaf_of(two).startswith(b"seawall-event v1\n1\n")


def test_what_is_recorded_is_what_is_stored():
    made = record_all(
        by=LOCAL,
        events=[Said(what=w, on="thing:1", facts={"ü": [1]}) for w in ("a.b", "feed.x")],
        at=NOON,
    )
    stored = list(Event.objects.order_by("index"))
    for one, other in zip(made, stored, strict=True):
        for field in Event._meta.concrete_fields:
            here, there = (getattr(each, field.name) for each in (one, other))
            assert here == (bytes(there) if isinstance(here, bytes) else there)


def test_many_events_are_recorded_as_one_by_one():
    said = [Said(what="test.done", on=f"thing:{n}", facts={"n": n}) for n in range(70)]
    events = record_all(by=LOCAL, events=said[:50], at=NOON)
    events += [record(by=LOCAL, what=s.what, on=s.on, facts=s.facts, at=NOON) for s in said[50:]]
    events += record_all(by=LOCAL, events=iter(said), at=NOON)
    assert [event.index for event in events] == list(range(140))
    assert queries.verify().problems == ()
    assert queries.root().size == 140


def test_recording_nothing_changes_nothing():
    assert record_all(by=LOCAL, events=()) == []
    assert queries.root().size == 0


def test_who_listens_hears_each_of_many(monkeypatch):
    monkeypatch.setattr("seawall.ledger.heard._words", {"test.heard"})
    said = [Said(what=w, on="thing:1") for w in ("test.heard", "test.done", "test.heard")]
    record_all(by=LOCAL, events=said, at=NOON)
    assert list(Outbox.objects.values_list("topic", "ids", "due_at")) == [
        ("ledger.heard", {"index": 0}, NOON),
        ("ledger.heard", {"index": 2}, NOON),
    ]


def test_a_bad_event_among_many_leaves_none():
    said = [Said(what="test.done", on="thing:1", facts={"n": n}) for n in (1, 0.5)]
    with pytest.raises(FactsRefused):
        record_all(by=LOCAL, events=said)
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"what": "w" * 81, "on": "thing:1"},
        {"what": "w", "on": "o" * 201},
        {"what": "w\0", "on": "thing:1"},
    ],
)
def test_names_fit_their_columns(said):
    with pytest.raises(FactsRefused, match="characters, and no NUL"):
        record(by=LOCAL, **said)
    record(by=LOCAL, what="w" * 80, on="o" * 200)


def _old(what: str) -> Event:
    """A row as it was before there were salts."""
    return Event(index=0, what=what, on="x:1", by="operator:local", entry="old", salt=b"")


def test_rows_from_before_there_were_salts_keep_their_leaves_and_are_not_given_out():
    old = _old("case.opened")
    assert leaf_of(old) == b"old"
    assert not is_open(old)
    assert is_open(_old("advisory.published"))
    assert is_open(record(by=LOCAL, what="case.opened", on="case:C-1"))


def test_who_may_read_an_event_gets_the_salt_too():
    event = record(by=LOCAL, what="case.opened", on="person:U-1", at=NOON)
    told = access.told(LOCAL, event, now=NOON)
    assert (told.entry, told.salt) == (event.entry, bytes(event.salt))
    assert told.leaf == leaf_of(event)
    hidden = access.told(PUBLIC, event, now=NOON)
    assert (hidden.entry, hidden.salt, hidden.leaf) == (None, None, leaf_of(event))
    old = access.told(PUBLIC, _old("case.opened"), now=NOON)
    assert (old.entry, old.salt, old.leaf) == (None, None, None)


def test_a_public_event_that_is_hidden_is_found():
    event = record(by=LOCAL, what="feed.published", on="thing:1", at=NOON)
    Event.objects.create(
        index=1, at=NOON, by=event.by, what="feed.x", on="y", entry="{}", salt=b"s", leaf_hash=b""
    )
    assert "Event 1: it is public, and its leaf hides it." in queries.verify().problems
