"""Finding source releases: index pages, apt sources, addresses of a report."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from seawall.proofs.native_debian import source_entries, upstream
from seawall.proofs.native_source import fetch_pypi
from seawall.proofs.native_symbols import parse_answers, rewrite
from seawall.proofs.runtime import PrepareFailed

SDIST = b"an archive"


@pytest.fixture
def index(monkeypatch) -> Iterator[dict[str, bytes]]:
    """A package index on the loopback; give path → content."""
    pages: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = pages.get(self.path)
            self.send_response(200 if content is not None else 404)
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    monkeypatch.delenv("PIP_CERT", raising=False)
    yield pages
    server.shutdown()
    thread.join()
    server.server_close()


def page(filename: str, content: bytes = SDIST) -> bytes:
    entry = {
        "filename": filename,
        "url": f"../../files/{filename}",
        "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
    }
    wheel = {**entry, "filename": "my_project-1.0-py3-none-any.whl"}
    return json.dumps({"files": [wheel, entry]}).encode()


def test_the_source_archive_of_the_version_is_fetched_and_checked(index, tmp_path):
    index["/simple/my-project/"] = page("my_project-1.0.tar.gz")
    index["/files/my_project-1.0.tar.gz"] = SDIST
    assert fetch_pypi("My.Project", "1.0", tmp_path) == "1.0"
    assert (tmp_path / "my_project-1.0.tar.gz").read_bytes() == SDIST


def test_a_file_with_another_hash_is_refused(index, tmp_path):
    index["/simple/my-project/"] = page("my_project-1.0.tar.gz")
    index["/files/my_project-1.0.tar.gz"] = b"changed on the way"
    with pytest.raises(PrepareFailed, match="hash"):
        fetch_pypi("my-project", "1.0", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_absent_version_or_project_is_said_without_a_retry(index, tmp_path):
    index["/simple/my-project/"] = page("my_project-1.0.tar.gz")
    with pytest.raises(PrepareFailed, match=r"my-project 1\.1 has no source archive") as absent:
        fetch_pypi("my-project", "1.1", tmp_path)
    assert not absent.value.retry
    with pytest.raises(PrepareFailed, match="404") as missing:
        fetch_pypi("other", "1.0", tmp_path)
    assert not missing.value.retry


def test_an_index_without_encryption_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_INDEX_URL", "http://packages.example/simple")
    with pytest.raises(PrepareFailed, match="not reached by https"):
        fetch_pypi("my-project", "1.0", tmp_path)


def test_binary_entries_of_the_release_become_source_entries():
    text = (
        "Types: deb\n# a comment\nURIs: http://mirror.example/debian\n"
        "Suites: bookworm bookworm-updates\nComponents: main\nSigned-By: /usr/share/k.gpg\n\n"
        "Types: deb\nURIs: http://other.example\nSuites: stable\nComponents: x\n"
    )
    assert source_entries(text, "bookworm", one_line_style=False) == (
        "Types: deb-src\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\n"
        "Components: main\nSigned-By: /usr/share/k.gpg\n"
    )
    lines = (
        "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib\n"
        "deb http://cloud.example sdk main\n# deb http://no.example bookworm main\n"
    )
    assert source_entries(lines, "bookworm", one_line_style=True) == (
        "Types: deb-src\nURIs: http://mirror.example/debian\nSuites: bookworm\n"
        "Components: main contrib\nSigned-By: /k.gpg\n"
    )


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.5.0-1+deb12u1", "2.5.0"),
        ("1:2.5.0-1", "2.5.0"),
        ("2.5.0", "2.5.0"),
        ("1.0-rc1-2", "1.0-rc1"),
    ],
)
def test_the_upstream_part_of_a_debian_version(version, expected):
    assert upstream(version) == expected


def test_addresses_become_names_with_inlined_calls_as_frames_of_their_own():
    report = (
        "==2==ERROR: AddressSanitizer: heap-buffer-overflow\n"
        "    #0 0x55aa  (/target/program+0x10) (BuildId: 00)\n"
        "    #1 0x7fbb  (/lib/libc.so.6+0x20) (BuildId: 11)\n\n"
        "allocated by thread T0 here:\n"
        "    #0 0x55cc  (/target/program+0x30) (BuildId: 00)\n"
    )
    places = {"0x10": ("inner /work/source/a.c:1:2", "outer /work/source/a.c:9:3")}
    assert rewrite(report, places).splitlines() == [
        "==2==ERROR: AddressSanitizer: heap-buffer-overflow",
        "    #0 0x55aa in inner /work/source/a.c:1:2",
        "    #1 0x55aa in outer /work/source/a.c:9:3",
        "    #2 0x7fbb  (/lib/libc.so.6+0x20) (BuildId: 11)",
        "",
        "allocated by thread T0 here:",
        "    #0 0x55cc  (/target/program+0x30) (BuildId: 00)",
    ]


def test_the_symbolizers_answers_are_read_in_both_of_its_forms():
    known = {
        "Address": "0x10",
        "Symbol": [{"FunctionName": "f", "FileName": "/s/a.c", "Line": 3, "Column": 4}],
    }
    unknown = {"Address": "0x20", "Symbol": [{"FunctionName": "", "FileName": ""}]}
    lines = f"{json.dumps(known)}\n{json.dumps(unknown)}\nnoise\n"
    assert parse_answers(lines) == {"0x10": ("f /s/a.c:3:4",)}
    assert parse_answers(json.dumps([known, unknown])) == {"0x10": ("f /s/a.c:3:4",)}
