"""Webhooks are genuine, fresh and whole, or not taken."""

from datetime import UTC, datetime, timedelta

import pytest

from seawall.outbound.webhooks import (
    TOLERANCE,
    NotGenuine,
    new_secret,
    signed_headers,
    verify,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BODY = b'{"type":"case.changed"}'
SECRET = new_secret()


def signed(**more):
    given = {"id": "msg_1", "at": NOON, "secrets": [SECRET]} | more
    return signed_headers(BODY, **given)


def test_the_example_of_the_standard_s_libraries_is_signed_alike():
    headers = signed_headers(
        b'{"test": 2432232314}',
        id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, UTC),
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_genuine_webhook_is_taken():
    assert verify(BODY, signed(), secret=SECRET, now=NOON + TOLERANCE) == "msg_1"


def test_names_of_headers_may_be_written_in_any_case():
    headers = {name.title(): value for name, value in signed().items()}
    assert verify(BODY, headers, secret=SECRET, now=NOON) == "msg_1"


@pytest.mark.parametrize(
    "age", [TOLERANCE + timedelta(seconds=1), -TOLERANCE - timedelta(seconds=1)]
)
def test_an_old_one_and_one_from_the_future_are_not(age):
    with pytest.raises(NotGenuine, match="timestamp"):
        verify(BODY, signed(), secret=SECRET, now=NOON + age)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": str(int(NOON.timestamp()) + 1)},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""},
        {"webhook-id": ""},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "²"},
        {"webhook-timestamp": "9" * 50},
    ],
)
def test_a_changed_header_is_noticed(change):
    with pytest.raises(NotGenuine):
        verify(BODY, signed() | change, secret=SECRET, now=NOON)


def test_a_changed_body_and_another_secret_are_noticed():
    with pytest.raises(NotGenuine):
        verify(BODY + b" ", signed(), secret=SECRET, now=NOON)
    with pytest.raises(NotGenuine):
        verify(BODY, signed(), secret=new_secret(), now=NOON)


def test_another_version_of_signature_is_not_read_as_this_one():
    headers = signed()
    headers["webhook-signature"] = headers["webhook-signature"].replace("v1,", "v1a,")
    with pytest.raises(NotGenuine):
        verify(BODY, headers, secret=SECRET, now=NOON)


def test_while_a_secret_is_changed_both_are_good():
    newer = new_secret()
    headers = signed(secrets=[newer, SECRET])
    assert verify(BODY, headers, secret=SECRET, now=NOON) == "msg_1"
    assert verify(BODY, headers, secret=newer, now=NOON) == "msg_1"


@pytest.mark.parametrize("id", ["", "a.b", "a b", "a\r\nb"])
def test_an_id_that_could_move_the_border_is_not_signed(id):
    with pytest.raises(ValueError, match="without dots"):
        signed(id=id)
