"""Whatever comes by mail is read within limits, and only what its sender wrote is kept."""

import time
from contextlib import suppress
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.formats.mail_in import MAX_ATTACHMENTS, MAX_BYTES, Mail, read_mail
from seawall.formats.mail_text import answer_in, text_of_html
from seawall.vocab.errors import BadInput

HEAD = b"From: Ann Finder <Ann@Lab.example>\r\nTo: in@cert.example\r\nSubject: Overflow\r\n"


def mail(text: str = "It breaks.", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Ann <ann@lab.example>", "in@cert.example", "Oops"
    made["Message-ID"] = "<m1@lab.example>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def test_a_simple_mail_is_read():
    read = read_mail(bytes(mail("Grüße\n")))
    assert (read.sender, read.sender_name, read.subject) == ("ann@lab.example", "Ann", "Oops")
    assert (read.text, read.message_id, read.automatic) == ("Grüße", "m1@lab.example", "")
    assert read.recipients == ("in@cert.example",)


def test_attachments_are_kept_with_safe_names():
    made = mail()
    for name in ("proof.zip", "../../etc/passwd", "proof.zip", "a\x00b", ".", "Ä.txt"):
        made.add_attachment(b"data", "application", "octet-stream", filename=name)
    names = [each.name for each in read_mail(bytes(made)).attachments]
    assert names[:3] == ["proof.zip", "passwd", "2-proof.zip"]
    assert len(set(names)) == 6 and not any("/" in each or "\0" in each for each in names)


def test_of_alternatives_the_plain_one_is_read():
    made = mail("plain words")
    made.add_alternative("<p>other words</p>", subtype="html")
    read = read_mail(bytes(made))
    assert (read.text, read.attachments) == ("plain words", ())


def test_html_alone_is_read_as_its_words():
    made = mail()
    made.set_content(
        "<head><title>x</title><style>p{}</style></head><p>One &lt;two&gt;</p>"
        "<script>alert(1)</script><div>three<br>four</div><!-- five --><img src=//evil.example>",
        subtype="html",
    )
    assert read_mail(bytes(made)).text == "One <two>\n\nthree\nfour"


@pytest.mark.parametrize(
    ("quoted", "kept"),
    [
        ("Yes.\n\nOn Mon, 23 Nov 2026 at 12:00, Seawall <x@y.example> wrote:\n> No?", "Yes."),
        ("Yes.\n\nOn Mon, 23 Nov 2026 at 12:00,\nSeawall <x@y.example> wrote:\n> No?", "Yes."),
        ("Ja.\n\nAm 23.11.2026 um 12:00 schrieb Seawall:\n> Nein?", "Ja."),
        ("Oui.\n\nLe 23 nov. 2026 à 12:00, Seawall a écrit :\n> Non ?", "Oui."),
        ("Yes.\n\n-----Original Message-----\nFrom: x", "Yes."),
        ("Yes.\n\n________________________________\nFrom: x", "Yes."),
        ("Yes.\n\nFrom: Seawall\nSent: Monday\nTo: Ann\n\nOld", "Yes."),
        ("Yes.\n-- \nAnn\nAcme", "Yes."),
        ("Yes.\n\n-- Write your answer above this line --\n\nOld", "Yes."),
        ("> Is it?\nYes.\n> Sure?\nQuite.", "Yes.\nQuite."),
        ("From: the start it was broken.\nIt is.", "From: the start it was broken.\nIt is."),
        ("On 2026 I wrote a test. It passes.", "On 2026 I wrote a test. It passes."),
        ("> all quoted", "> all quoted"),
    ],
)
def test_only_what_was_written_now_is_kept(quoted, kept):
    assert answer_in(quoted) == kept


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "Auto-Generated; x=y"},
        {"Precedence": "bulk"},
        {"Precedence": "Auto_Reply"},
        {"X_Autoreply": "yes"},
        {"List_Id": "<a.b.example>"},
        {"Return_Path": "<>"},
    ],
)
def test_what_a_program_sent_is_known(headers):
    assert read_mail(bytes(mail(**headers))).automatic


def test_a_person_s_mail_may_say_that_it_is_none():
    assert not read_mail(bytes(mail(Auto_Submitted="no"))).automatic


def test_a_report_about_a_mail_and_a_mail_that_goes_round_are_known():
    bounce = HEAD + b'Content-Type: multipart/report; boundary="b"\r\n\r\n--b\r\n\r\nx\r\n--b--'
    assert "reports" in read_mail(bounce).automatic
    assert "circles" in read_mail(b"Received: x\r\n" * 41 + HEAD + b"\r\nx").automatic


def nested(depth: int) -> bytes:
    return HEAD + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(depth)
    )


HOSTILE = {
    "deep": nested(300),
    "many parts": HEAD + b'Content-Type: multipart/x; boundary="b"\n\n' + b"--b\n" * 3_000_000,
    "many headers": HEAD + b"X: y\n" * 500_000,
    "one long header": HEAD + b"X: " + b"y" * 500_000,
    "no headers": b"x" * 500_000,
    "no sender": b"Subject: x\r\n\r\nx",
    "nobody": b"From: nobody\r\n\r\nx",
    "two senders in one": b"From: a@b@c.example\r\n\r\nx",
    "too large": HEAD + b"\r\n" + b"x" * MAX_BYTES,
    "empty": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_too_much_is_refused_at_once(name):
    began = time.process_time()
    with pytest.raises(BadInput):
        read_mail(HOSTILE[name])
    assert time.process_time() - began < 5


SLOW = {
    "lines in parts": HEAD
    + b'Content-Type: multipart/x; boundary="b"\n\n--b\nContent-Type: multipart/x; boundary="c"\n'
    + b"\n--c\n\n"
    + b"x\n" * 3_000_000,
    "open tags": HEAD + b"Content-Type: text/html\n\n" + b"<" * 900_000,
    "open comments": HEAD + b"Content-Type: text/html\n\n" + b"<!--" * 200_000,
    "open scripts": HEAD + b"Content-Type: text/html\n\n" + b"<script>" * 100_000,
    "attributions": HEAD + b"\n" + b"On " * 300_000,
    "short attributions": HEAD + b"\n" + b"On a\n" * 200_000,
    "encoded words": HEAD + b"Comments: " + b"=?utf-8?q?a?=" * 9000 + b"\n\nx",
    "comments": b"From: " + b"(" * 60_000 + b"a@b.example\n\nx",
    "comments of others": HEAD + b"Cc: " + b"(" * 60_000 + b"\n\nx",
    "addresses": HEAD + b"Cc: " + b"a,<" * 40_000 + b"\n\nx",
    "parameters": HEAD + b"Content-Type: text/plain; " + b"a*0*=x;" * 15_000 + b"\n\nx",
    "names": HEAD + b"Content-Disposition: attachment; " + b"filename*1*=%41;" * 7000 + b"\n\nx",
    "boundary of signs": HEAD + b'Content-Type: multipart/x; boundary="((((("\n\n--(((((\n\nx',
    "unknown charset": HEAD + b"Content-Type: text/plain; charset=x-evil\n\n\xff",
    "charset that is none": HEAD + b"Content-Type: text/plain; charset=base64\n\nAAAA",
    "broken base64": HEAD + b"Content-Transfer-Encoding: base64\n\nA",
    "broken words": b"From: =?x?q?=ff?= <a@b.example>\nSubject: =?utf-8?b?A?=\n\nx",
    "bytes": b"From: \xff\xfe <a@b.example>\nSubject: \xff\n\n\xff",
}


@pytest.mark.parametrize("name", SLOW)
def test_what_was_made_to_be_slow_is_read_in_a_moment(name):
    began = time.process_time()
    assert isinstance(read_mail(SLOW[name]), Mail)
    assert time.process_time() - began < 5


def test_what_is_too_many_files_is_left_out_and_said():
    made = mail()
    for number in range(MAX_ATTACHMENTS + 3):
        made.add_attachment(b"x", "application", "octet-stream", filename=f"{number}.bin")
    read = read_mail(bytes(made))
    assert (len(read.attachments), len(read.left_out)) == (MAX_ATTACHMENTS, 3)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_mail_or_refused(data):
    with suppress(BadInput):
        read_mail(b"From: a@b.example\n" + data)


@given(st.binary(max_size=300), st.sampled_from(["base64", "quoted-printable", "8bit", "x"]))
def test_any_content_in_any_encoding_is_read(data, encoding):
    head = f"Content-Transfer-Encoding: {encoding}\nContent-Type: text/html; charset=utf-16\n\n"
    assert isinstance(read_mail(HEAD.replace(b"\r", b"") + head.encode() + data), Mail)


@given(st.text(max_size=200))
def test_words_of_html_hold_no_tags_that_were_closed(text):
    assert "<b>" not in text_of_html(f"<b>{text.replace('&', '')}</b>").replace(text, "")


@given(st.binary(min_size=1, max_size=2000))
def test_an_attachment_comes_out_as_it_went_in(data):
    made = mail()
    made.add_attachment(data, "application", "octet-stream", filename="x.bin")
    kept = read_mail(bytes(made)).attachments
    assert [each.data for each in kept] == ([data] if data.strip() else [])


def test_our_own_digest_is_known_as_a_program_s():
    from formats.test_mail_out import LINE, digest
    from seawall.formats.mail_out import write_digest

    read = read_mail(write_digest(digest(LINE)))
    assert read.automatic and "C-2026-000001" in read.text
