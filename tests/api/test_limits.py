"""Too large a body is refused before it is kept, announced or not."""

import asyncio
import json
from typing import Any

import pytest

from seawall.api.limits import BodyLimit


def call(chunks: list[bytes], headers: dict[bytes, bytes], *, limit: int = 10) -> dict[str, Any]:
    """Send `chunks` through the middleware to an application that counts what reaches it."""
    seen: dict[str, Any] = {"bytes": 0, "sent": []}
    left = list(chunks)

    async def app(scope, receive, send) -> None:
        more = True
        while more:
            message = await receive()
            seen["bytes"] += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message) -> None:
        seen["sent"].append(message)

    scope = {"type": "http", "headers": list(headers.items())}
    asyncio.run(BodyLimit(app, max_bytes=limit)(scope, receive, send))
    seen["status"] = seen["sent"][0]["status"]
    return seen


def test_a_body_within_the_limit_passes():
    assert call([b"12345", b"67890"], {b"content-length": b"10"})["status"] == 200


def test_an_announced_body_is_refused_unread():
    seen = call([b"x"], {b"content-length": b"11"})
    assert (seen["status"], seen["bytes"]) == (413, 0)
    document = json.loads(seen["sent"][1]["body"])
    assert document["title"] == "Request Entity Too Large"
    assert dict(seen["sent"][0]["headers"])[b"content-type"] == b"application/problem+json"


@pytest.mark.parametrize("headers", [{}, {b"content-length": b"3"}])
def test_a_body_that_grows_beyond_the_limit_is_cut_off(headers):
    seen = call([b"12345", b"67890", b"1", b"never read"], headers)
    assert (seen["status"], seen["bytes"]) == (413, 10)


def test_a_length_that_is_no_number_is_refused():
    assert call([b""], {b"content-length": b"-1"})["status"] == 400


def test_what_is_not_http_passes_by():
    passed = []

    async def app(scope, receive, send) -> None:
        passed.append(scope["type"])

    asyncio.run(BodyLimit(app, max_bytes=1)({"type": "lifespan"}, None, None))
    assert passed == ["lifespan"]
