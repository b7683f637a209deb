"""The ledger over the API: roots and proofs that verify, and a check that finds damage."""

from base64 import b64encode
from hashlib import sha256
from types import SimpleNamespace

import pytest
from django.db import connection

from seawall.ledger.actions import record
from seawall.ledger.models import Event, Subtree
from seawall.ledger.seal import unseal
from seawall.signing.merkle import leaf_hash, verify_consistency, verify_inclusion
from seawall.vocab.actors import LOCAL

pytestmark = pytest.mark.django_db


@pytest.fixture
def grown(reader):
    """A reader of a ledger of at least nine events."""
    for number in range(9):
        record(by=LOCAL, what="test.done", on=f"test:{number}", facts={"n": number})
    return reader


def test_an_event_is_proven_to_be_in_the_log(grown):
    root = grown.get("/ledger/root")
    for index in (0, 4, root["size"] - 1):
        shown = grown.get(f"/ledger/inclusion?index={index}")
        assert bytes.fromhex(shown["leaf_hash"]) == leaf_hash(shown["leaf"].encode())
        assert verify_inclusion(
            proof=tuple(map(bytes.fromhex, shown["path"])),
            leaf=bytes.fromhex(shown["leaf_hash"]),
            index=index,
            size=shown["size"],
            root=bytes.fromhex(root["hash"]),
        )


def test_who_may_read_an_event_can_check_its_commitment(grown):
    shown = grown.get("/ledger/inclusion?index=0")
    digest = sha256(bytes.fromhex(shown["salt"]) + shown["entry"].encode()).digest()
    assert shown["leaf"] == f"seawall-event v1\n0\n{b64encode(digest).decode()}\n"


def test_a_public_event_is_its_own_leaf(grown):
    index = record(by=LOCAL, what="feed.published", on="feed:1").index
    shown = grown.get(f"/ledger/inclusion?index={index}")
    assert (shown["salt"], shown["leaf"]) == ("", shown["entry"])


def test_who_may_not_read_an_event_gets_its_leaf_without_the_salt(grown, monkeypatch):
    monkeypatch.setattr("seawall.ledger.access.may_read", lambda *a, **k: False)
    shown = grown.get("/ledger/inclusion?index=0")
    assert (shown["entry"], shown["salt"]) == (None, None)
    assert leaf_hash(shown["leaf"].encode()).hex() == shown["leaf_hash"]


def test_the_log_is_proven_to_have_only_grown(grown):
    old = grown.get("/ledger/root")
    record(by=LOCAL, what="test.done", on="test:9")
    new = grown.get("/ledger/root")
    assert new["size"] == old["size"] + 1
    shown = grown.get(f"/ledger/consistency?old={old['size']}")
    assert verify_consistency(
        proof=tuple(map(bytes.fromhex, shown["path"])),
        old=old["size"],
        new=new["size"],
        old_root=bytes.fromhex(old["hash"]),
        new_root=bytes.fromhex(new["hash"]),
    )


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("inclusion?index=999", 404),
        ("inclusion?index=3&size=2", 404),
        ("inclusion?index=0&size=999", 422),
        ("inclusion?index=-1", 422),
        ("inclusion", 422),
        ("consistency?old=999", 422),
        ("consistency?old=5&new=4", 422),
        ("consistency?old=0", 422),
        ("consistency?old=99999999999999999999999", 422),
    ],
)
def test_what_the_log_does_not_hold_is_refused(grown, url, status):
    grown.get(f"/ledger/{url}", status)


def test_a_full_check_finds_what_was_changed(grown):
    sound = grown.get("/ledger/verify")
    assert (sound["sound"], sound["problems"]) == (True, [])
    assert sound["root"] == grown.get("/ledger/root")
    assert Event.objects.exists()
    with connection.cursor() as cursor:
        unseal(SimpleNamespace(connection=connection, execute=cursor.execute))
    Subtree.objects.filter(level=1, index=0).update(hash=b"\0" * 32)
    broken = grown.get("/ledger/verify")
    assert broken["sound"] is False
    assert broken["problems"] == ["Subtree 1/0 differs from its events."]
