"""Two workers, two clients, two operators at the same moment."""

import pytest
from django.utils import timezone

from at_once import at_once
from distribution.founded import LATER, hold_ceremony, published
from formats.bundles import signer
from parties.members import party
from seawall.distribution import feeds, keys
from seawall.distribution.models import ClientKey, Published, SignedReceipt
from seawall.distribution.publishing import publish_due
from seawall.distribution.receipts import ReceiptRefused, receive
from seawall.feed.tree import TreeBusy
from seawall.formats.receipt import Receipt, ReceiptKind, write_receipt
from seawall.ledger.models import Event
from seawall.signing.statements import sign_statement
from seawall.vocab.actors import LOCAL

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("installation")]
KEY = signer("bob's gateway")


def test_two_workers_publish_once():
    hold_ceremony(feeds.public())
    published()
    done = at_once([lambda: publish_due(by=LOCAL, now=LATER)] * 3)
    assert all(not isinstance(each, Exception) or isinstance(each, TreeBusy) for each in done)
    publish_due(by=LOCAL, now=LATER)
    assert Published.objects.count() == 1
    assert Event.objects.filter(what="feed.published").count() == 1


def test_the_same_receipt_at_once_is_one_receipt():
    release, bob, now = published(now=timezone.now()), party("Bob Hospital"), timezone.now()
    keys.register(KEY.public.raw.hex(), name="x", proof=None, party=bob, by=LOCAL, now=now)
    said = Receipt(
        kind=ReceiptKind.DELIVERED,
        release="SEAWALL-2026-0001",
        revision=1,
        digest=release.digest,
        at=now,
        client="x",
    )
    sent = sign_statement(write_receipt(said), signers=[KEY]).to_json().encode()
    done = at_once([lambda: receive(sent, party=bob, by=LOCAL, now=now)] * 4)
    assert sorted(is_new for _, is_new in done) == [False, False, False, True]
    assert SignedReceipt.objects.count() == 1
    assert Event.objects.filter(what="receipt.received").count() == 1


def test_a_key_that_two_parties_register_at_once_is_ones():
    parties, now = [party("Bob"), party("Eve")], timezone.now()
    public = KEY.public.raw.hex()

    def register(whose):
        return lambda: keys.register(public, name="x", proof=None, party=whose, by=LOCAL, now=now)

    done = at_once([register(each) for each in parties])
    assert [isinstance(each, keys.KeyRefused) for each in done].count(True) == 1
    assert ClientKey.objects.count() == 1


def test_a_key_is_revoked_before_a_receipt_or_after_it():
    release, bob, now = published(now=timezone.now()), party("Bob Hospital"), timezone.now()
    row = keys.register(KEY.public.raw.hex(), name="x", proof=None, party=bob, by=LOCAL, now=now)
    said = Receipt(
        kind=ReceiptKind.DELIVERED,
        release="SEAWALL-2026-0001",
        revision=1,
        digest=release.digest,
        at=now,
        client="x",
    )
    sent = sign_statement(write_receipt(said), signers=[KEY]).to_json().encode()
    done = at_once(
        [
            lambda: keys.revoke(row, by=LOCAL, now=now),
            lambda: receive(sent, party=bob, by=LOCAL, now=now),
        ]
    )
    events = [event.what for event in Event.objects.order_by("index")][-2:]
    if isinstance(done[1], ReceiptRefused):
        assert not SignedReceipt.objects.exists()
    else:
        assert events == ["receipt.received", "client_key.revoked"]
