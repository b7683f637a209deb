"""Calls out: to the address that was vetted, within limits, saying no secrets."""

import logging
import time

import httpcore
import pytest

from outbound.servers import Reply, certificate, dripping, serving
from seawall.outbound.client import Caps, Internal, Outbound
from seawall.outbound.errors import OutboundFailed, OutboundRefused

OK = b"HTTP/1.1 200 OK\r\n"


def test_a_call_arrives_as_it_was_made():
    with serving(Reply(status=201, headers={"X-One": "1"}, body=b"made")) as server:
        answer = server.outbound().request(
            "POST", f"{server.url}/a?b=c", headers={"Authorization": "Token t"}, body=b"body"
        )
    (got,) = server.got
    assert (got.method, got.path, got.body) == ("POST", "/a?b=c", b"body")
    assert got.headers["authorization"] == "Token t"
    assert got.headers["host"] == f"127.0.0.1:{server.port}"
    assert (answer.status, answer.headers["x-one"], answer.body) == (201, "1", b"made")


def test_this_machine_is_not_called_unless_the_caller_was_told_of_it():
    with serving() as server:
        for outbound in (
            Outbound(),
            Outbound(internal=[Internal(host="127.0.0.1", port=server.port)]),
            Outbound(internal=[Internal(host="127.0.0.1", port=server.port + 1, plain=True)]),
        ):
            with pytest.raises(OutboundRefused):
                outbound.request("GET", server.url)
    assert server.got == []


@pytest.fixture
def connections(monkeypatch):
    """The addresses that connections were opened to; none is opened."""
    opened = []

    def connect_tcp(self, host, port, **more):
        opened.append((host, port))
        raise httpcore.ConnectError

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect_tcp)
    return opened


def test_a_name_that_changes_its_mind_is_called_where_it_was_vetted(connections):
    answers = [["93.184.215.14"], ["127.0.0.1"], ["127.0.0.1"]]
    outbound = Outbound(resolver=lambda host, port: answers.pop(0))
    with pytest.raises(OutboundFailed, match=r"rebind\.example: no connection"):
        outbound.request("GET", "https://rebind.example/")
    assert connections == [("93.184.215.14", 443)]
    assert len(answers) == 2


@pytest.mark.parametrize(
    "found",
    [["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["::1"], ["::ffff:93.184.215.14"], ["x"]],
)
def test_a_name_with_any_special_address_is_not_called(connections, found):
    outbound = Outbound(resolver=lambda host, port: found)
    with pytest.raises(OutboundRefused, match=r"evil\.example is not called"):
        outbound.request("GET", "https://evil.example/")
    assert connections == []


def test_a_name_without_an_address_can_be_tried_again(connections):
    for resolver in (lambda host, port: [], lambda host, port: (_ for _ in ()).throw(OSError())):
        with pytest.raises(OutboundFailed, match="has no address") as failed:
            Outbound(resolver=resolver).request("GET", "https://gone.example/")
        assert not failed.value.sent


def test_only_the_hosts_that_are_listed_are_called(connections):
    outbound = Outbound(only=frozenset({"api.example"}), resolver=lambda h, p: ["93.184.215.14"])
    with pytest.raises(OutboundRefused, match="not among the hosts"):
        outbound.request("GET", "https://other.example/")
    with pytest.raises(OutboundFailed):
        outbound.request("GET", "https://api.example/")
    assert connections == [("93.184.215.14", 443)]


def test_tls_is_checked_against_the_name_and_not_the_address(tmp_path):
    theirs, ours = certificate(tmp_path, name="api.example")

    def calling(host: str) -> Outbound:
        internal = [Internal(host=host, port=server.port)]
        return Outbound(
            internal=internal, tls=ours, caps=Caps(seconds=5), resolver=lambda h, p: ["127.0.0.1"]
        )

    with serving(Reply(body=b"safe"), tls=theirs) as server:
        answer = calling("api.example").request("GET", f"https://api.example:{server.port}/")
        with pytest.raises(OutboundFailed, match="the TLS connection was not accepted"):
            calling("other.example").request("GET", f"https://other.example:{server.port}/")
    assert answer.body == b"safe"
    assert [got.headers["host"] for got in server.got] == [f"api.example:{server.port}"]


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path):
    theirs, _ = certificate(tmp_path, name="127.0.0.1")
    with (
        serving(tls=theirs) as server,
        pytest.raises(OutboundFailed, match="the TLS connection was not accepted"),
    ):
        server.outbound().request("GET", server.url)


def test_a_redirect_is_an_answer():
    with serving(Reply(status=302, headers={"Location": "http://127.0.0.1:1/"})) as server:
        answer = server.outbound().request("GET", server.url)
    assert (answer.status, answer.ok, len(server.got)) == (302, False, 1)


def test_proxies_of_the_environment_take_no_part(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(Reply(body=b"direct")) as server:
        assert server.outbound().request("GET", server.url).body == b"direct"


SLOW_HEADERS = dripping(OK, b"X: y\r\n", times=200, pause=0.02)
SLOW_BODY = dripping(OK + b"Content-Length: 999\r\n\r\n", b"x", times=200, pause=0.02)
NEVER = dripping(b"", b"", times=1, pause=1.0)


@pytest.mark.parametrize("raw", [SLOW_HEADERS, SLOW_BODY, NEVER])
def test_the_whole_call_ends_at_its_deadline_however_the_answer_drips(raw):
    with serving(Reply(raw=raw)) as server:
        began = time.monotonic()
        with pytest.raises(OutboundFailed, match=r"no answer within 0\.3 seconds") as failed:
            server.outbound(caps=Caps(seconds=0.3)).request("GET", server.url)
        assert time.monotonic() - began < 0.9
    assert failed.value.sent


ENDLESS = dripping(
    OK + b"Transfer-Encoding: chunked\r\n\r\n",
    b"400\r\n" + b"x" * 1024 + b"\r\n",
    times=10_000,
    pause=0,
)
LONG_HEADERS = dripping(
    OK + b"".join(b"X-%d: y\r\n" % n for n in range(2000)) + b"\r\n", b"", times=1, pause=0
)
ONE_LONG_HEADER = dripping(OK, b"X" * 4096, times=200, pause=0)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (ENDLESS, "an answer of more than 10000 bytes"),
        (LONG_HEADERS, "headers of more than 4000 bytes"),
        (ONE_LONG_HEADER, "the answer is no HTTP"),
    ],
)
def test_an_answer_that_is_too_large_is_not_read_to_its_end(raw, why):
    with serving(Reply(raw=raw)) as server, pytest.raises(OutboundFailed, match=why):
        caps = Caps(seconds=5, body_bytes=10_000, header_bytes=4_000)
        server.outbound(caps=caps).request("GET", server.url)


def test_an_answer_is_not_unpacked():
    packed = b"\x1f\x8b" + b"\0" * 30
    with serving(Reply(headers={"Content-Encoding": "gzip"}, body=packed)) as server:
        assert server.outbound().request("GET", server.url).body == packed
    assert server.got[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "raw", [dripping(b"hello\r\n\r\n", b"", times=1, pause=0), dripping(b"", b"", times=0, pause=0)]
)
def test_what_is_no_http_is_a_failure_that_may_have_been_sent(raw):
    with serving(Reply(raw=raw)) as server, pytest.raises(OutboundFailed) as failed:
        server.outbound().request("POST", server.url, body=b"x")
    assert failed.value.sent


def test_nobody_listens():
    with serving() as server:
        outbound, url = server.outbound(), server.url
    with pytest.raises(OutboundFailed, match="no connection") as failed:
        outbound.request("GET", url)
    assert not failed.value.sent


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "Connection"])
def test_the_connection_s_own_headers_are_not_the_callers(name):
    with pytest.raises(ValueError, match="set by the client"):
        Outbound(resolver=lambda h, p: ["93.184.215.14"]).request(
            "GET", "https://a.example/", headers={name: "x"}
        )


def test_a_header_cannot_begin_a_second_one():
    with pytest.raises(ValueError, match="would break the request"):
        Outbound(resolver=lambda h, p: ["93.184.215.14"]).request(
            "GET", "https://a.example/", headers={"X": "a\r\nY: b"}
        )


def test_no_secret_is_said_in_errors_or_logs(caplog):
    caplog.set_level(logging.DEBUG)
    with serving(Reply(raw=NEVER)) as server, pytest.raises(OutboundFailed) as failed:
        server.outbound(caps=Caps(seconds=0.2)).request(
            "POST",
            f"{server.url}/hook?key=QUERYSECRET",
            headers={"Authorization": "Bearer HEADERSECRET"},
            body=b"BODYSECRET",
        )
    said = caplog.text + repr(failed.value) + str(failed.value.__cause__)
    assert "SECRET" not in said
