"""Messages between the runner and its child process: JSON objects, each after its length."""

import json
import socket
import struct
from collections.abc import Mapping
from typing import IO, Any

MAX_FRAME = 256 << 20
_HEAD = struct.Struct(">I")
HEAD_BYTES = _HEAD.size


def write_frame(line: socket.socket, frame: Mapping[str, Any]) -> None:
    """Send one message; OSError when the other side is gone, ValueError when it is too large."""
    body = encode(frame)
    line.sendall(head(body) + body)


def read_frame(reader: IO[bytes]) -> dict[str, Any]:
    """The next message; EOFError when the other side is gone, ValueError for no message."""
    size = size_in(_exactly(reader, HEAD_BYTES))
    found = json.loads(_exactly(reader, size))
    if not isinstance(found, dict):
        raise ValueError("a message is an object")
    return found


def encode(frame: Mapping[str, Any]) -> bytes:
    body = json.dumps(frame).encode()
    if len(body) > MAX_FRAME:
        raise ValueError("a message is too large")
    return body


def head(body: bytes) -> bytes:
    """What goes before a body."""
    return _HEAD.pack(len(body))


def size_in(head: bytes) -> int:
    """The length that a head states; ValueError when it is too large."""
    size: int = _HEAD.unpack(head)[0]
    if size > MAX_FRAME:
        raise ValueError("a message is too large")
    return size


def _exactly(reader: IO[bytes], size: int) -> bytes:
    data = reader.read(size)
    if len(data) != size:
        raise EOFError("the other side is gone")
    return data
