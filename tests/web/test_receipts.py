"""The pages of receipts and of the feed: who sees which, and what they say."""

import hashlib
from datetime import timedelta

import pytest

from distribution.founded import LATER, hold_ceremony, published, set_up
from distribution.test_metrics import receipt
from seawall.distribution import feeds
from seawall.distribution.models import ClientKey
from seawall.distribution.publishing import publish_due
from seawall.ledger.models import Event
from seawall.vocab.actors import LOCAL
from web.people import visitor_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def installation(home, settings, tmp_path):
    set_up(settings, tmp_path)


def released():
    hold_ceremony(feeds.public(), now=LATER)
    release = published()
    publish_due(by=LOCAL, now=LATER)
    return release


def test_before_a_ceremony_the_page_says_how_a_feed_begins():
    assert "seawall feed ceremony" in visitor_of("nobody").get("/follow")


def test_everybody_reads_where_trust_begins_and_how_to_follow():
    released()
    text = visitor_of("nobody").get("/follow")
    root = feeds.public().tree.read("tuf/metadata/1.root.json")
    digest = hashlib.sha256(root).hexdigest()
    assert f"seawall sync https://cert.example/feed --root-sha256 {digest}" in text
    assert "2 of 3 keys that are kept offline" in text
    assert "cert.example/log+" in text and "Test CERT" in text
    assert 'href="https://cert.example/feed/csaf/provider-metadata.json"' in text


def test_a_feed_that_nobody_signs_any_more_is_said_to_be_stale(monkeypatch):
    released()
    stale = "Clients refuse it until somebody does"
    moment = LATER + timedelta(hours=1)
    monkeypatch.setattr("seawall.web.follow.timezone.now", lambda: moment)
    assert stale not in visitor_of("nobody").get("/follow")
    moment = LATER + timedelta(days=2)
    assert stale in visitor_of("nobody").get("/follow")


def test_an_operator_sees_its_own_receipts_with_the_system_and_no_other_s():
    release = released()
    receipt(release, 1, asset="ward-3", of="Ops")
    receipt(release, 2, asset="vault-9", of="Other Bank")
    operator = visitor_of("operator")
    of = operator.person.memberships.get().party
    receipt(release, 3, asset="ours-1", of=of.name)
    text = operator.get("/receipts")
    assert "ours-1" in text and "vault-9" not in text and "ward-3" not in text
    assert "Other Bank" not in text and "How long it takes" not in text


def test_the_house_sees_whose_receipts_there_are_and_how_long_it_took():
    release = released()
    receipt(release, 5, asset="vault-9", of="Other Bank")
    text = visitor_of("coordinator").get("/receipts")
    assert "Other Bank" in text and "vault-9" not in text
    assert "From the proof to the publication" in text and "1 day" in text
    assert "5 hours" in text


def test_receipts_of_one_advisory_are_found():
    first, second = released(), published(2)
    receipt(first, 1, asset="a", of="Bank One")
    receipt(second, 1, asset="b", of="Bank Two")
    text = visitor_of("coordinator").get("/receipts?release=SEAWALL-2026-0002")
    assert 'data-label="Party">Bank Two<' in text
    assert 'data-label="Party">Bank One<' not in text


def test_a_party_takes_the_key_of_a_client_back():
    release = released()
    operator = visitor_of("operator")
    receipt(release, 1, of=operator.person.memberships.get().party.name)
    key = ClientKey.objects.get()
    operator.post(f"/receipts/keys/{key.public_id}/revoke")
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert Event.objects.filter(what="client_key.revoked").exists()


def test_nobody_takes_back_the_key_of_others():
    receipt(released(), 1, of="Other Bank")
    key = ClientKey.objects.get()
    visitor_of("operator").post(f"/receipts/keys/{key.public_id}/revoke", status=404)
    key.refresh_from_db()
    assert key.revoked_at is None


def test_receipts_cost_the_same_queries_with_one_and_three(count_queries):
    release, who = released(), visitor_of("coordinator")
    receipt(release, 1, asset="a", of="Bank")
    one = count_queries(lambda: who.get("/receipts"))
    receipt(release, 2, asset="b", of="Bank")
    receipt(release, 3, asset="c", of="Bank Two")
    assert count_queries(lambda: who.get("/receipts")) == one
