"""The public log over HTTP: standard addresses, kept by everybody, about nobody who asks."""

import gzip
from datetime import UTC, datetime

import pytest
from django.test import Client

from seawall.ledger import checkpoints, tiles
from seawall.ledger.actions import Said, record_all
from seawall.vocab.actors import LOCAL

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
YEAR = "public, max-age=31536000, immutable"

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(home):
    """A log of 300 events and its newest checkpoint."""
    record_all(by=LOCAL, events=[Said(what="test.done", on="t:1") for _ in range(300)], at=NOON)
    return checkpoints.sign(now=NOON)


def get(path: str, status: int = 200, **headers: str):
    response = Client().get(f"/log/{path}", headers=headers)
    assert response.status_code == status
    return response


def test_the_checkpoint_is_text_that_is_not_kept_for_long(signed):
    response = get("checkpoint")
    assert response.content.decode() == signed.text
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=5"


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"])
def test_tiles_are_bytes_that_never_change(signed, path):
    response = get(path)
    assert response.content == dict(tiles.files(300))[path]
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Cache-Control"] == YEAR


def test_bundles_are_packed_for_who_can_unpack_them(signed):
    plain, packed = get("tile/entries/000"), get("tile/entries/000", **{"Accept-Encoding": "gzip"})
    assert plain.content == dict(tiles.files(300))["tile/entries/000"]
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    for response in (plain, packed):
        assert "Accept-Encoding" in response.headers["Vary"]
        assert response.headers["Cache-Control"] == YEAR


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000", "tile/entries/001.p/44"])
def test_the_log_knows_nobody(signed, path):
    response = get(path)
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert Client().post(f"/log/{path}").status_code == 405


def test_who_asks_is_not_looked_up(signed, count_queries):
    """Neither does a cookie cost anything, nor can it change an answer that others keep."""
    plain, known = Client(), Client()
    known.cookies["seawall_session"] = "x" * 32
    calls = [lambda c=client: c.get("/log/checkpoint") for client in (plain, known)]
    assert count_queries(calls[0]) == count_queries(calls[1])


@pytest.mark.parametrize(
    "path",
    (
        *("tile/0/001", "tile/0/001.p/45", "tile/00/000", "tile/0/0", "tile/64/000.p/1"),
        *("tile/100/000.p/1", "tile/-1/000", "tile/x/000", "tile/٠/000", "tile/0/x000/000"),
        *("tile/0/000.p/256", "tile/0/000.p/0", "tile/0/002.p/1", "tile/2/000.p/1"),
        *("tile/entries/0", "tile/entries/001", "tile/entries/001.p/45", "tile/0/../checkpoint"),
    ),
)
def test_there_is_nothing_else(signed, path):
    get(path, 404)


def test_there_is_no_checkpoint_before_the_first(home):
    get("checkpoint", 404)
