"""Receipts over the API: whose key, which release, when; and who reads what of them."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from api.doors import Door
from claims.folk import member, party, token
from distribution.founded import published, set_up
from formats.bundles import signer
from seawall.advisories.models import Release
from seawall.distribution import access, keys
from seawall.distribution.models import ClientKey, SignedReceipt
from seawall.distribution.receipts import CLOCK, ReceiptRefused, installed, receive
from seawall.formats.receipt import Receipt, ReceiptKind, possession, write_receipt
from seawall.ledger.models import Event
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.models import Party
from seawall.signing.dsse import sign
from seawall.signing.statements import PAYLOAD_TYPE, sign_statement
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL

pytestmark = pytest.mark.django_db
SCOPES = ("read", "submit")
KEY, OTHER = signer("bob's gateway"), signer("another")


class Operator:
    """A party with a token, and a client with a key."""

    def __init__(self, name: str, key=KEY) -> None:
        self.party = party(name)
        self.token = token(self.party, scopes=SCOPES)
        self.door = Door(self.token)
        self.key = key

    def register(self, status: int = 201, *, key=None, **change):
        key = key or self.key
        public = key.public.raw.hex()
        message = possession(public, token=self.token.split("_")[1])
        proof = base64.b64encode(key.sign(message)).decode()
        body = {"public_key": public, "name": "gateway", "proof": proof} | change
        return self.door.post("/client-keys", body, status)

    def send(self, envelope: str, status: int = 201):
        return self.door.post("/receipts", envelope.encode(), status)


@pytest.fixture
def release(home, settings, tmp_path) -> Release:
    set_up(settings, tmp_path)
    return published(now=timezone.now())


@pytest.fixture
def bob(release) -> Operator:
    made = Operator("Bob Hospital")
    made.register()
    return made


def said(release: Release, /, **change) -> Receipt:
    receipt = Receipt(
        kind=ReceiptKind.INSTALLED,
        release="SEAWALL-2026-0001",
        revision=1,
        digest=release.digest,
        at=timezone.now(),
        client="seawall 0.1",
        asset="gateway-3",
        component="pkg:pypi/jinja2",
        before="3.1.4",
        after="3.1.5",
    )
    return replace(receipt, **change)


def envelope(receipt: Receipt, key=KEY, **change) -> str:
    return sign_statement(write_receipt(receipt) | change, signers=[key]).to_json()


def test_an_operator_registers_a_key_and_sends_a_receipt(release, bob):
    made = bob.send(envelope(said(release)))
    assert made["kind"] == "installed" and made["release"] == "SEAWALL-2026-0001"
    assert (made["asset"], made["before"], made["after"]) == ("gateway-3", "3.1.4", "3.1.5")
    assert bob.door.get(f"/receipts/{made['id']}") == made
    assert bob.door.get("/receipts")["items"] == [made]
    for written in ("SEAWALL-2026-0001", "seawall-2026-1"):
        assert bob.door.get(f"/receipts?release={written}")["items"] == [made]
    for other in ("SEAWALL-2026-0002", "SEAWALL-2025-0001", "SEAWALL-2026-000\u0661", "x"):
        assert bob.door.get(f"/receipts?release={other}")["items"] == []
    row = SignedReceipt.objects.get()
    assert list(installed(release, "gateway-3", party=bob.party)) == [row]
    assert not installed(published(2), "gateway-3", party=bob.party).exists()
    for asset, whose in (("gateway-4", bob.party), ("gateway-3", party("Eve"))):
        assert not installed(release, asset, party=whose).exists()


def test_that_it_arrived_is_not_that_it_is_installed(release, bob):
    bob.send(envelope(said(release, kind=ReceiptKind.DELIVERED)))
    assert not installed(release, "gateway-3", party=bob.party).exists()


def test_each_receipt_is_given_by_its_own_id(release, bob):
    first = bob.send(envelope(said(release)))
    second = bob.send(envelope(said(release, asset="gateway-4")))
    for made in (first, second):
        assert bob.door.get(f"/receipts/{made['id'].lower()}") == made
        other_year = made["id"].replace(made["id"][3:7], "2001")
        assert bob.door.get(f"/receipts/{other_year}", 404)["detail"].endswith(f"{other_year}.")


def test_the_ledger_has_it_without_the_name_of_the_system(release, bob):
    bob.send(envelope(said(release)))
    event = Event.objects.get(what="receipt.received")
    assert json.loads(event.entry)["facts"]["release"] == "SEAWALL-2026-0001"
    assert "gateway-3" not in event.entry and "jinja2" not in event.entry


def test_the_same_receipt_again_is_the_same_one(release, bob):
    sent = envelope(said(release))
    first = bob.send(sent)
    assert bob.send(sent, 200) == first
    assert SignedReceipt.objects.count() == 1
    assert Event.objects.filter(what="receipt.received").count() == 1


def refused(operator: Operator, sent: str, status: int) -> str:
    before = SignedReceipt.objects.count()
    told = operator.send(sent, status)["detail"]
    assert SignedReceipt.objects.count() == before
    return told


def test_a_receipt_of_an_unknown_or_foreign_key_is_refused(release, bob):
    eve = Operator("Eve", OTHER)
    sentence = "No registered key of this party signed this receipt."
    assert refused(eve, envelope(said(release), OTHER), 409) == sentence
    eve.register()
    bobs = envelope(said(release))
    assert refused(eve, bobs, 409) == sentence
    bob.send(bobs)
    assert refused(eve, bobs, 409) == sentence


def test_a_tampered_receipt_is_refused(release, bob):
    raw = json.loads(envelope(said(release)))
    payload = json.loads(base64.b64decode(raw["payload"]))
    payload["predicate"]["asset"] = "everything"
    forged = raw | {"payload": base64.b64encode(json.dumps(payload).encode()).decode()}
    assert "No registered key" in refused(bob, json.dumps(forged), 409)
    unsigned = raw | {"signatures": [{"keyid": KEY.public.id, "sig": "AAAA"}]}
    assert "No registered key" in refused(bob, json.dumps(unsigned), 409)
    assert "payload is no in-toto" in refused(bob, json.dumps(raw | {"payloadType": "x"}), 422)


def test_a_receipt_of_a_revoked_key_is_refused_and_those_before_stay(release, bob):
    kept = bob.send(envelope(said(release)))
    [key] = bob.door.get("/client-keys")["items"]
    bob.door.post(f"/client-keys/{key['id']}/revoke")
    late = envelope(said(release, asset="gateway-4"))
    assert refused(bob, late, 409) == f"The key {key['id']} that signed this was revoked."
    assert bob.door.get("/receipts")["items"] == [kept]


def test_a_receipt_for_another_release_than_it_says_is_refused(release, bob):
    assert refused(bob, envelope(said(release, digest="ab" * 32)), 409) == (
        "There is no release with this digest."
    )
    for change in ({"revision": 2}, {"release": "SEAWALL-2026-0002"}):
        told = refused(bob, envelope(said(release, **change)), 409)
        assert told.startswith("This digest is not that of SEAWALL-2026-000")


def test_a_receipt_of_a_time_that_cannot_be_is_refused(release, bob):
    late = said(release, at=timezone.now() + timedelta(minutes=11))
    assert "yet to come" in refused(bob, envelope(late), 409)
    early = said(release, at=release.released_at - timedelta(minutes=11))
    assert "older than the release" in refused(bob, envelope(early), 409)
    first = said(release, at=datetime(1, 1, 1, tzinfo=UTC))
    assert "older than the release" in refused(bob, envelope(first), 409)
    bob.send(envelope(said(release, at=timezone.now() + timedelta(minutes=9))))


@pytest.mark.parametrize(
    "change",
    [
        {"predicateType": "urn:other"},
        {"predicate": []},
        {"subject": [{"name": "SEAWALL-2026-0001", "digest": {"sha256": "x"}}]},
        {"subject": [{"name": "SEAWALL-2026-0002", "digest": {"sha256": "ab" * 32}}]},
        {"subject": [{"name": "SEAWALL-2026-0001", "digest": {"sha256": "ab" * 32}}] * 2},
    ],
)
def test_what_is_no_receipt_is_refused_with_the_place(release, bob, change):
    told = bob.send(envelope(said(release), **change), 422)
    assert told["where"].startswith(("/subject", "/predicate"))


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "stolen"},
        {"release": "C-2026-000001"},
        {"revision": True},
        {"revision": 0},
        {"at": "yesterday"},
        {"at": "2026-11-20T12:00:00"},
        {"asset": "a\nb"},
        {"asset": "a" * 201},
        {"component": 7},
    ],
)
def test_what_a_receipt_cannot_say_is_refused_with_the_place(release, bob, change):
    predicate = write_receipt(said(release))["predicate"] | change
    told = bob.send(envelope(said(release), predicate=predicate), 422)
    assert told["where"].startswith("/predicate/") or "subject" in told["where"]
    assert not SignedReceipt.objects.exists()


def test_a_receipt_that_is_too_large_is_refused(release, bob):
    raw = json.loads(envelope(said(release)))
    room = (16 << 10) - len(json.dumps(raw | {"more": ""}))
    assert "at most 16 kB" in refused(bob, json.dumps(raw | {"more": "x" * (room + 1)}), 422)
    bob.send(json.dumps(raw | {"more": "x" * room}))


def test_a_payload_that_is_no_statement_is_refused(release, bob):
    signed = sign(b"[]", payload_type=PAYLOAD_TYPE, signers=[KEY])
    assert refused(bob, signed.to_json(), 422) == "an in-toto statement is an object"


def test_the_house_reads_receipts_without_the_names_of_systems(release, bob):
    made = bob.send(envelope(said(release)))
    house = party("House", house=True)
    shown = Door(token(house, scopes=SCOPES)).get(f"/receipts/{made['id']}")
    assert (shown["asset"], shown["envelope"]) == ("", None)
    assert shown == made | {"asset": "", "envelope": None}


def test_others_do_not_learn_that_there_is_a_receipt_or_a_key(release, bob):
    made = bob.send(envelope(said(release)))
    eve = Operator("Eve", OTHER)
    assert eve.door.get("/receipts")["items"] == eve.door.get("/client-keys")["items"] == []
    key = ClientKey.objects.get().public_id
    for hidden, absent in (
        (made["id"], "RC-2026-999999"),
        (made["id"][:3] + "2025-000001", "RC-2"),
    ):
        told = [eve.door.get(f"/receipts/{each}", 404)["detail"] for each in (hidden, absent)]
        assert told[0].replace(hidden, "") == told[1].replace(absent, "")
    told = eve.door.post(f"/client-keys/{key}/revoke", status=404)["detail"]
    assert told == f"There is no client key {key}."


def test_a_key_takes_proof_of_its_private_half_for_this_token(home):
    bob = Operator("Bob Hospital")
    theirs = base64.b64encode(KEY.sign(possession(KEY.public.raw.hex(), token="somebody"))).decode()
    for proof in ("", base64.b64encode(b"x" * 64).decode(), theirs):
        assert bob.register(422, proof=proof)["where"] == "proof"
    assert bob.register(422, proof="***")["detail"] == "this is not base64"
    assert not ClientKey.objects.exists()


def test_the_same_key_twice_is_one_key_and_belongs_to_one_party(home):
    bob, eve = Operator("Bob Hospital"), Operator("Eve")
    assert bob.register() == bob.register()
    assert eve.register(409)["detail"] == "This key is another party's; make a key of your own."
    [key] = bob.door.get("/client-keys")["items"]
    first = bob.door.post(f"/client-keys/{key['id']}/revoke")
    assert bob.door.post(f"/client-keys/{key['id']}/revoke") == first
    assert bob.register(409)["detail"] == "This key was revoked; make a new one."
    assert Event.objects.filter(what="client_key.revoked").count() == 1


@pytest.mark.parametrize("change", [{"public_key": "x" * 64}, {"public_key": "ab"}, {"name": " "}])
def test_a_key_that_is_none_or_has_no_name_is_refused(home, change):
    assert Operator("Bob Hospital").register(422, **change)["where"] in ("public_key", "name")


def test_viewers_register_nothing_and_send_nothing(release):
    bob = party("Bob Hospital")
    viewer = member(bob, MemberRole.VIEWER)
    with pytest.raises(NotPermitted):
        access.party_for(viewer)
    assert access.party_for(member(bob)) == bob


def test_who_acts_for_several_parties_or_none_says_for_which(release):
    bob = party("Bob Hospital")
    with pytest.raises(NotPermitted, match="Say for which party"):
        access.party_for(LOCAL)
    assert access.party_for(LOCAL, "bob hospital") == access.party_for(LOCAL, bob.public_id) == bob
    with pytest.raises(NotFound):
        access.party_for(member(bob), party("Eve").public_id)
    Party.objects.filter(pk=bob.pk).update(is_active=False)
    with pytest.raises(NotFound):
        access.party_for(LOCAL, "Bob Hospital")


def test_the_event_of_a_receipt_is_read_by_its_party_and_who_works_in_the_house(release, bob):
    bob.send(envelope(said(release)))
    bob.send(envelope(said(release, asset="gateway-4")))
    house, now = party("House", house=True), timezone.now()
    [first, second] = Event.objects.filter(what="receipt.received").order_by("index")
    absent = Event(index=0, what="x", on="signedreceipt:RC-2026-999999")
    for who, reads in (
        (member(bob.party), True),
        (member(house), True),
        (member(house, MemberRole.VIEWER), False),
        (member(party("Eve")), False),
    ):
        for event in (first, second):
            assert access.may_read_event(who, event, now) is reads
        assert not access.may_read_event(who, absent, now)


def test_the_installation_says_for_which_party_even_when_there_is_one_alone(db):
    party("Bob Hospital")
    with pytest.raises(NotPermitted, match="Say for which party"):
        access.party_for(LOCAL)


def test_a_party_has_so_many_keys_and_no_more(home, monkeypatch):
    monkeypatch.setattr(keys, "MOST_KEYS", 2)
    bob = Operator("Bob Hospital")
    first = bob.register()
    bob.register(key=signer("second"))
    assert "at most 2 keys" in bob.register(409, key=signer("third"))["detail"]
    assert bob.register() == first and ClientKey.objects.count() == 2
    bob.door.post(f"/client-keys/{first['id']}/revoke")
    bob.register(key=signer("third"))


def test_a_signature_that_names_another_key_is_not_tried_one_that_names_none_is(release, bob):
    raw = json.loads(envelope(said(release)))
    [signature] = raw["signatures"]
    other = raw | {"signatures": [signature | {"keyid": "ab" * 32}]}
    assert "No registered key" in refused(bob, json.dumps(other), 409)
    bob.send(json.dumps(raw | {"signatures": [signature | {"keyid": ""}]}))


def test_a_clock_may_be_off_by_ten_minutes_and_no_more(release, bob):
    now = release.released_at + timedelta(hours=1)

    def sent(at):
        raw = envelope(said(release, at=at)).encode()
        return receive(raw, party=bob.party, by=LOCAL, now=now)

    for at in (now + CLOCK, release.released_at - CLOCK):
        assert sent(at)[1]
    second = timedelta(seconds=1)
    for at in (now + CLOCK + second, release.released_at - CLOCK - second):
        with pytest.raises(ReceiptRefused):
            sent(at)
