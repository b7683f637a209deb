"""A mirror on loopback that gives out a folder, or whatever its owner wants instead."""

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

Raw = Callable[[IO[bytes]], None]


@dataclass(kw_only=True)
class Mirror:
    """`instead` maps a path to what is given instead of the file: bytes, a status, or a function
    that writes the whole answer itself. `packed`: text is given as gzip, as web servers do."""

    folder: Path
    packed: bool = False
    port: int = 0
    got: list[str] = field(default_factory=list)
    connections: set[int] = field(default_factory=set)
    sent: int = 0
    instead: dict[str, bytes | int | Raw] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def begin(self) -> None:
        """Count anew."""
        self.got.clear()
        self.sent = 0

    def _given(self, path: str) -> bytes | int | Raw:
        if path in self.instead:
            return self.instead[path]
        place = self.folder / path
        return place.read_bytes() if place.is_file() else 404


@contextmanager
def serve(folder: Path, *, packed: bool = False) -> Iterator[Mirror]:
    """A mirror on a free port; connections stay open, as with any web server."""
    mirror = Mirror(folder=folder, packed=packed)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            path = self.path.lstrip("/")
            mirror.connections.add(self.client_address[1])
            mirror.got.append(path)
            given = mirror._given(path)
            if callable(given):
                self.close_connection = True
                with suppress(OSError):
                    given(self.wfile)
                return
            body = b"no such file" if isinstance(given, int) else given
            self.send_response(given if isinstance(given, int) else 200)
            if mirror.packed and not path.endswith(".zst") and len(body) > 200:
                body = gzip.compress(body, 6)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)
                self.wfile.flush()
            mirror.sent += len(body)

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    server = Quiet(("127.0.0.1", 0), Handler)
    mirror.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield mirror
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
