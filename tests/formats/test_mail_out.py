"""A digest is a sound mail that holds only what its lines hold, whatever these say."""

import email
from datetime import UTC, datetime
from email import policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.formats.mail_out import Digest, DigestLine, write_digest

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LINE = DigestLine(id="C-2026-000001", sentence="the fix is ready", title="Überlauf")


def digest(*lines: DigestLine, **more) -> Digest:
    given = {
        "to_address": "ann@acme.example",
        "to_name": "Ann",
        "sender": "seawall@house.example",
        "sender_name": "Test CERT",
        "message_id": "msg_1@house.example",
        "at": NOON,
        "lines": lines,
        "more": 0,
        "sign_in": "https://seawall.example",
        "off": "https://seawall.example/preferences",
    }
    return Digest(**(given | more))


def read(raw: bytes):
    return email.message_from_bytes(raw, policy=policy.default)


def test_a_mail_is_seven_bit_with_line_ends_of_the_standard():
    raw = write_digest(digest(LINE))
    assert raw.isascii() and b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    mail = read(raw)
    assert "Überlauf" in mail.get_content()
    assert mail["Date"] == "Mon, 23 Nov 2026 12:00:00 +0000"


def test_a_thing_that_may_not_be_named_is_not():
    mail = read(write_digest(digest(DigestLine())))
    assert mail["Subject"] == "Something new for you"
    assert mail.get_content().startswith("There is something new for you.")
    assert mail["References"] is None


def test_beside_named_things_the_unnamed_one_is_only_mentioned():
    mail = read(write_digest(digest(LINE, DigestLine())))
    assert mail["Subject"] == "2 things are new"
    assert "Sign in to read it." in mail.get_content()


def test_what_is_too_much_is_counted():
    assert "And 7 more." in read(write_digest(digest(LINE, more=7))).get_content()


def test_an_answer_goes_to_the_address_of_the_case():
    given = digest(LINE, thread=LINE.id, answer_to="in+c1-u1-x@house.example")
    mail = read(write_digest(given))
    assert mail["Reply-To"] == "in+c1-u1-x@house.example"
    assert mail.get_content().startswith("-- Write your answer above this line --")


@given(name=st.text(max_size=80), title=st.text(max_size=200))
def test_no_name_and_no_title_adds_a_header_or_an_address(name, title):
    line = DigestLine(id="C-1", sentence="s", title=title)
    mail = read(write_digest(digest(line, to_name=name, sender_name=name)))
    assert set(mail.keys()) == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "List-Unsubscribe",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    }
    assert [each.addr_spec for each in mail["To"].addresses] == ["ann@acme.example"]
    assert [each.addr_spec for each in mail["From"].addresses] == ["seawall@house.example"]


@pytest.mark.parametrize("address", ["nobody", "a@b\r\nBcc: c@d.example", "a b@c.example"])
def test_what_is_no_address_gets_no_mail(address):
    with pytest.raises(ValueError):
        write_digest(digest(LINE, to_address=address))
