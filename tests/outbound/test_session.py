"""Many files from one host: open connections, limits on each answer, no way elsewhere."""

import gzip
import zlib

import pytest

from client.mirrors import serve
from outbound.servers import Reply, dripping, serving
from seawall.outbound.client import Internal, Outbound
from seawall.outbound.errors import OutboundFailed, OutboundRefused
from seawall.outbound.session import Session, TooMuch, TooSlow


def session(server, **more) -> Session:
    return Session(base=f"{server.url}/", outbound=server.outbound(), **more)


@pytest.fixture
def get():
    """Get one file of a server, with the session closed after."""
    made = []

    def once(server, path="/x", *, limit=1000, seconds=5.0):
        one = session(server)
        made.append(one)
        return one.get(f"{server.url}{path}", limit=limit, seconds=seconds)

    yield once
    for one in made:
        one.close()


def test_a_file_and_what_it_took(get):
    with serving(Reply(body=b"abc")) as server:
        got = get(server)
    assert (got.status, got.body, got.received) == (200, b"abc", 3)
    assert server.got[0].headers["accept-encoding"] == "gzip"


def test_a_packed_file_is_unpacked_and_counted_as_it_came(get):
    packed = gzip.compress(b"a" * 900)
    with serving(Reply(body=packed, headers={"Content-Encoding": "gzip"})) as server:
        got = get(server)
    assert (got.body, got.received) == (b"a" * 900, len(packed))


def test_what_is_not_200_is_a_status_without_a_body(get):
    with serving(Reply(status=404, body=b"nothing here")) as server:
        got = get(server)
    assert (got.status, got.body) == (404, b"")


@pytest.mark.parametrize("limit, fits", [(3, True), (2, False)])
def test_the_limit_is_exact(get, limit, fits):
    with serving(Reply(body=b"abc")) as server:
        if fits:
            assert get(server, limit=limit).body == b"abc"
        else:
            with pytest.raises(TooMuch):
                get(server, limit=limit)


@pytest.mark.parametrize("limit, fits", [(3, True), (2, False)])
def test_the_limit_is_exact_when_unpacked(get, limit, fits):
    reply = Reply(body=gzip.compress(b"abc"), headers={"Content-Encoding": "gzip"})
    with serving(reply) as server:
        if fits:
            assert get(server, limit=limit).body == b"abc"
        else:
            with pytest.raises(TooMuch):
                get(server, limit=limit)


@pytest.mark.parametrize(
    "coding, body",
    [
        ("br", b"abc"),
        ("deflate", zlib.compress(b"abc")),
        ("gzip, gzip", gzip.compress(gzip.compress(b"abc"))),
    ],
    ids=["br", "deflate", "twice"],
)
def test_a_packing_that_nobody_asked_for_is_refused(get, coding, body):
    with (
        serving(Reply(body=body, headers={"Content-Encoding": coding})) as server,
        pytest.raises(OutboundRefused, match="packing"),
    ):
        get(server)


@pytest.mark.parametrize(
    "body, says",
    [
        (b"no gzip", "broken"),
        (gzip.compress(b"abc")[:-3], "cut off"),
        (gzip.compress(b"abc") + gzip.compress(b"def"), "more than one"),
        (gzip.compress(b"abc") + b"tail", "more than one"),
    ],
    ids=["no gzip", "cut off", "two", "a tail"],
)
def test_a_packed_answer_that_is_not_whole_and_alone(get, body, says):
    with (
        serving(Reply(body=body, headers={"Content-Encoding": "gzip"})) as server,
        pytest.raises(OutboundFailed, match=says),
    ):
        get(server)


def test_drops_do_not_stretch_the_time(get):
    drip = dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x", times=200, pause=0.02)
    with serving(Reply(raw=drip)) as server, pytest.raises(TooSlow, match="not complete within"):
        get(server, seconds=0.3)


def test_an_answer_that_ends_too_early(get):
    with (
        serving(
            Reply(raw=lambda file: file.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"))
        ) as server,
        pytest.raises(OutboundFailed, match="no HTTP"),
    ):
        get(server)


def test_a_connection_stays_open_and_is_opened_again_when_the_server_closed_it(tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    with serve(tmp_path) as mirror:
        here = Internal(host="127.0.0.1", port=mirror.port, plain=True)
        one = Session(base=f"{mirror.url}/", outbound=Outbound(internal=[here]))
        for _ in range(3):
            assert one.get(f"{mirror.url}/x", limit=10, seconds=5).body == b"abc"
        assert len(mirror.connections) == 1
        one.close()
        assert one.get(f"{mirror.url}/x", limit=10, seconds=5).body == b"abc"
        assert len(mirror.connections) == 2
        one.close()


def test_a_server_that_closes_after_each_answer_is_asked_anew():
    with serving(Reply(body=b"abc")) as server:
        one = session(server)
        for _ in range(3):
            assert one.get(f"{server.url}/x", limit=10, seconds=5).body == b"abc"
        one.close()


def test_another_host_or_port_is_never_asked():
    with serving(Reply(body=b"abc")) as server, serving(Reply(body=b"other")) as other:
        one = session(server)
        for url in (f"{other.url}/x", f"http://localhost:{server.port}/x", "https://127.0.0.1/x"):
            with pytest.raises(OutboundRefused):
                one.get(url, limit=10, seconds=5)
        assert other.got == []
        one.close()


def test_a_host_that_may_not_be_called_has_no_session():
    with pytest.raises(OutboundRefused):
        Session(base="http://127.0.0.1:8000/", outbound=Outbound())
