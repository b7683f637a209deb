"""Where logs are read from: folders, and web servers that mean no good."""

import gzip
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from seawall_verify import (
    Folder,
    Unreachable,
    VerificationFailed,
    VerifierKey,
    Web,
    WrongAddress,
    places,
    verify_log,
)
from verify.smalllog import ORIGIN, TestKey, checkpoint, entries, files, write

LOG = TestKey(ORIGIN)
KEYS = [VerifierKey.parse(LOG.vkey)]
LEAVES = entries(600)
MADE = files(LEAVES) | {"checkpoint": checkpoint(LEAVES, LOG).encode()}


@contextmanager
def served(answer) -> Iterator[str]:
    """A web server that lets `answer(handler, path)` do everything; its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            answer(self, self.path)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/log"
    finally:
        server.shutdown()
        server.server_close()


def give(handler, data, *, status=200, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    if "Content_Length" not in headers:
        handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def honest(handler, path):
    data = MADE.get(path.removeprefix("/log/"))
    give(handler, b"" if data is None else data, status=404 if data is None else 200)


def fetched(answer, path="checkpoint"):
    with served(answer) as url, Web(url) as web:
        return web.fetch(path)


def test_a_log_in_a_folder_verifies(tmp_path):
    write(tmp_path, MADE)
    folder = Folder(tmp_path)
    assert sorted(folder.files()) == sorted(path for path in MADE if path != "checkpoint")
    assert verify_log(folder.fetch, keys=KEYS, files=folder.files).entries == 600


def test_a_log_behind_a_url_verifies_over_one_connection():
    connections = set()

    def answer(handler, path):
        connections.add(handler.client_address)
        honest(handler, path)

    with served(answer) as url, Web(url + "/") as web:
        assert verify_log(web.fetch, keys=KEYS).entries == 600
    assert len(connections) == 1


def test_hidden_files_are_no_part_of_a_log(tmp_path):
    write(tmp_path, MADE | {"tile/0/.000.draft": b"x", "tile/.keep": b""})
    assert verify_log(Folder(tmp_path).fetch, keys=KEYS, files=Folder(tmp_path).files).entries


def test_a_folder_that_turns_in_circles_is_refused(tmp_path):
    write(tmp_path, MADE)
    os.symlink(tmp_path / "tile", tmp_path / "tile" / "again")
    folder = Folder(tmp_path)
    with pytest.raises(VerificationFailed, match="is not the name of a file of a log"):
        verify_log(folder.fetch, keys=KEYS, files=folder.files)


def test_what_is_no_folder_is_unreachable(tmp_path):
    with pytest.raises(Unreachable, match="is not a folder"):
        Folder(tmp_path / "absent")


def test_a_folder_instead_of_a_file_is_a_missing_file(tmp_path):
    (tmp_path / "checkpoint").mkdir()
    with pytest.raises(FileNotFoundError):
        Folder(tmp_path).fetch("checkpoint")
    with pytest.raises(FileNotFoundError):
        Folder(tmp_path).fetch("checkpoint/below")


def test_a_file_in_a_loop_is_unreachable(tmp_path):
    os.symlink(tmp_path / "checkpoint", tmp_path / "checkpoint")
    with pytest.raises(Unreachable, match="checkpoint cannot be read"):
        Folder(tmp_path).fetch("checkpoint")


@pytest.mark.parametrize(
    ("path", "most"), [("checkpoint", 65_536), ("tile/0/000", 8192), ("tile/entries/000", 16777472)]
)
def test_a_file_is_as_long_as_it_can_be(tmp_path, path, most):
    write(tmp_path, {path: b"x" * most})
    assert len(Folder(tmp_path).fetch(path)) == most
    write(tmp_path, {path: b"x" * (most + 1)})
    with pytest.raises(VerificationFailed, match=f"{path} is longer than the {most} bytes"):
        Folder(tmp_path).fetch(path)


@pytest.mark.parametrize(
    "url",
    ["http://log.example/", "http://127.0.0.1.example/", "ftp://127.0.0.1/", "https://",
     "https://me@log.example/", "https://log.example/?a=b", "https://log.example/#a",
     "https://log.example:99999/", "http://10.0.0.1/"],
)  # fmt: skip
def test_other_addresses_are_refused(url):
    with pytest.raises(WrongAddress):
        Web(url)


@pytest.mark.parametrize("url", ["http://[::1]:80/x", "http://localhost/", "https://log.example"])
def test_these_addresses_are_taken(url):
    Web(url)


def test_what_is_not_there_is_missing():
    for status in (404, 410):
        with pytest.raises(FileNotFoundError):
            fetched(lambda handler, path, status=status: give(handler, b"", status=status))


@pytest.mark.parametrize("status", [201, 206, 301, 302, 403, 429, 500, 503])
def test_any_other_answer_is_unreachable(status):
    def answer(handler, path):
        give(handler, b"x", status=status, Location="/log/checkpoint")

    with pytest.raises(Unreachable, match=f"127.0.0.1 answers {status} for checkpoint"):
        fetched(answer)


def test_nobody_there_is_unreachable():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match=r"cannot be fetched from 127\.0\.0\.1"):
            Web(f"http://127.0.0.1:{taken.getsockname()[1]}").fetch("checkpoint")


def test_compressed_files_are_unpacked():
    def answer(handler, path):
        assert "gzip" in handler.headers["Accept-Encoding"]
        give(handler, gzip.compress(MADE["tile/0/000"]), Content_Encoding="gzip")

    assert fetched(answer, "tile/0/000") == MADE["tile/0/000"]


def test_a_bomb_is_not_unpacked():
    bomb = gzip.compress(bytes(50_000_000))
    with pytest.raises(VerificationFailed, match="tile/0/000 is longer than the 8192 bytes"):
        fetched(lambda handler, path: give(handler, bomb, Content_Encoding="gzip"), "tile/0/000")


def test_endless_data_is_cut_off():
    def answer(handler, path):
        handler.send_response(200)
        handler.end_headers()
        handler.close_connection = True
        try:
            while True:
                handler.wfile.write(bytes(1 << 16))
        except OSError:
            pass

    with pytest.raises(VerificationFailed, match="checkpoint is longer than the 65536 bytes"):
        fetched(answer)


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_that_came_incomplete_is_unreachable(packed):
    whole = gzip.compress(MADE["tile/0/000"]) if packed else MADE["tile/0/000"]

    def answer(handler, path):
        encoding = {"Content_Encoding": "gzip"} if packed else {}
        length = {} if packed else {"Content_Length": str(len(whole))}
        give(handler, whole[:-40], **encoding, **length)
        handler.close_connection = True

    with pytest.raises(Unreachable, match="tile/0/000 came incomplete"):
        fetched(answer, "tile/0/000")


def test_broken_compression_is_unreachable():
    with pytest.raises(Unreachable, match="checkpoint cannot be unpacked"):
        fetched(lambda handler, path: give(handler, b"no gzip", Content_Encoding="gzip"))


def test_an_unknown_encoding_is_unreachable():
    with pytest.raises(Unreachable, match="in the encoding 'br', which nobody asked for"):
        fetched(lambda handler, path: give(handler, b"x", Content_Encoding="br"))


def test_data_that_drips_is_given_up(monkeypatch):
    now = iter(range(0, 10_000, 100))
    monkeypatch.setattr(places.time, "monotonic", lambda: next(now))

    def answer(handler, path):
        handler.send_response(200)
        handler.send_header("Content-Length", "8192")
        handler.end_headers()
        for _ in range(8192):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    with pytest.raises(Unreachable, match="tile/0/000 took longer than 300 seconds"):
        fetched(answer, "tile/0/000")


def test_a_silent_server_is_given_up(monkeypatch):
    monkeypatch.setattr(places, "_PAUSE_SECONDS", 0.1)
    free = threading.Event()
    with pytest.raises(Unreachable, match="timed out"), served(lambda *args: free.wait()) as url:
        try:
            Web(url).fetch("checkpoint")
        finally:
            free.set()


def test_a_connection_that_ended_is_made_anew():
    def answer(handler, path):
        honest(handler, path)
        handler.close_connection = True  # without saying so

    with served(answer) as url, Web(url) as web:
        assert [len(web.fetch("tile/0/000")) for _ in range(3)] == [8192] * 3


def test_a_server_that_speaks_nonsense_is_unreachable():
    def answer(handler, path):
        handler.wfile.write(b"nonsense\r\n\r\n")
        handler.close_connection = True

    with pytest.raises(Unreachable, match="checkpoint cannot be fetched"):
        fetched(answer)
