"""The public tree over HTTP: for everybody, and nothing beside it."""

import gzip
import json
from pathlib import Path

import pytest
from django.test import Client

from seawall.feed.tree import Tree

pytestmark = pytest.mark.django_db

FILES = {
    "index.html": b"<!doctype html><title>Feed</title>",
    "feed.json": json.dumps({"items": ["x" * 400]}).encode(),
    "feed.atom": b"<feed/>",
    "index.css": b"body {}",
    "csaf/white/2026/a.json": b'{"a": 1}',
    "csaf/white/2026/index.html": b"<title>2026</title>",
    "csaf/white/2026/a.json.asc": b"-----BEGIN PGP SIGNATURE-----",
    "csaf/openpgp/AB.asc": b"-----BEGIN PGP PUBLIC KEY BLOCK-----",
    "osv/all.zip": b"PK",
    ".well-known/csaf/provider-metadata.json": b'{"canonical_url": "x"}',
    ".well-known/security.txt": b"Contact: mailto:a@b.example\n",
    "log/checkpoint": b"origin\n1\n",
}
ADDED = {
    "tuf/metadata/1.root.json": b'{"signed": {}}',
    "tuf/metadata/timestamp.json": b'{"signed": 1}',
    "tuf/targets/seawall/x.patch": b"--- a\n",
    "log/tile/0/000.p/1": b"\x00" * 32,
}


@pytest.fixture
def tree(settings, tmp_path) -> Tree:
    settings.SEAWALL_PUBLIC = tmp_path / "public"
    made = Tree(settings.SEAWALL_PUBLIC)
    with made.change() as draft:
        for path, data in FILES.items():
            draft.put(path, data)
        for path, data in ADDED.items():
            draft.add(path, data)
    return made


def get(path: str, **headers: str):
    return Client(headers=headers).get(path)


def content(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.parametrize("path", [*FILES, *ADDED])
def test_every_file_is_given_to_everybody_as_it_is(tree, path):
    response = get(f"/feed/{path}")
    assert (response.status_code, content(response)) == (200, (FILES | ADDED)[path])
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert not response.cookies


@pytest.mark.parametrize(
    ("path", "kind", "keep"),
    [
        ("", "text/html; charset=utf-8", "public, max-age=60"),
        ("csaf/white/2026/", "text/html; charset=utf-8", "public, max-age=60"),
        ("index.css", "text/css; charset=utf-8", "public, max-age=60"),
        ("feed.json", "application/feed+json", "public, max-age=60"),
        ("feed.atom", "application/atom+xml; charset=utf-8", "public, max-age=60"),
        ("csaf/white/2026/a.json", "application/json", "public, max-age=60"),
        ("csaf/white/2026/a.json.asc", "application/pgp-signature", "public, max-age=60"),
        ("csaf/openpgp/AB.asc", "application/pgp-keys", "public, max-age=60"),
        ("osv/all.zip", "application/zip", "public, max-age=60"),
        ("log/checkpoint", "text/plain; charset=utf-8", "public, max-age=5"),
        ("tuf/metadata/timestamp.json", "application/json", "public, max-age=5"),
        ("tuf/metadata/1.root.json", "application/json", "public, max-age=31536000, immutable"),
        (
            "tuf/targets/seawall/x.patch",
            "text/plain; charset=utf-8",
            "public, max-age=31536000, immutable",
        ),
        ("log/tile/0/000.p/1", "application/octet-stream", "public, max-age=31536000, immutable"),
    ],
)
def test_files_say_what_they_are_and_how_long_they_hold(tree, path, kind, keep):
    response = get(f"/feed/{path}")
    content(response)
    assert (response["Content-Type"], response["Cache-Control"]) == (kind, keep)


def test_a_folder_shows_its_page_of_contents(tree):
    assert content(get("/feed/csaf/white/2026/")) == FILES["csaf/white/2026/index.html"]
    assert get("/feed/csaf/white/").status_code == 404


def test_the_root_of_the_host_has_what_is_looked_for_there(tree):
    for path in (".well-known/csaf/provider-metadata.json", ".well-known/security.txt"):
        assert content(get(f"/{path}")) == FILES[path]
    assert get("/.well-known/other").status_code == 404


def test_who_has_the_file_already_gets_no_body(tree):
    first = get("/feed/feed.json")
    content(first)
    again = get("/feed/feed.json", if_none_match=first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    with tree.change() as draft:
        draft.put("feed.json", b"{}")
    changed = get("/feed/feed.json", if_none_match=first["ETag"])
    assert (changed.status_code, content(changed)) == (200, b"{}")


def test_texts_are_compressed_for_who_asks(tree):
    packed = get("/feed/feed.json", accept_encoding="br, gzip")
    assert packed["Content-Encoding"] == "gzip" and "Accept-Encoding" in packed["Vary"]
    assert gzip.decompress(packed.content) == FILES["feed.json"]
    for asked in ("", "br", "gzip;q=0"):
        plain = get("/feed/feed.json", accept_encoding=asked)
        assert "Content-Encoding" not in plain and content(plain) == FILES["feed.json"]
    zipped = get("/feed/osv/all.zip", accept_encoding="gzip")
    assert "Content-Encoding" not in zipped and content(zipped) == b"PK"


@pytest.mark.parametrize(
    "path",
    [
        "no.json",
        "csaf",
        "csaf/white/",
        "../secret",
        "%2e%2e/secret",
        "csaf/../../secret",
        "..%2fsecret",
        "//etc/passwd",
        "csaf//white/2026/a.json",
        "./feed.json",
        "csaf\\white",
        "x" * 5000,
        "lock",
        "store/versions/1",
    ],
)
def test_nothing_else_is_reached(tree, path):
    (Path(tree.folder).parent / "secret").write_text("secret")
    assert get(f"/feed/{path}").status_code == 404


def test_a_link_that_leads_out_is_not_followed(tree, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (tree.current / "out.txt").symlink_to(tmp_path / "secret")
    assert get("/feed/out.txt").status_code == 404


def test_without_a_tree_there_is_nothing(settings, tmp_path):
    settings.SEAWALL_PUBLIC = tmp_path / "public"
    assert get("/feed/").status_code == 404
    assert get("/.well-known/security.txt").status_code == 404


def test_it_is_for_reading_alone(tree):
    assert Client().post("/feed/feed.json").status_code == 405


@pytest.mark.parametrize("path", ["/feed/feed.json", "/feed/osv/all.zip"])
def test_a_file_is_the_same_for_everybody_so_that_caches_may_keep_it(tree, path):
    response = get(path)
    content(response)
    assert "Cookie" not in response.headers.get("Vary", "") and not response.cookies
    assert "Accept-Language" not in response.headers.get("Vary", "")
