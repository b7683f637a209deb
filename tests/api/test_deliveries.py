"""Deliveries over the API: for the recipient's tokens alone, the whole TUF repository included."""

import hashlib
import json

import pyrage
import pytest
from django.utils import timezone

from api.doors import Door
from claims.folk import token
from distribution.founded import DAY, hold_ceremony, set_up
from distribution.lane import KEY, case_with_everything
from parties.members import party
from seawall.cases.models import Case
from seawall.distribution import feeds, recipients
from seawall.distribution.deliveries import deliver
from seawall.distribution.models import Delivery, Recipient
from seawall.feed.tuf.roles import target_path
from seawall.ledger.models import Event
from seawall.parties.models import Party
from seawall.vocab.access import Tier
from seawall.vocab.actors import LOCAL

pytestmark = pytest.mark.django_db
SCOPES = ("read", "submit")


@pytest.fixture
def case(home, settings, tmp_path) -> Case:
    set_up(settings, tmp_path)
    hold_ceremony(feeds.restricted(), opaque=True, now=timezone.now())
    party("House", house=True)
    return case_with_everything(party("Vendor", Party.Role.VENDOR))


@pytest.fixture
def row(case) -> Delivery:
    """A delivery to the vendor."""
    now = timezone.now()
    to = recipients.add(
        Party.objects.get(name="Vendor"),
        age_key=str(KEY.to_public()),
        tier=Tier.T2,
        sponsor="U-1",
        reason="Fixes it.",
        expires_at=now + DAY,
        by=LOCAL,
        now=now,
    )
    return deliver(case, to, by=LOCAL, now=now)


def door(name: str) -> Door:
    found = Party.objects.filter(name=name).first() or party(name)
    return Door(token(found, scopes=SCOPES))


def raw(of: Door, url: str, status: int = 200) -> bytes:
    response = of.call("get", url)
    assert response.status_code == status, response.content
    return response.content


def test_the_recipient_lists_and_downloads_what_was_made_for_it(row):
    bob = door("Vendor")
    [told] = bob.get("/deliveries")["items"]
    assert told == bob.get(f"/deliveries/{row.public_id}")
    assert (told["case"], told["party"], told["parts"]) == (
        row.case.public_id,
        "Vendor",
        ["documents", "patch"],
    )
    data = raw(bob, f"/deliveries/{row.public_id}/file")
    assert hashlib.sha256(data).hexdigest() == told["sha256"] and len(data) == told["size_bytes"]
    assert pyrage.decrypt(data, [KEY])
    assert bob.get(f"/deliveries/{row.public_id}")["fetched_at"] is not None
    event = Event.objects.get(what="delivery.fetched")
    assert event.by.startswith("token:") and event.on == f"delivery:{row.public_id}"


def test_the_recipient_follows_the_restricted_repository_by_tuf(row):
    bob = door("Vendor")
    root = json.loads(raw(bob, "/restricted/metadata/1.root.json"))
    assert root["signed"]["_type"] == "root"
    timestamp = json.loads(raw(bob, "/restricted/metadata/timestamp.json"))["signed"]
    version = timestamp["meta"]["snapshot.json"]["version"]
    snapshot = json.loads(raw(bob, f"/restricted/metadata/{version}.snapshot.json"))["signed"]
    named = {}
    for file, meta in snapshot["meta"].items():
        one = json.loads(raw(bob, f"/restricted/metadata/{meta['version']}.{file}"))["signed"]
        named |= one.get("targets", {})
    assert named[row.path]["hashes"]["sha256"] == row.ciphertext_digest
    address = target_path(row.path, row.ciphertext_digest).removeprefix("tuf/targets/")
    assert hashlib.sha256(raw(bob, f"/restricted/targets/{address}")).hexdigest() == (
        row.ciphertext_digest
    )
    assert Event.objects.filter(what="delivery.fetched").count() == 1


@pytest.mark.parametrize("name", ["2.root.json", "x", "..", "timestamp.json.x", "1.ROOT.json"])
def test_there_is_no_other_metadata(row, name):
    told = door("Vendor").get(f"/restricted/metadata/{name}", 404)
    assert told["detail"] in (
        f"There is no metadata {name}.",
        f"There is nothing at /api/v1/restricted/metadata/{name}.",
        "There is nothing at /api/v1/restricted/.",
    )


def test_the_house_knows_of_it_and_downloads_nothing(row):
    house = door("House")
    assert house.get(f"/deliveries/{row.public_id}")["path"] == row.path
    address = target_path(row.path, row.ciphertext_digest).removeprefix("tuf/targets/")
    for url in (
        f"/deliveries/{row.public_id}/file",
        f"/restricted/targets/{address}",
        "/restricted/metadata/timestamp.json",
    ):
        assert "member of the party" in house.get(url, 403)["detail"]
    assert not Event.objects.filter(what="delivery.fetched").exists()


def test_everybody_else_gets_what_an_absent_one_gets(row):
    eve = door("Eve")
    assert eve.get("/deliveries")["items"] == []
    for url in ("/deliveries/{}", "/deliveries/{}/file"):
        hidden, absent = (
            eve.get(url.format(id), 404)["detail"].replace(id, "")
            for id in (row.public_id, "D-2026-999999")
        )
        assert hidden == absent
    address = target_path(row.path, row.ciphertext_digest).removeprefix("tuf/targets/")
    eve.get(f"/restricted/targets/{address}", 404)
    eve.get("/restricted/metadata/timestamp.json", 403)


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_when_its_time_is_over_nothing_is_given_out(row, how):
    bob, now = door("Vendor"), timezone.now()
    if how == "revoked":
        recipients.revoke(row.recipient, by=LOCAL, now=now)
    else:
        Recipient.objects.update(added_at=now - 2 * DAY, expires_at=now - DAY)
    told = bob.get(f"/deliveries/{row.public_id}/file", 409)
    assert told["detail"] == f"{row.public_id} is no longer given out."
    bob.get("/restricted/metadata/timestamp.json", 403)
    assert bob.get(f"/deliveries/{row.public_id}")["id"] == row.public_id
