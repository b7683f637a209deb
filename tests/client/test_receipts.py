"""Receipts wait in the store, signed, until they were sent; none is lost and none said twice."""

import json
from datetime import UTC, datetime

import pytest

from client.attacks.operators import Operator
from client.test_sync import store_of, synced
from feed.house import make_house
from osvrecords import osv
from seawall.client.errors import Unreachable
from seawall.client.installations import installation
from seawall.client.receipts import (
    client_key,
    delivered,
    installed,
    mark_refused,
    mark_sent,
    queued,
    wants_receipts,
)
from seawall.formats.osv import write_osv
from seawall.formats.receipt import ReceiptKind, read_receipt
from seawall.formats.release_bundle import ReleaseBundle
from seawall.formats.sbom import read_sbom
from seawall.signing.dsse import Envelope
from seawall.signing.keys import KeyUnusable
from seawall.signing.statements import open_statement

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def house(tmp_path):
    return make_house(tmp_path / "house", releases=2)


@pytest.fixture
def operator(house, tmp_path):
    return Operator.trusting(tmp_path / "operator", house.root)


def said(operator, each):
    public = client_key(operator.home).public
    return read_receipt(open_statement(Envelope.from_json(each.envelope), trusted=[public]))


def test_a_sync_signs_what_arrived_once(operator, house):
    synced(operator, house, deliver=delivered)
    synced(operator, house, deliver=delivered)
    with store_of(operator) as store:
        waiting = queued(store)
        held = store.release("SEAWALL-2026-0001")
    assert [(q.kind, q.release, q.revision) for q in waiting] == [
        (ReceiptKind.DELIVERED, "SEAWALL-2026-0001", 1),
        (ReceiptKind.DELIVERED, "SEAWALL-2026-0002", 1),
    ]
    receipt = said(operator, waiting[0])
    assert (receipt.digest, receipt.at, receipt.asset) == (held.payload, house.now, "")
    house.revise(1)
    synced(operator, house, deliver=delivered)
    with store_of(operator) as store:
        assert [(q.release, q.revision) for q in queued(store)][2:] == [("SEAWALL-2026-0001", 2)]


def test_a_sync_that_fails_signs_nothing(operator, house, monkeypatch):
    def cut_off(*_):
        raise Unreachable("cut off")

    monkeypatch.setattr("seawall.client.sync._forget_files", cut_off)
    with pytest.raises(Unreachable):
        synced(operator, house, deliver=delivered)
    with store_of(operator) as store:
        assert queued(store) == ()


def test_of_a_very_large_delivery_the_newest_are_signed(operator, house, monkeypatch):
    monkeypatch.setattr("seawall.client.receipts._MOST_AT_ONCE", 1)
    assert synced(operator, house, deliver=delivered).receipts == 1
    with store_of(operator) as store:
        assert [q.release for q in queued(store)] == ["SEAWALL-2026-0002"]


def test_without_being_asked_nothing_is_signed_and_no_key_is_made(operator, house):
    assert not wants_receipts(operator.home, None)
    assert synced(operator, house).receipts == 0
    with pytest.raises(KeyUnusable, match="no client key"):
        client_key(operator.home)
    assert wants_receipts(operator.home, True)
    assert wants_receipts(operator.home, None)
    assert not wants_receipts(operator.home, False)
    assert not wants_receipts(operator.home, None)


def test_the_key_is_for_its_owner_alone(operator):
    client_key(operator.home, make=True)
    path = operator.home / "key.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(KeyUnusable):
        client_key(operator.home)


PARTS = [("pkg:pypi/jinja2@3.1.5", "3.1.4", "3.1.5")]


def test_an_installation_is_signed_once_for_each_component_of_each_system(operator, house):
    synced(operator, house)
    with store_of(operator) as store:
        held = store.release("CVE-2026-10001")
        for asset, count in (("a", 1), ("a", 0), ("b", 1)):
            made = installed(store, held, components=PARTS, asset=asset, now=NOW)
            assert made == count
        first, second = queued(store, sent=False)
    receipt = said(operator, first)
    assert (receipt.kind, receipt.asset, receipt.component, receipt.before, receipt.after) == (
        ReceiptKind.INSTALLED,
        "a",
        *PARTS[0],
    )
    assert said(operator, second).asset == "b"


def test_what_was_sent_waits_no_more_and_what_was_refused_says_why(operator, house):
    synced(operator, house, deliver=delivered)
    with store_of(operator) as store:
        one, two = queued(store)
        mark_sent(store, one.digest, now=NOW)
        mark_refused(store, two.digest, "unknown release")
        [waiting] = queued(store, sent=False)
        assert (waiting.digest, waiting.answer) == (two.digest, "unknown release")
        [sent] = queued(store, sent=True)
        assert (sent.digest, sent.sent_at) == (one.digest, NOW)


def sbom(*purls, nameless=0):
    parts = [{"name": "n", "version": "1", "purl": purl} for purl in purls]
    parts += [{"name": "nameless"}] * nameless
    return read_sbom(
        json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": parts}).encode()
    )


def release(*advisories):
    [record] = advisories
    return ReleaseBundle(
        id=record.id,
        revision=1,
        envelope="{}",
        entry="x",
        proof="x",
        documents={f"{record.id}.osv.json": json.dumps(write_osv(record))},
    )


def test_an_sbom_shows_that_a_system_is_mended():
    found = installation(
        release(osv("S-1")),
        sbom("pkg:pypi/Jinja2@3.1.5", "pkg:pypi/flask@1", "pkg:npm/jinja2@1", nameless=2),
    )
    assert [c.purl for c in found.mended] == ["pkg:pypi/Jinja2@3.1.5"]
    assert (found.affected, found.doubtful, found.unseen) == ((), (), 2)


def test_an_sbom_with_an_affected_or_undecided_component_shows_it():
    found = installation(release(osv("S-1")), sbom("pkg:pypi/jinja2@3.1.4", "pkg:pypi/jinja2@3.2"))
    assert [c.purl for c in found.affected] == ["pkg:pypi/jinja2@3.1.4"]
    found = installation(release(osv("S-1")), sbom("pkg:pypi/jinja2@unknown"))
    assert ([c.purl for c, _ in found.doubtful], found.mended) == (["pkg:pypi/jinja2@unknown"], ())
