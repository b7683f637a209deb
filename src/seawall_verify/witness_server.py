"""Serves a witness over HTTP: `POST /add-checkpoint`, on this machine's own address by default.

Put a web server with TLS in front of it for others; requests carry no secrets and prove themselves.
"""

import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from seawall_verify.witness import MAX_REQUEST_BYTES, Answer, Witness
from seawall_verify.witness_memory import MemoryUnusable

LOOPBACK, DEFAULT_PORT = "127.0.0.1", 8717
_AT_ONCE = 32
_PATIENCE_SECONDS = 20


def make_server(
    witness: Witness,
    *,
    host: str = LOOPBACK,
    port: int = DEFAULT_PORT,
    clock: Callable[[], float] = time.time,
) -> ThreadingHTTPServer:
    """A server that is bound and waits for `serve_forever`; port 0 takes a free one."""
    return _Server((host, port), _handler(witness, clock))


class _Server(ThreadingHTTPServer):
    """At most _AT_ONCE connections; who comes then waits until one ends."""

    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._free = threading.BoundedSemaphore(_AT_ONCE)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._free.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is nobody's business but the client's; anything else is ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _handler(witness: Witness, clock: Callable[[], float]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "seawall-witness", ""
        timeout = _PATIENCE_SECONDS

        def do_POST(self) -> None:
            if self.path != "/add-checkpoint":
                return self._answer(Answer(status=404, text="Only /add-checkpoint is here.\n"))
            body = self._body()
            if isinstance(body, Answer):
                return self._answer(body)
            try:
                return self._answer(witness.add_checkpoint(body, now=int(clock())))
            except MemoryUnusable:
                return self._answer(Answer(status=503, text="The witness cannot remember now.\n"))

        def do_GET(self) -> None:
            self._answer(Answer(status=405, text="Send a checkpoint to /add-checkpoint.\n"))

        def _body(self) -> bytes | Answer:
            stated = self.headers.get("Content-Length", "")
            if not (stated.isascii() and stated.isdigit()) or self.headers.get("Transfer-Encoding"):
                return Answer(status=411, text="Say the length of the request.\n")
            if len(stated) > 9 or int(stated) > MAX_REQUEST_BYTES:
                return Answer(status=413, text=f"At most {MAX_REQUEST_BYTES} bytes.\n")
            return self._read(int(stated))

        def _read(self, length: int) -> bytes | Answer:
            """The body, unless it ends early or takes longer than _PATIENCE_SECONDS."""
            body, until = bytearray(), time.monotonic() + _PATIENCE_SECONDS
            while len(body) < length:
                chunk = self.rfile.read1(length - len(body))
                if not chunk or time.monotonic() > until:
                    self.close_connection = True
                    return Answer(status=400, text="The request ended early or came too slowly.\n")
                body += chunk
            return bytes(body)

        def _answer(self, answer: Answer) -> None:
            data = answer.text.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(data)))
            if answer.status in (404, 405, 411, 413):
                self.close_connection = True  # its body may not have been read
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: what a client sends does not reach the terminal."""

    return Handler
