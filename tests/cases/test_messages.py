"""Messages and files of a room: who may write what, and who reads and fetches what."""

from datetime import timedelta

import pytest
from django.db import connection

from cases.roomwork import bring, embargoed, fresh, house, party, person_of, proven, said, somebody
from seawall.cases import messages, read_ins
from seawall.cases.actions import CaseRefused
from seawall.cases.messages import MAX_FILE_BYTES, MAX_TEXT, Upload
from seawall.cases.models import Case, Message
from seawall.parties import sealing
from seawall.parties.access import NotFound
from seawall.vocab.access import MemberRole, Part, Tier
from seawall.vocab.actors import LOCAL, PUBLIC
from seawall.vocab.errors import BadInput
from seawall.vocab.tlp import Tlp
from validation.records import NOON

SECRET = "the format method leaves the sandbox"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def case() -> Case:
    house()
    made = proven(reporter="Ann Lab")
    bring(made, party("Pallets"), Part.VENDOR)
    return made


def people():
    return {
        "lena": somebody("Lena", house()),
        "vito": somebody("Vito", house(), MemberRole.VIEWER),
        "vera": somebody("Vera", party("Pallets")),
        "ann": somebody("Ann", party("Ann Lab")),
        "stranger": somebody("Sid", party("Other Inc")),
        "public": PUBLIC,
    }


def readers(case: Case, at=NOON) -> set[str]:
    return {
        name
        for name, who in people().items()
        if any(SECRET in each.text for each in messages.messages_for(fresh(case), by=who, now=at))
    }


@pytest.mark.parametrize(
    ("tier", "who"),
    [
        (Tier.T0, {"lena", "vito", "vera", "ann"}),
        (Tier.T1, {"lena", "vito", "vera", "ann"}),
        (Tier.T2, {"lena", "vera"}),
        (Tier.T3, {"lena", "vera"}),
    ],
)
def test_a_message_is_read_by_those_who_read_to_its_tier(case, tier, who):
    messages.write(case, SECRET, tier=tier, by=LOCAL, now=NOON)
    assert readers(case) == who


def test_a_stricter_marking_keeps_others_out_but_not_the_writer(case):
    vera = people()["vera"]
    made = messages.write(case, SECRET, tlp=Tlp.RED, by=vera, now=NOON)
    assert readers(case) == {"vera"}
    read_ins.read_in(
        case,
        person_of(people()["lena"]),
        Tier.T2,
        reason="So.",
        until=NOON + timedelta(days=1),
        by=LOCAL,
        now=NOON,
    )
    assert readers(case) == {"vera", "lena"}
    (said_to_her,) = messages.messages_for(fresh(case), by=vera, now=NOON)
    assert (said_to_her.row, said_to_her.tlp) == (made, Tlp.RED)


def test_a_message_is_never_more_open_than_the_case(case):
    with pytest.raises(CaseRefused, match="a part of it cannot be TLP:GREEN"):
        messages.write(case, SECRET, tlp=Tlp.GREEN, by=LOCAL, now=NOON)


def test_nobody_writes_to_those_who_read_more_than_they_do(case):
    with pytest.raises(CaseRefused, match="cannot write to T2 only"):
        messages.write(case, SECRET, tier=Tier.T2, by=people()["ann"], now=NOON)


def test_who_is_not_bound_by_the_embargo_reads_no_message_of_detail(case):
    messages.write(case, SECRET, tier=Tier.T1, by=LOCAL, now=NOON)
    embargoed(case)
    assert readers(case) == {"lena", "vito"}


def test_the_writers_party_is_said_and_can_be_chosen(case):
    lena = people()["lena"]
    assert messages.write(case, "A", by=lena, now=NOON).party == house()
    assert messages.write(case, "B", by=people()["vera"], now=NOON).party.name == "Pallets"
    assert messages.write(case, "C", by=LOCAL, now=NOON).party == house()


@pytest.mark.parametrize("text", ["", "  \n ", "\x00\x07", "x" * (MAX_TEXT + 1)])
def test_a_message_has_words_and_not_too_many(case, text):
    with pytest.raises(BadInput):
        messages.write(case, text, by=LOCAL, now=NOON)


def test_control_characters_are_left_out(case):
    made = messages.write(case, "a\x1b[31mb\u202ec\nd", by=LOCAL, now=NOON)
    assert Message.objects.get(pk=made.pk).text == "a[31mbc\nd"


def test_what_comes_by_the_same_mail_twice_is_one_message(case):
    one = messages.write(case, "A", by=LOCAL, now=NOON, mail_id="<1@x>")
    assert messages.write(case, "A", by=LOCAL, now=NOON, mail_id="<1@x>") == one
    assert said(case).count("case.message_posted") == 1


def test_neither_the_database_nor_the_ledger_holds_the_words(case):
    messages.write(case, SECRET, by=LOCAL, now=NOON, files=[Upload(name="a", data=b"bytes")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM cases_message")
        assert SECRET.encode() not in bytes(cursor.fetchone()[0])
        cursor.execute("SELECT entry FROM ledger_event")
        assert not any(SECRET in row[0] for row in cursor.fetchall())


def test_a_message_moved_to_another_case_does_not_open(case):
    made = messages.write(case, SECRET, by=LOCAL, now=NOON)
    other = proven("B", reporter="Bo Lab")
    messages.write(other, "x", by=LOCAL, now=NOON)
    Message.objects.filter(pk=made.pk).update(case=other)
    with pytest.raises(sealing.Damaged):
        _ = Message.objects.get(pk=made.pk).text


def test_files_come_back_whole_under_a_safe_name_as_what_they_are(case):
    data = b"<script>alert(1)</script>"
    made = messages.attach(case, Upload(name="../x/evil.html", data=data), by=LOCAL, now=NOON)
    assert (made.name, made.media_type, made.size_bytes) == ("evil.html", "text/plain", len(data))
    found = messages.file_for(fresh(case), made.public_id, by=people()["vera"], now=NOON)
    assert messages.content_of(found, by=people()["vera"], now=NOON) == data


def test_a_file_is_hidden_from_those_below_its_tier_as_if_absent(case):
    made = messages.attach(case, Upload(name="a", data=b"x"), tier=Tier.T2, by=LOCAL, now=NOON)
    ann = people()["ann"]
    assert messages.files_for(fresh(case), by=ann, now=NOON) == []
    with pytest.raises(NotFound) as hidden:
        messages.file_for(fresh(case), made.public_id, by=ann, now=NOON)
    with pytest.raises(NotFound) as absent:
        messages.file_for(fresh(case), "FILE-2026-999999", by=ann, now=NOON)
    shown = str(hidden.value).replace(made.public_id, "FILE-2026-999999")
    assert shown == str(absent.value)


def test_a_file_of_a_message_goes_with_the_message(case):
    vera, lena = people()["vera"], people()["lena"]
    upload = Upload(name="a.txt", data=b"x")
    made = messages.write(case, "See.", tlp=Tlp.RED, files=[upload], by=vera, now=NOON)
    name = made.files.get().public_id
    assert messages.file_for(fresh(case), name, by=vera, now=NOON)
    with pytest.raises(NotFound):
        messages.file_for(fresh(case), name, by=lena, now=NOON)


def test_files_are_bounded_each_and_together(case, monkeypatch):
    with pytest.raises(BadInput, match="may take 25 MiB"):
        messages.attach(
            case, Upload(name="a", data=b"x" * (MAX_FILE_BYTES + 1)), by=LOCAL, now=NOON
        )
    with pytest.raises(BadInput, match="empty"):
        messages.attach(case, Upload(name="a", data=b""), by=LOCAL, now=NOON)
    monkeypatch.setattr(messages, "MAX_ROOM_BYTES", 10)
    messages.attach(case, Upload(name="a", data=b"x" * 6), by=LOCAL, now=NOON)
    with pytest.raises(CaseRefused, match="together"):
        messages.attach(case, Upload(name="b", data=b"x" * 6), by=LOCAL, now=NOON)


def test_what_is_refused_leaves_nothing_behind(case):
    before = len(said(case))
    with pytest.raises(BadInput):
        messages.write(case, "A", files=[Upload(name="a", data=b"")], by=LOCAL, now=NOON)
    assert not Message.objects.exists()
    assert len(said(case)) == before
