"""Real HTTP servers on this machine that answer as a test says and remember what they got."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from seawall.outbound.client import Caps, Internal, Outbound


@dataclass(frozen=True, kw_only=True)
class Got:
    """One request as it arrived; names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    raw: Callable[[Any], None] | None = None
    """Writes the answer itself, on the connection's file."""


Answering = Callable[[Got], Reply]


@dataclass(kw_only=True)
class Server:
    port: int
    got: list[Got]
    replies: list[Reply]
    """Given in this order; the last one stays. Empty: what `answering` says."""
    answering: Answering | None = None
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def outbound(self, **more: Any) -> Outbound:
        """A client that may call this server."""
        caps = more.pop("caps", Caps(seconds=5))
        here = Internal(host="127.0.0.1", port=self.port, plain=True)
        return Outbound(internal=[here], caps=caps, **more)

    def _answer(self, got: Got) -> Reply:
        self.got.append(got)
        if self.answering is not None:
            return self.answering(got)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def serving(*replies: Reply, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server on a free port of 127.0.0.1."""
    server = Server(port=0, got=[], replies=list(replies) or [Reply()])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            pass

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(length)
            got = Got(method=self.command, path=self.path, headers=headers, body=body)
            reply = server._answer(got)
            self.close_connection = True
            with suppress(OSError):  # the client may have gone
                self._send(reply)

        def _send(self, reply: Reply) -> None:
            if reply.raw is not None:
                reply.raw(self.wfile)
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._serve)

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client that breaks off in the middle is what some tests do

    httpd = Quiet(("127.0.0.1", 0), Handler)
    if tls is not None:
        httpd.socket = tls.wrap_socket(httpd.socket, server_side=True)
        server.scheme = "https"
    server.port = httpd.server_address[1]
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def dripping(first: bytes, drop: bytes, *, times: int, pause: float) -> Callable[[Any], None]:
    """An answer that begins with `first` and then comes a drop at a time."""

    def write(file: Any) -> None:
        file.write(first)
        for _ in range(times):
            file.write(drop)
            file.flush()
            time.sleep(pause)

    return write


def certificate(folder: Path, *, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS for a server called `name` (a host or an address), and for clients that trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    try:
        san: x509.GeneralName = x509.IPAddress(ip_address(name))
    except ValueError:
        san = x509.DNSName(name)
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([san]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, pem = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(Encoding.PEM))
    pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(cert, pem)
    ours = ssl.create_default_context(cafile=str(cert))
    return theirs, ours
