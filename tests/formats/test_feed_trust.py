"""trust.json: what is written is read again, and what is not of its form is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from seawall.formats.feed_trust import (
    ReleaseKey,
    Trust,
    TrustedLog,
    TrustedPublisher,
    TrustedWitness,
    read_trust,
    write_trust,
)
from seawall.vocab.errors import BadInput

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = ReleaseKey(key="ab" * 32, starts_at=NOON)
WITNESS = TrustedWitness(name="w", key="w+0123abcd+AQ==", url="https://w.example")
TRUST = Trust(
    publishers=(
        TrustedPublisher(
            slug="seawall",
            name="Séawall",
            namespace="https://seawall.example",
            release_keys=(KEY, replace(KEY, ends_at=NOON + timedelta(days=1))),
        ),
    ),
    log=TrustedLog(
        origin="seawall.example/log",
        key="seawall.example/log+0123abcd+AQ==",
        former_keys=("seawall.example/log+ffffffff+AQ==",),
        url="https://seawall.example/feed/log",
        witnesses=(WITNESS,),
        need=1,
    ),
    openpgp=("AB" * 20,),
)


def test_what_is_written_is_read_again():
    assert read_trust(write_trust(TRUST)) == TRUST
    assert read_trust(write_trust(Trust(publishers=()))) == Trust(publishers=())


def test_a_publisher_is_found_by_its_folder():
    assert TRUST.publisher("seawall") == TRUST.publishers[0]
    assert TRUST.publisher("other") is None


def test_a_key_covers_releases_from_its_first_moment_until_before_its_last():
    key = replace(KEY, ends_at=NOON + timedelta(days=1))
    assert not key.covers(NOON - timedelta(seconds=1))
    assert key.covers(NOON)
    assert not key.covers(NOON + timedelta(days=1))
    assert KEY.covers(NOON + timedelta(days=1000))


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("seawall-trust/1", "seawall-trust/2", "/format"),
        ("ab" * 32, "AB" * 32, "/publishers/seawall/release_keys/0/key"),
        ("2026-11-20T12:00:00Z", "20.11.2026", "/publishers/seawall/release_keys/0/from"),
        ('"need": 1', '"need": 2', "/log/need"),
        ('"need": 1', '"need": true', "/log/need"),
        ("AB" * 20, "AB" * 19, "/openpgp"),
        ('"name": "w"', '"name": 3', "/log/witnesses"),
        ('"name": "Séawall"', '"name": null', "/publishers/seawall/name"),
    ],
)
def test_what_is_not_of_its_form_is_refused(old, new, where):
    text = write_trust(TRUST).decode()
    assert old in text
    with pytest.raises(BadInput) as refused:
        read_trust(text.replace(old, new).encode())
    assert where in refused.value.where


@pytest.mark.parametrize("text", ["[]", '{"format": "seawall-trust/1", "publishers": []}', "x"])
def test_other_json_is_refused(text):
    with pytest.raises(BadInput):
        read_trust(text.encode())
