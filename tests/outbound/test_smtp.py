"""Handing a mail over: encrypted, with a login only then, and knowing what may go better later."""

import pytest

from notices.mailbox import mailbox
from outbound.servers import certificate, serving
from seawall.outbound.errors import OutboundFailed, OutboundRefused
from seawall.outbound.smtp import MailServer, Security

MAIL = b"From: a@a.example\r\nTo: b@b.example\r\nSubject: x\r\n\r\nHello\r\n"


def send(port: int, **more) -> None:
    given = {"host": "127.0.0.1", "port": port, "seconds": 5.0} | more
    MailServer(**given).send(MAIL, sender="a@a.example", recipient="b@b.example")


def test_by_default_the_connection_is_upgraded_and_the_server_known(tmp_path):
    theirs, ours = certificate(tmp_path, name="127.0.0.1")
    with mailbox(tls=theirs, login=("us", "SECRET")) as box:
        send(box.port, tls=ours, user="us", password="SECRET")
    ((sender, recipients, content),) = box.got
    assert (sender, recipients) == ("a@a.example", ["b@b.example"])
    assert content.startswith(b"From: a@a.example")


def test_a_server_that_nobody_vouches_for_gets_nothing(tmp_path):
    theirs, _ = certificate(tmp_path, name="127.0.0.1")
    with mailbox(tls=theirs) as box, pytest.raises(OutboundRefused, match="TLS"):
        send(box.port)
    assert box.got == []


def test_a_server_of_another_name_gets_nothing(tmp_path):
    theirs, ours = certificate(tmp_path, name="mail.example")
    with mailbox(tls=theirs) as box, pytest.raises(OutboundRefused, match="TLS"):
        send(box.port, tls=ours)
    assert box.got == []


def test_a_server_without_encryption_gets_nothing():
    with mailbox() as box, pytest.raises(OutboundRefused, match="no encryption"):
        send(box.port)
    assert box.got == []


def test_a_password_is_not_sent_over_an_open_connection():
    with mailbox() as box, pytest.raises(OutboundRefused, match="open connection"):
        send(box.port, security=Security.NONE, user="us", password="SECRET")
    assert box.got == []


def test_a_wrong_password_is_said_without_it(tmp_path):
    theirs, ours = certificate(tmp_path, name="127.0.0.1")
    with (
        mailbox(tls=theirs, login=("us", "right")) as box,
        pytest.raises(OutboundRefused) as refused,
    ):
        send(box.port, tls=ours, user="us", password="WRONGSECRET")
    assert "535" in str(refused.value) and "WRONGSECRET" not in repr(refused.value)


@pytest.mark.parametrize(
    ("answer", "error"), [("451 Later", OutboundFailed), ("554 Never", OutboundRefused)]
)
def test_an_answer_tells_whether_to_try_again(answer, error):
    with mailbox() as box:
        box.answers.append(answer)
        with pytest.raises(error, match=answer[:3]):
            send(box.port, security=Security.NONE)


def test_a_server_that_is_not_there_is_tried_again():
    with mailbox() as box:
        port = box.port
    with pytest.raises(OutboundFailed):
        send(port, security=Security.NONE)


def test_what_is_no_mail_server_is_tried_again():
    with serving() as server, pytest.raises(OutboundFailed):
        send(server.port, security=Security.NONE, seconds=0.5)


def test_the_password_is_not_shown():
    assert "SECRET" not in repr(MailServer(host="h", user="u", password="SECRET"))
