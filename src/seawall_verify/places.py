"""Where a log is read from: a folder, or a URL (https; http only to this machine)."""

import http.client
import ipaddress
import os
import ssl
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from seawall_verify.failures import Unreachable, VerificationFailed
from seawall_verify.texts import shown
from seawall_verify.tiles import most_bytes

_PAUSE_SECONDS = 30
_FILE_SECONDS = 300
_CHUNK = 64 * 1024


class Place(Protocol):
    """Something that gives out the files of a log."""

    def fetch(self, path: str) -> bytes: ...


class WrongAddress(ValueError):
    """An address that cannot be one of a log; the caller is wrong."""


class Folder:
    """A log in a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        if not root.is_dir():
            raise Unreachable(f"{root} is not a folder.")

    def fetch(self, path: str) -> bytes:
        """The file, FileNotFoundError, or VerificationFailed when it is longer than can be."""
        most = most_bytes(path)
        try:
            with (self._root / path).open("rb") as file:
                data = file.read(most + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise FileNotFoundError(path) from None
        except OSError as error:
            raise Unreachable(f"{path} cannot be read: {error.strerror}.") from None
        if len(data) > most:
            raise VerificationFailed(f"{path} is longer than the {most} bytes it can have.")
        return data

    def files(self) -> Iterator[str]:
        """The paths of all files of the log's tiles; hidden ones are no part of it."""
        waiting = [self._root / "tile"] if (self._root / "tile").is_dir() else []
        while waiting:
            with os.scandir(waiting.pop()) as found:
                for item in found:
                    if item.name.startswith("."):
                        continue
                    here = Path(item.path)
                    inside = here.relative_to(self._root)
                    if item.is_dir() and len(inside.parts) <= _DEEPEST:
                        waiting.append(here)
                    else:
                        yield inside.as_posix()


_DEEPEST = 12
"""tile / level / six x000 / 000.p: a folder further down is no folder of a log."""


class Web:
    """A log behind a URL; one connection, used for one file after the other."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            raise WrongAddress(f"The address has no such port: {shown(url)}.") from None
        if not parts.hostname or parts.username or parts.query or parts.fragment:
            raise WrongAddress(f"This is not the address of a log: {shown(url)}.")
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(parts.hostname)):
            raise WrongAddress("A log is read over https; over http only from this machine.")
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = port or (443 if self._secure else 80)
        self._prefix = parts.path.rstrip("/")
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> "Web":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def fetch(self, path: str) -> bytes:
        """The file, FileNotFoundError for 404 and 410, or Unreachable."""
        if self._connection is not None:
            try:
                return self._get(path)
            except (http.client.BadStatusLine, ConnectionResetError, BrokenPipeError):
                self._close()  # the server ended an idle connection: once more on a new one
        try:
            return self._get(path)
        except (FileNotFoundError, Unreachable):
            raise
        except (http.client.HTTPException, OSError) as error:
            said = shown(getattr(error, "strerror", None) or str(error) or type(error).__name__)
            raise Unreachable(f"{path} cannot be fetched from {self._host}: {said}.") from None

    def _get(self, path: str) -> bytes:
        """One attempt; the connection stays open only after a whole answer."""
        connection = self._connection or self._connect()
        self._connection = None
        try:
            found = self._ask(connection, path)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return found

    def _ask(self, connection: http.client.HTTPConnection, path: str) -> bytes:
        connection.request(
            "GET",
            f"{self._prefix}/{path}",
            headers={"Accept-Encoding": "gzip, identity", "User-Agent": "seawall-verify"},
        )
        answer = connection.getresponse()
        if answer.status in (404, 410):
            raise FileNotFoundError(path)
        if answer.status != 200:
            raise Unreachable(f"{self._host} answers {answer.status} for {path}.")
        return _body(answer, path)

    def _connect(self) -> http.client.HTTPConnection:
        if not self._secure:
            return http.client.HTTPConnection(self._host, self._port, timeout=_PAUSE_SECONDS)
        safe = ssl.create_default_context()
        proxy = urlsplit(getproxies().get("https", ""))
        if not proxy.hostname or proxy_bypass(self._host):
            return http.client.HTTPSConnection(
                self._host, self._port, timeout=_PAUSE_SECONDS, context=safe
            )
        through = http.client.HTTPSConnection(
            proxy.hostname, proxy.port or 8080, timeout=_PAUSE_SECONDS, context=safe
        )
        through.set_tunnel(self._host, self._port)
        return through

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _body(answer: http.client.HTTPResponse, path: str) -> bytes:
    """The content, unpacked, no longer than the file can be and not slower than _FILE_SECONDS."""
    most, deadline = most_bytes(path), time.monotonic() + _FILE_SECONDS
    packed = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if packed not in ("gzip", "identity"):
        raise Unreachable(f"{path} comes in the encoding {shown(packed)}, which nobody asked for.")
    unpack = zlib.decompressobj(wbits=31) if packed == "gzip" else None
    found = bytearray()
    while chunk := answer.read1(_CHUNK):
        try:
            found += chunk if unpack is None else unpack.decompress(chunk, most + 1 - len(found))
        except zlib.error:
            raise Unreachable(f"{path} cannot be unpacked.") from None
        if len(found) > most:
            raise VerificationFailed(f"{path} is longer than the {most} bytes it can have.")
        if time.monotonic() > deadline:
            raise Unreachable(f"{path} took longer than {_FILE_SECONDS} seconds.")
    if answer.length or (unpack is not None and not unpack.eof):
        raise Unreachable(f"{path} came incomplete.")
    answer.close()
    return bytes(found)
