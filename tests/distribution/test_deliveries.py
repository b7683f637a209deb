"""Deliveries: what a recipient gets, of which cases, under which approvals, and until when."""

import hashlib
import json

import pyrage
import pytest

from cases.casework import reload
from distribution.founded import DAY, hold_ceremony, proven_case
from distribution.lane import (
    DIFF,
    MANIFEST,
    approve,
    case_with_everything,
    files,
    made,
    plain,
    recipient,
    verified_version,
)
from parties.members import actor, lead, member, party
from seawall.advisories.actions import draft
from seawall.cases import read_ins, shredding
from seawall.cases.models import Case
from seawall.cases.participants import bring_in
from seawall.core.ways_out import Say
from seawall.distribution import access, deliveries, feeds, parts, recipients
from seawall.distribution.deliveries import DeliveryRefused
from seawall.distribution.models import Delivery, Recipient
from seawall.feed.marks import MARK_FILE
from seawall.feed.tuf.edit import NotFounded
from seawall.feed.tuf.roles import target_path
from seawall.findings.models import Finding
from seawall.jobs.carry_out import Result, carry_out
from seawall.ledger.models import Event, Outbox
from seawall.parties.access import NotFound, NotPermitted
from seawall.parties.models import Party
from seawall.parties.sealing import Shredded
from seawall.signing.keys import KeyUnusable
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import LOCAL
from seawall.vocab.errors import BadInput
from seawall.vocab.tlp import Tlp
from validation.records import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installation")]


@pytest.fixture
def house(installation) -> Party:
    hold_ceremony(feeds.restricted(), opaque=True)
    return party("House", house=True)


@pytest.fixture
def vendor(house) -> Party:
    return party("Vendor", Party.Role.VENDOR)


@pytest.fixture
def case(house, vendor) -> Case:
    return case_with_everything(vendor)


def test_a_recipient_of_detail_gets_documents_and_patches_and_no_reproducer(case, vendor):
    row = made(case, recipient(vendor))
    found = files(row)
    fix = case.fixes.get().public_id
    assert sorted(name for name in found if not name.startswith("documents/")) == sorted(
        [f"{fix}.patch", MARK_FILE]
    )
    assert found[f"{fix}.patch"] == DIFF
    assert "documents/seawall-2026-0001.json" in found
    said = json.loads(found[MARK_FILE])
    assert (said["party"], said["case"], said["tlp"]) == ("Vendor", case.public_id, "TLP:AMBER")
    assert (said["mark"], said["parts"]) == (row.mark, ["documents", "patch"])


def test_a_reproducer_takes_the_approval_of_two_people_of_two_parties(case, vendor):
    to = recipient(vendor, Tier.T3)
    with pytest.raises(NotPermitted, match="two people of two parties approve first"):
        made(case, to)
    assert not Delivery.objects.exists()
    approve(case, to)
    found = files(made(case, to))
    [manifest] = [name for name in found if name.endswith("/reproducer.toml")]
    assert manifest.startswith(Finding.objects.get().public_id)
    text = found[manifest].decode()
    assert text != MANIFEST
    assert [line.rstrip() for line in text.split("\n")] == MANIFEST.split("\n")
    folder = manifest.removesuffix("/reproducer.toml")
    assert found[f"{folder}/input.txt"] == b"a\nb\n" * 40
    assert parts.ask_exports(case, to, by=LOCAL, now=NOON) == []


def test_an_approval_for_another_party_or_from_last_week_does_not_count(case, vendor):
    other = party("Other Vendor", Party.Role.VENDOR)
    bring_in(reload(case), other, Part.VENDOR, tier=Tier.T3, by=LOCAL, now=NOON)
    mine, theirs = recipient(vendor, Tier.T3), recipient(other, Tier.T3)
    approve(reload(case), theirs)
    with pytest.raises(NotPermitted, match="approve first"):
        made(reload(case), mine)
    made(reload(case), theirs, at=NOON + 7 * DAY - DAY / 24)
    with pytest.raises(NotPermitted, match="approve first"):
        made(reload(case), theirs, at=NOON + 7 * DAY)


def test_a_recipient_of_detail_gets_no_reproducer_even_when_it_is_asked_for(case, vendor):
    with pytest.raises(NotPermitted, match="is a recipient of T2"):
        made(case, recipient(vendor), wanted=["reproducer"])
    with pytest.raises(NotPermitted, match="is a recipient of T2"):
        parts.ask_exports(case, Recipient.objects.get(), by=LOCAL, now=NOON)


def test_the_highest_of_what_is_asked_for_counts(case, vendor):
    approve(case, recipient(vendor, Tier.T3))
    low = recipient(vendor, age_key=_other_key())
    with pytest.raises(NotPermitted, match="is a recipient of T2"):
        made(case, low, wanted=["documents", "reproducer"])


def test_only_what_was_asked_for_is_in_the_copy(case, vendor):
    to = recipient(vendor)
    names = set(files(made(case, to, wanted=["documents"])))
    assert {name.partition("/")[0] for name in names} == {"documents", MARK_FILE}
    names = set(files(made(case, to, wanted=["patch"])))
    assert names == {f"{case.fixes.get().public_id}.patch", MARK_FILE}


def test_who_has_no_part_in_the_case_cannot_be_approved_a_reproducer(case):
    stranger = party("Stranger", Party.Role.VENDOR)
    to = recipient(stranger, Tier.T3)
    read_ins.read_in(case, stranger, Tier.T3, reason="So.", until=NOON + DAY, by=LOCAL, now=NOON)
    with pytest.raises(NotPermitted, match="our role does not allow"):
        parts.ask_exports(reload(case), to, by=LOCAL, now=NOON)


def test_a_proof_that_is_not_kept_here_is_not_asked_for(house, vendor):
    bare = proven_case()
    bring_in(bare, vendor, Part.VENDOR, tier=Tier.T3, by=LOCAL, now=NOON)
    to = recipient(vendor, Tier.T3)
    assert parts.ask_exports(reload(bare), to, by=LOCAL, now=NOON) == []
    with pytest.raises(DeliveryRefused, match="has nothing of reproducer"):
        made(reload(bare), to, wanted=["reproducer"])


def test_what_lies_in_a_case_without_draft_and_patch_is_nothing(house, vendor):
    bare = proven_case()
    bring_in(bare, vendor, Part.VENDOR, by=LOCAL, now=NOON)
    verified_version(bare)
    to = recipient(vendor)
    for part in ("documents", "patch"):
        with pytest.raises(DeliveryRefused, match=f"has nothing of {part}"):
            made(reload(bare), to, wanted=[part])


def test_the_documents_are_those_of_this_case_as_they_are_now(case, vendor):
    draft(proven_case(7), by=LOCAL, now=NOON)
    case.title = "A newer title"
    case.save(update_fields=["title"])
    draft(case, by=LOCAL, now=NOON)
    found = files(made(reload(case), recipient(vendor), wanted=["documents"]))
    assert {"documents/seawall-2026-0001.json", MARK_FILE} <= set(found)
    assert not any("0002" in name for name in found)
    assert b"A newer title" in found["documents/seawall-2026-0001.json"]


def test_the_marking_is_asked_as_for_every_way_out(case, vendor, monkeypatch):
    to = recipient(vendor)
    monkeypatch.setattr(parts, "may_say_of", lambda *_, **__: Say.TITLE)
    with pytest.raises(NotPermitted, match="does not leave as a file"):
        made(case, to)


def test_being_a_recipient_opens_no_case(case):
    stranger = party("Stranger", Party.Role.VENDOR)
    to = recipient(stranger)
    with pytest.raises(NotPermitted, match="may not read T2"):
        made(case, to)
    read_ins.read_in(case, stranger, Tier.T2, reason="So.", until=NOON + DAY, by=LOCAL, now=NOON)
    assert made(reload(case), to)
    with pytest.raises(NotPermitted, match="may not read T2"):
        made(reload(case), to, at=NOON + DAY)


def test_what_is_red_does_not_leave_as_a_file(case, vendor):
    to = recipient(vendor)
    Case.objects.filter(pk=case.pk).update(tlp=Tlp.RED.value)
    with pytest.raises(NotPermitted, match="T2"):
        made(reload(case), to)


def test_of_a_shredded_case_nothing_is_delivered_and_what_lies_there_goes(case, vendor):
    row = made(case, recipient(vendor))
    shredding.shred(case, by=LOCAL, now=NOON)
    with pytest.raises(Shredded):
        made(reload(case), Recipient.objects.get())
    work = Outbox.objects.get(topic="case.shredded")
    assert carry_out(work.pk, now=NOON) is Result.DONE
    asked = Outbox.objects.filter(topic="deliveries.clear", due_at=NOON).get()
    assert carry_out(asked.pk, now=NOON) is Result.DONE
    row.refresh_from_db()
    assert row.removed_at == NOON
    assert not feeds.restricted().tree.exists(target_path(row.path, row.ciphertext_digest))


@pytest.mark.parametrize("how", ["revoked", "expired", "deactivated"])
def test_a_recipient_that_is_none_any_more_gets_nothing_new_and_nothing_old(case, vendor, how):
    to = recipient(vendor)
    row, at = made(case, to), NOON
    if how == "revoked":
        recipients.revoke(to, by=LOCAL, now=NOON)
    elif how == "expired":
        at = to.expires_at
    else:
        Party.objects.filter(pk=vendor.pk).update(is_active=False)
    with pytest.raises(DeliveryRefused, match="no longer a recipient"):
        made(case, to, at=at)
    with pytest.raises(DeliveryRefused, match="no longer given out"):
        deliveries.fetch(row, by=LOCAL, now=at)


def test_what_is_over_leaves_the_tree_and_what_holds_stays(case, vendor):
    gone, kept = recipient(vendor), recipient(vendor, age_key=_other_key())
    first, second = made(case, gone), made(case, kept)
    recipients.revoke(gone, by=LOCAL, now=NOON)
    assert deliveries.clear(by=LOCAL, now=NOON) == 1
    assert deliveries.clear(by=LOCAL, now=NOON) == 0
    tree = feeds.restricted().tree
    assert not tree.exists(target_path(first.path, first.ciphertext_digest))
    assert tree.exists(target_path(second.path, second.ciphertext_digest))
    assert Event.objects.filter(what="delivery.removed").count() == 1


def test_a_copy_that_no_row_knows_of_is_cleared_away(case, vendor, monkeypatch):
    to = recipient(vendor)
    kept = made(case, to)
    with monkeypatch.context() as patch:
        place = deliveries._place

        def then_die(*placed, **more):
            place(*placed, **more)
            raise KeyboardInterrupt

        patch.setattr(deliveries, "_place", then_die)
        with pytest.raises(KeyboardInterrupt):
            made(case, to)
    assert list(Delivery.objects.all()) == [kept]
    assert len(deliveries._placed(feeds.restricted().tree)) == 2
    deliveries.clear(by=LOCAL, now=NOON)
    assert set(deliveries._placed(feeds.restricted().tree).values()) == {kept.path}


def test_the_path_says_nothing_and_is_signed_in_the_restricted_repository(case, vendor):
    row = made(case, recipient(vendor))
    folder, name = row.path.split("/")
    assert len(folder) == len(name) == 32 and {*folder, *name} <= set("0123456789abcdef")
    state = feeds.restricted().repository.state()
    assert [bins.targets for bins in state.bins] == [1]
    everything = b"".join(
        feeds.restricted().tree.read(path)
        for path in feeds.restricted().tree.files()
        if path.startswith("tuf/metadata/")
    )
    for secret in (case.public_id, "Vendor", case.title):
        assert secret.encode() not in everything


def test_without_the_ceremony_nothing_is_delivered_and_no_row_left(installation, case, vendor):
    import shutil

    shutil.rmtree(feeds.restricted().tree.folder)
    with pytest.raises(NotFounded):
        made(case, recipient(vendor))
    assert not Delivery.objects.exists()
    assert not Event.objects.filter(what="delivery.made").exists()


def test_a_marking_key_that_was_lost_is_not_replaced(case, vendor, home):
    to = recipient(vendor)
    made(case, to)
    key = home / "keys" / "marks.key"
    assert key.stat().st_mode & 0o777 == 0o600 and len(key.read_bytes()) == 32
    key.rename(home / "keys" / "away")
    with pytest.raises(KeyUnusable, match="lost"):
        made(case, to)
    (home / "keys" / "away").rename(key)
    key.chmod(0o644)
    with pytest.raises(KeyUnusable, match="only its owner can read"):
        made(case, to)


def test_a_leaked_copy_names_its_recipient(case, vendor):
    other = party("Other Vendor", Party.Role.VENDOR)
    bring_in(reload(case), other, Part.VENDOR, by=LOCAL, now=NOON)
    mine, theirs = made(case, recipient(vendor)), made(reload(case), recipient(other))
    leak, *rest = deliveries.whose_copy(plain(theirs))
    assert leak.delivery == theirs and leak.found.is_sure
    assert not any(each.found.is_sure for each in rest)
    leak, *_ = deliveries.whose_copy(files(mine)["documents/seawall-2026-0001.json"])
    assert leak.delivery == mine and leak.found.is_sure


def test_before_the_first_delivery_nothing_is_anybodys(installation):
    assert deliveries.whose_copy(b"text") == ()


def test_the_ledger_knows_what_was_made_and_each_download(case, vendor):
    row = made(case, recipient(vendor))
    data = deliveries.fetch(row, by=LOCAL, now=NOON + DAY)
    assert hashlib.sha256(data).hexdigest() == row.ciphertext_digest
    deliveries.fetch(row, by=LOCAL, now=NOON + 2 * DAY)
    row.refresh_from_db()
    assert row.fetched_at == NOON + DAY
    told = [event.what for event in Event.objects.filter(on=f"delivery:{row.public_id}")]
    assert told == ["delivery.made", "delivery.fetched", "delivery.fetched"]


def test_a_party_sees_its_own_deliveries_and_the_house_all_of_cases_it_knows(case, vendor, house):
    row = made(case, recipient(vendor))
    bob, ann = actor(lead("Bob", vendor)), actor(lead("Ann", house))
    eve = actor(lead("Eve", party("Eve Inc")))
    assert access.delivery(bob, row.public_id) == access.delivery(ann, row.public_id) == row
    assert access.delivery_to_fetch(bob, row.public_id) == row
    assert access.delivery_at(bob, row.path, digest=row.ciphertext_digest) == row
    for ask in (
        lambda: access.delivery(eve, row.public_id),
        lambda: access.delivery(bob, row.public_id.replace("2026", "2025")),
        lambda: access.delivery_at(bob, row.path, digest="ab" * 32),
        lambda: access.delivery_at(eve, row.path, digest=row.ciphertext_digest),
        lambda: access.recipient(eve, Recipient.objects.get().public_id),
    ):
        with pytest.raises(NotFound):
            ask()
    for ask in (
        lambda: access.delivery_to_fetch(ann, row.public_id),
        lambda: access.delivery_to_fetch(LOCAL, row.public_id),
        lambda: access.delivery_at(ann, row.path, digest=row.ciphertext_digest),
    ):
        with pytest.raises(NotPermitted, match="member of the party"):
            ask()


def test_viewers_download_nothing(case, vendor):
    from parties.members import person

    row = made(case, recipient(vendor))
    vi = person("Vi")
    member(vi, vendor, MemberRole.VIEWER)
    assert access.delivery(actor(vi), row.public_id) == row
    with pytest.raises(NotPermitted):
        access.delivery_to_fetch(actor(vi), row.public_id)


def test_who_is_barred_from_the_case_does_not_learn_of_its_deliveries(case, vendor, house):
    row = made(case, recipient(vendor))
    ann = lead("Ann", house)
    assert access.deliveries(actor(ann), now=NOON).exists()
    read_ins.bar(case, ann, reason="Conflict.", by=LOCAL, now=NOON)
    assert not access.deliveries(actor(ann), now=NOON).exists()
    read_ins.bar(case, vendor, reason="Leaks.", by=LOCAL, now=NOON)
    with pytest.raises(NotFound):
        access.delivery(actor(lead("Bob", vendor)), row.public_id, now=NOON)


def test_who_reads_the_events_of_a_delivery(case, vendor, house):
    row = made(case, recipient(vendor))
    event = Event.objects.get(what="delivery.made")
    vi = _viewer(house)
    assert access.may_read_event(actor(lead("Bob", vendor)), event, NOON)
    assert access.may_read_event(actor(lead("Ann", house)), event, NOON)
    assert not access.may_read_event(vi, event, NOON)
    assert not access.may_read_event(actor(lead("Eve", party("Eve Inc"))), event, NOON)
    event.on = f"other:{row.public_id}"
    assert not access.may_read_event(actor(lead("Ab", house)), event, NOON)


def test_a_case_without_what_was_asked_for_yields_no_copy(case, vendor):
    to = recipient(vendor)
    case.fixes.all().delete()
    with pytest.raises(DeliveryRefused, match="has nothing of patch"):
        made(case, to, wanted=["patch"])
    with pytest.raises(BadInput, match="there is no part everything"):
        made(case, to, wanted=["everything"])


def _other_key() -> str:
    return str(pyrage.x25519.Identity.generate().to_public())


def _viewer(of: Party):
    from parties.members import person

    vi = person(f"Vi of {of.name}")
    member(vi, of, MemberRole.VIEWER)
    return actor(vi)
