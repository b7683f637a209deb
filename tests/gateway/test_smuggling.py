"""Requests that two readers could read in two ways: none is served, none reaches the model."""

import json
import random
import socket
from collections.abc import Callable

import pytest

from gateway.world import Holder, Running, chat
from seawall.gateway.strict_json import BadJson, read_object, write
from seawall.gateway.wire import BadAnswer, BadRequest, Chunks, read_answer, read_request

PATH = "/v1/chat/completions"


def send(house: Running, data: bytes) -> bytes:
    """Everything that comes back on a connection that sends `data`, until it is closed or quiet."""
    with socket.create_connection(("127.0.0.1", house.gateway.port), timeout=20) as line:
        line.sendall(data)
        found = b""
        try:
            while piece := line.recv(65_536):
                found += piece
                line.settimeout(20 if b"Connection: close" in found else 0.3)
        except (ConnectionResetError, TimeoutError):
            pass
        return found


def request(
    house: Running,
    who: Holder,
    body: bytes,
    *,
    line: str = f"POST {PATH} HTTP/1.1",
    without: tuple[str, ...] = (),
    more: str = "",
    **other: str,
) -> bytes:
    """A good request, but for what is said."""
    target = line.split(" ")[1].partition("?")[0] if line.count(" ") == 2 else PATH
    fields = {
        "Host": house.origin.partition("//")[2],
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    fields |= who.headers(house.origin, target, line.split(" ")[0])
    fields |= {name.replace("_", "-"): value for name, value in other.items()}
    lines = [f"{name}: {value}" for name, value in fields.items() if name not in without]
    return "\r\n".join([line, *lines]).encode() + f"\r\n{more}\r\n".encode("latin-1") + body


Bad = Callable[[Running, Holder, bytes], bytes]

HEADS: dict[str, Bad] = {
    "two lengths": lambda h, w, b: request(h, w, b, more=f"Content-Length: {len(b)}\r\n"),
    "two other lengths": lambda h, w, b: request(h, w, b, more="Content-Length: 5\r\n"),
    "a list of lengths": lambda h, w, b: request(h, w, b, Content_Length=f"{len(b)}, {len(b)}"),
    "a signed length": lambda h, w, b: request(h, w, b, Content_Length=f"+{len(b)}"),
    "a hex length": lambda h, w, b: request(h, w, b, Content_Length=hex(len(b))),
    "a length with underscores": lambda h, w, b: request(h, w, b, Content_Length=f"0_{len(b)}"),
    "chunked": lambda h, w, b: request(
        h, w, b"%x\r\n%b\r\n0\r\n\r\n" % (len(b), b), without=("Content-Length",),
        Transfer_Encoding="chunked",
    ),
    "length and chunked": lambda h, w, b: request(h, w, b, Transfer_Encoding="chunked"),
    "chunked, dressed up": lambda h, w, b: request(h, w, b, Transfer_Encoding="xchunked"),
    "chunked after a tab": lambda h, w, b: request(h, w, b, more="Transfer-Encoding:\tchunked\r\n"),
    "space before the colon": lambda h, w, b: request(h, w, b, more="X-A : 1\r\n"),
    "folded": lambda h, w, b: request(h, w, b, more="X-A: 1\r\n folded: 2\r\n"),
    "bare line feed": lambda h, w, b: request(h, w, b, more="X-A: 1\nContent-Length: 3\r\n"),
    "bare carriage return": lambda h, w, b: request(h, w, b, more="X-A: 1\rX-B: 2\r\n"),
    "a zero byte": lambda h, w, b: request(h, w, b, more="X-A: \0\r\n"),
    "no name": lambda h, w, b: request(h, w, b, more=": x\r\n"),
    "no colon": lambda h, w, b: request(h, w, b, more="nothing\r\n"),
    "two hosts": lambda h, w, b: request(h, w, b, more="Host: other.example\r\n"),
    "another host": lambda h, w, b: request(h, w, b, Host="other.example"),
    "no host": lambda h, w, b: request(h, w, b, without=("Host",)),
    "two authorizations": lambda h, w, b: request(h, w, b, more="Authorization: Bearer x\r\n"),
    "two proofs": lambda h, w, b: request(h, w, b, more="dpop: x\r\n"),
    "upgrade": lambda h, w, b: request(h, w, b, Connection="Upgrade", Upgrade="websocket"),
    "websocket": lambda h, w, b: request(h, w, b, Upgrade="websocket"),
    "http/2 settings": lambda h, w, b: request(h, w, b, HTTP2_Settings="AAM"),
    "hop by hop": lambda h, w, b: request(h, w, b, Connection="keep-alive, authorization"),
    "expect": lambda h, w, b: request(h, w, b, Expect="100-continue"),
    "trailer": lambda h, w, b: request(h, w, b, Trailer="X-A"),
    "method override": lambda h, w, b: request(h, w, b, X_HTTP_Method_Override="GET"),
    "another method override": lambda h, w, b: request(h, w, b, X_Method_Override="DELETE"),
    "original url": lambda h, w, b: request(h, w, b, X_Original_URL="/v1/files"),
    "rewrite url": lambda h, w, b: request(h, w, b, X_Rewrite_URL="/v1/files"),
    "forwarded host": lambda h, w, b: request(h, w, b, X_Forwarded_Host="other.example"),
    "gzip": lambda h, w, b: request(h, w, b, Content_Encoding="gzip"),
    "another type": lambda h, w, b: request(h, w, b, Content_Type="text/plain"),
    "another charset": lambda h, w, b: request(
        h, w, b, Content_Type="application/json; charset=utf-16"
    ),
    "http/1.0": lambda h, w, b: request(h, w, b, line=f"POST {PATH} HTTP/1.0"),
    "http/2": lambda h, w, b: request(h, w, b, line=f"POST {PATH} HTTP/2.0"),
    "http/0.9": lambda h, w, b: request(h, w, b, line=f"POST {PATH}"),
    "lower-case method": lambda h, w, b: request(h, w, b, line=f"post {PATH} HTTP/1.1"),
    "two spaces": lambda h, w, b: request(h, w, b, line=f"POST  {PATH} HTTP/1.1"),
    "tabs": lambda h, w, b: request(h, w, b, line=f"POST\t{PATH}\tHTTP/1.1"),
    "a whole address": lambda h, w, b: request(h, w, b, line=f"POST {h.base}/x HTTP/1.1"),
    "double slash": lambda h, w, b: request(h, w, b, line=f"POST /{PATH} HTTP/1.1"),
    "trailing slash": lambda h, w, b: request(h, w, b, line=f"POST {PATH}/ HTTP/1.1"),
    "dots": lambda h, w, b: request(h, w, b, line=f"POST /v1/../{PATH[1:]} HTTP/1.1"),
    "percent": lambda h, w, b: request(h, w, b, line="POST /v1/chat/%63ompletions HTTP/1.1"),
    "percent dots": lambda h, w, b: request(h, w, b, line=f"POST /%2e%2e{PATH} HTTP/1.1"),
    "backslash": lambda h, w, b: request(h, w, b, line="POST /v1\\chat\\completions HTTP/1.1"),
    "semicolon": lambda h, w, b: request(h, w, b, line=f"POST {PATH};x=1 HTTP/1.1"),
    "query": lambda h, w, b: request(h, w, b, line=f"POST {PATH}?model=other HTTP/1.1"),
    "fragment": lambda h, w, b: request(h, w, b, line=f"POST {PATH}#x HTTP/1.1"),
    "other case": lambda h, w, b: request(h, w, b, line="POST /V1/Chat/Completions HTTP/1.1"),
    "files": lambda h, w, b: request(h, w, b, line="POST /v1/files HTTP/1.1"),
    "embeddings": lambda h, w, b: request(h, w, b, line="POST /v1/embeddings HTTP/1.1"),
    "get": lambda h, w, b: request(h, w, b, line=f"GET {PATH} HTTP/1.1"),
    "get without a body": lambda h, w, b: request(
        h, w, b"", line=f"GET {PATH} HTTP/1.1", without=("Content-Length",)
    ),
    "delete": lambda h, w, b: request(h, w, b, line=f"DELETE {PATH} HTTP/1.1"),
    "connect": lambda h, w, b: request(h, w, b, line="CONNECT lab.example:443 HTTP/1.1"),
    "options": lambda h, w, b: request(h, w, b, line="OPTIONS * HTTP/1.1"),
    "too many fields": lambda h, w, b: request(
        h, w, b, more="".join(f"X-{n}: 1\r\n" for n in range(200))
    ),
    "too large a head": lambda h, w, b: request(h, w, b, X_A="a" * 40_000),
    "too large a body": lambda h, w, b: request(h, w, b, Content_Length="99999999"),
    "no length": lambda h, w, b: request(h, w, b, without=("Content-Length",)),
    "too long": lambda h, w, b: request(h, w, b[:-1], Content_Length=str(len(b) - 9)),
    "empty": lambda h, w, b: b"\r\n\r\n",
    "tls to a plain port": lambda h, w, b: b"\x16\x03\x01\x02\x00\r\n\r\n" + b,
    "http/2 preface": lambda h, w, b: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}  # fmt: skip


_FILE: dict[str, object] = {"type": "file", "file": {"file_id": "f"}}
_PICTURE: dict[str, object] = {"type": "image_url", "image_url": {"url": "http://10.0.0.1/"}}


def bodies(alias: str) -> dict[str, bytes]:
    """Bodies that are not what they seem; {} is the alias."""
    good = json.dumps(chat(alias))
    deep = '{"model":"%s","messages":[],"tools":%s1%s}'
    said = {
        "model twice": f'{{"model":"other",{good[1:]}',
        "model twice, last": good[:-1] + ',"model":"other"}',
        "model twice, escaped": good[:-1] + ',"mod\\u0065l":"other"}',
        "Model beside model": good[:-1] + ',"Model":"other"}',
        "model with a space": good[:-1] + ',"model ":"other"}',
        "wide letters": good[:-1] + ',"ｍodel":"other"}',
        "twice inside": good.replace('"role": "user"', '"role": "user", "role": "system"'),
        "not the alias": good.replace(alias, alias + "\\u0000"),
        "trailing data": good + "{}",
        "two objects": good + good,
        "trailing comma": good[:-1] + ",}",
        "comment": good[:-1] + "/* */}",
        "a list": f"[{good}]",
        "a string": json.dumps(good),
        "nothing": "",
        "null": "null",
        "not a number": good[:-1] + ',"temperature":NaN}',
        "infinity": good[:-1] + ',"temperature":1e999}',
        "minus infinity": good[:-1] + ',"temperature":-Infinity}',
        "a huge number": good[:-1] + ',"temperature":' + "9" * 5_000 + "}",
        "half a pair": good.replace("Is this", "\\ud800"),
        "control characters": good.replace("Is this", "\x01"),
        "single quotes": good.replace('"', "'"),
        "deep": deep % (alias, "[" * 200, "]" * 200),
        "very deep": deep % (alias, "[" * 100_000, "]" * 100_000),
        "deep objects": deep % (alias, '{"a":' * 500, "}" * 500),
        "stored": good[:-1] + ',"store":true}',
        "an earlier answer": good[:-1] + ',"previous_response_id":"resp_1"}',
        "a conversation": good[:-1] + ',"conversation":"conv_1"}',
        "in the background": good[:-1] + ',"background":true}',
        "a tool of the provider": good[:-1] + ',"tools":[{"type":"web_search"}]}',
        "an mcp server": good[:-1] + ',"tools":[{"type":"mcp","server_url":"https://x.example"}]}',
        "tools as text": good[:-1] + ',"tools":"all"}',
        "stream as text": good[:-1] + ',"stream":"yes"}',
        "an unknown parameter": good[:-1] + ',"extra_headers":{"x":"y"}}',
        "a file": json.dumps(chat(alias, messages=[_part(_FILE)])),
        "a picture elsewhere": json.dumps(chat(alias, messages=[_part(_PICTURE)])),
        "messages as numbers": json.dumps(chat(alias, messages=[1])),
        "contents as numbers": json.dumps(chat(alias, messages=[{"role": "user", "content": 5}])),
    }  # fmt: skip
    found = {name: text.encode() for name, text in said.items()}
    return found | {
        "utf-16": good.encode("utf-16"),
        "utf-8 with a mark": b"\xef\xbb\xbf" + good.encode(),
        "not utf-8": good.encode().replace(b"Is", b"\xff"),
        "overlong": good.encode().replace(b"Is", b"\xc0\xae"),
        "gzip bytes": b"\x1f\x8b\x08" + good.encode(),
    }


def _part(part: dict[str, object]) -> dict[str, object]:
    return {"role": "user", "content": [part]}


def test_a_head_that_can_be_read_in_two_ways_is_not_served(house: Running, who: Holder):
    for name, bad in HEADS.items():
        answer = send(house, bad(house, who, json.dumps(chat(who.alias)).encode()))
        assert b" 200 OK" not in answer and house.model.asked == [], name


def test_a_body_that_is_not_what_it_seems_is_not_served(house: Running, who: Holder):
    for name, body in bodies(who.alias).items():
        answer = send(house, request(house, who, body))
        status = int(answer.split(b" ")[1])
        assert status in (400, 404), (name, answer[:200])
        assert who.token.encode() not in answer
    assert house.model.asked == []


def test_a_body_that_never_ends_is_not_served(
    house: Running, who: Holder, monkeypatch: pytest.MonkeyPatch
):
    from seawall.gateway import server

    monkeypatch.setattr(server, "BODY_SECONDS", 0.5)
    body = json.dumps(chat(who.alias)).encode()
    data = request(house, who, body, Content_Length=str(len(body) + 9))
    assert send(house, data) == b"" and house.model.asked == []


def test_a_head_that_never_ends_is_not_waited_for(
    house: Running, who: Holder, monkeypatch: pytest.MonkeyPatch
):
    from seawall.gateway import server

    monkeypatch.setattr(server, "HEAD_SECONDS", 0.5)
    assert send(house, b"POST / HTTP/1.1\r\nX-A: ").startswith(b"HTTP/1.1 408")


def test_what_follows_a_request_is_not_read_as_another(house: Running, who: Holder):
    body = json.dumps(chat(who.alias)).encode()
    one, two = request(house, who, body), request(house, who, body)
    answer = send(house, one + two)
    assert answer.count(b"HTTP/1.1 ") == 1 and len(house.model.asked) == 1
    assert b"Connection: close" in answer


def test_what_comes_while_an_answer_is_awaited_ends_the_connection(house: Running, who: Holder):
    house.model.pause = 0.5
    body = json.dumps(chat(who.alias)).encode()
    one, two = request(house, who, body), request(house, who, body)
    with socket.create_connection(("127.0.0.1", house.gateway.port), timeout=20) as line:
        line.sendall(one)
        while not house.model.asked:
            pass
        line.sendall(two)
        found = b""
        while piece := line.recv(65_536):
            found += piece
    assert found.count(b"HTTP/1.1 ") == 1 and len(house.model.asked) == 1


def test_the_model_gets_one_spelling_and_no_header_of_the_partner(house: Running, who: Holder):
    body = json.dumps(chat(who.alias, user="me", metadata={"a": "b"}), indent=4).encode()
    sent = request(house, who, body, Accept_Encoding="gzip", Cookie="a=b", X_Api_Key=who.token)
    assert send(house, sent).startswith(b"HTTP/1.1 200")
    _, fields, said = house.model.asked[0]
    assert set(said) == {"model", "messages"}
    names = {"host", "accept-encoding", "content-type", "user-agent", "authorization"}
    assert {name for name in fields if name} == names | {"content-length"}


def _mutated(good: bytes, chance: random.Random) -> bytes:
    """A good request in which something was changed that matters."""
    head, _, body = good.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    kind = chance.randrange(8)  # each breaks it for sure
    at = chance.randrange(1, len(lines))
    if kind == 0:
        lines.insert(at, chance.choice(lines[1:]))
    elif kind == 1:
        lines[at] = lines[at].replace(b": ", chance.choice([b" : ", b":\n ", b":\x00", b"\r: "]), 1)
    elif kind == 2:
        lines.insert(at, chance.choice([b"Transfer-Encoding: chunked", b"Upgrade: h2c", b" x"]))
    elif kind == 3:
        sign = chance.choice([b"\x00", b"\r", b"\n", b"\x7f", b"\x01"])
        place = chance.randrange(len(lines[0]))
        lines[0] = lines[0][:place] + sign + lines[0][place:]
    elif kind == 4:
        place = chance.randrange(1, len(body) - 1)
        body = body[:place] + bytes([chance.choice([0, 1, 0xFF, 0xC0])]) + body[place + 1 :]
    elif kind == 5:
        body = body.replace(b"{", b'{"model":"other",', 1)
        lines = [_length(line, len(body)) for line in lines]
    elif kind == 6:
        path = chance.choice([b"//v1", b"/v1/.", b"/%761", b"/v1/..;", b"/v2", b"http://x/v1"])
        lines[0] = lines[0].replace(b"/v1", path, 1)
    else:
        proof = next(i for i, line in enumerate(lines) if line.startswith(b"DPoP: "))
        place = chance.randrange(8, len(lines[proof]) - 2)
        old = lines[proof][place]
        new = chance.choice([c for c in b"abcdefgh" if c != old])
        lines[proof] = lines[proof][:place] + bytes([new]) + lines[proof][place + 1 :]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _length(line: bytes, length: int) -> bytes:
    is_length = line.lower().startswith(b"content-length")
    return b"Content-Length: %d" % length if is_length else line


def _smuggle(house: Running, who: Holder, number: int) -> None:
    chance = random.Random(7)
    body = json.dumps(chat(who.alias)).encode()
    for turn in range(number):
        data = _mutated(request(house, who, body, Connection="close"), chance)
        answer = send(house, data)
        assert b" 200 OK" not in answer and house.model.asked == [], (turn, data)


def test_malformed_requests_are_not_served(house: Running, who: Holder):
    _smuggle(house, who, 150)


@pytest.mark.slow
def test_ten_thousand_malformed_requests(house: Running, who: Holder):
    _smuggle(house, who, 10_000)


def test_a_good_request_is_served(house: Running, who: Holder):
    body = json.dumps(chat(who.alias)).encode()
    assert send(house, request(house, who, body)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1",
        b"HTTP/1.1 200 OK\r\nX-A: 1\n X-B: 2",
        b"HTTP/3 200 OK",
        b"200 OK",
        b"",
    ],
)
def test_an_answer_that_can_be_read_in_two_ways_is_none(head: bytes):
    with pytest.raises(BadAnswer):
        read_answer(head)


@pytest.mark.parametrize("data", [b"5\r\nabc", b"5 \r\nhello", b"A\r\n0123456789\r\n"])
def test_pieces_of_a_chunked_body(data: bytes):
    found = Chunks()
    whole = b"".join(found.feed(data[i : i + 1]) for i in range(len(data)))
    assert data.partition(b"\r\n")[2].rstrip(b"\r\n") == whole and not found.is_over


@pytest.mark.parametrize("data", [b"x\r\n", b"-1\r\n", b"0x5\r\n", b"5\r\nhelloXX", b"5\nhello"])
def test_a_broken_chunked_body_is_none(data: bytes):
    found = Chunks()
    with pytest.raises(BadAnswer):
        found.feed(data + b"\r\n")


def test_what_follows_a_chunked_body_is_no_answer():
    with pytest.raises(BadAnswer):
        Chunks().feed(b"1\r\na\r\n0\r\n\r\nHTTP/1.1 200 OK")


@pytest.mark.parametrize("answer", [b"garbage", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_an_upstream_that_breaks_off_is_a_bad_gateway(house: Running, who: Holder, answer: bytes):
    house.model.raw = answer
    assert house.post(who, chat(who.alias)).status_code == 502


def test_json_is_passed_on_as_it_was_meant():
    said = b'{"a":1e2,"b":"\\u00e9\\ud83d\\ude00","c":[1.0,-0.0,12345678901234567890],"d":{}}'
    assert json.loads(write(read_object(said))) == json.loads(said)


def test_brackets_in_texts_are_no_depth():
    assert read_object(json.dumps({"a": "[{" * 1_000 + '\\"]'}).encode())


def test_depth_is_bounded():
    assert read_object(b'{"a":' + b"[" * 63 + b"]" * 63 + b"}")
    with pytest.raises(BadJson):
        read_object(b'{"a":' + b"[" * 64 + b"]" * 64 + b"}")


def test_a_get_has_no_body():
    with pytest.raises(BadRequest):
        read_request(b"GET /v1/models HTTP/1.1\r\nHost: a\r\nContent-Length: 3")
