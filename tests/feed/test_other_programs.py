"""What others' programs say of the public tree. Each test is skipped where its program is absent;
docs/feed/provider.md says how to get them."""

import json
import os
import shutil
import subprocess

import pytest

from feed.providers import NOW, provider, published
from feed.tls_server import tls_server
from seawall.feed.published_tree import render
from seawall.feed.tree import Tree
from seawall.signing.openpgp import OpenPgpKey


def program(name):
    return pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed")


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path / "public")


def fill(tree, tmp_path, *, url, releases=3):
    key = OpenPgpKey.ensure(tmp_path / "openpgp.asc", "Example <security@clearinghouse.example>")
    shown = [published(number, revision=number) for number in range(1, releases + 1)]
    with tree.change() as draft:
        draft.write(render(shown, provider=provider(url=url, key=key), read=draft.get, now=NOW))


@pytest.fixture
def served(tree, tmp_path):
    with tls_server(tree.current, tmp_path / "tls") as (host, authority):
        fill(tree, tmp_path, url=f"https://{host}")
        yield host, os.environ | {"SSL_CERT_FILE": str(authority), "HOME": str(tmp_path)}


@program("csaf_checker")
def test_csaf_checker_finds_a_trusted_provider(served):
    host, environment = served
    done = subprocess.run(["csaf_checker", host], env=environment, capture_output=True, text=True)
    (domain,) = json.loads(done.stdout)["domains"]
    assert domain["role"] == "csaf_trusted_provider" and domain["passed"] is True
    said = {each["num"]: each["messages"] for each in domain["requirements"]}
    assert set(said) == set(range(1, 21))
    errors = {number for number, found in said.items() if any(m["type"] == 2 for m in found)}
    assert errors <= {10}, said  # a name in the DNS, which loopback has not; 8 and 9 do as well
    warnings = {number for number, found in said.items() if any(m["type"] == 1 for m in found)}
    assert warnings <= {1}, said  # no remote validator


@program("csaf_downloader")
def test_csaf_downloader_takes_everything_with_its_signatures(served, tree, tmp_path):
    host, environment = served
    folder = tmp_path / "downloaded"
    folder.mkdir()
    subprocess.run(["csaf_downloader", "-d", folder, host], env=environment, check=True)
    names = tree.read("csaf/white/index.txt").decode().split()
    assert len(names) == 6
    for name in names:
        for ending in ("", ".asc", ".sha256", ".sha512"):
            got = (folder / "white" / f"{name}{ending}").read_bytes()
            assert got == tree.read(f"csaf/white/{name}{ending}")


@program("osv-scanner")
@pytest.mark.parametrize(("version", "found"), [("3.1.4", 1), ("3.1.5", 0)])
def test_osv_scanner_finds_a_vulnerable_package_offline(tree, tmp_path, version, found):
    fill(tree, tmp_path, url="", releases=1)
    for place in ("osv-scalibr", "osv-scanner"):  # newer and older scanners
        (tmp_path / "db" / place / "PyPI").mkdir(parents=True)
        (tmp_path / "db" / place / "PyPI" / "all.zip").write_bytes(tree.read("osv/PyPI/all.zip"))
    project = tmp_path / "project"
    project.mkdir()
    (project / "requirements.txt").write_text(f"jinja2=={version}\n")
    words = ["scan", "source", "--offline", "--local-db-path", tmp_path / "db", "--format", "json"]
    done = subprocess.run(["osv-scanner", *words, project], capture_output=True, text=True)
    assert done.returncode == found, done.stderr
    results = json.loads(done.stdout)["results"]
    ids = [v["id"] for r in results for p in r["packages"] for v in p["vulnerabilities"]]
    assert ids == ["SEAWALL-2026-0001"] * found


def test_feedparser_reads_the_news(tree, tmp_path):
    feedparser = pytest.importorskip("feedparser")
    fill(tree, tmp_path, url="https://clearinghouse.example/feed")
    read = feedparser.parse(tree.read("feed.atom"))
    assert not read.bozo and read.version == "atom10"
    assert [entry.title for entry in read.entries] == [
        f"SEAWALL-2026-000{number}: Weakness number {number}" for number in (3, 2, 1)
    ]
    assert read.entries[0].link.endswith("/csaf/white/2026/seawall-2026-0003.json")


@program("gpg")
def test_gpg_verifies_what_the_page_says(tree, tmp_path):
    fill(tree, tmp_path, url="", releases=1)
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", home, "--batch"]
    (key,) = (path for path in tree.files() if path.startswith("csaf/openpgp/"))
    document = tree.path("csaf/white/2026/seawall-2026-0001.json")
    try:
        subprocess.run([*gpg, "--import", tree.path(key)], check=True, capture_output=True)
        signature = f"{document}.asc"
        subprocess.run([*gpg, "--verify", signature, document], check=True, capture_output=True)
    finally:
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], capture_output=True)
    checked = ["sha256sum", "--check", f"{document.name}.sha256"]
    subprocess.run(checked, cwd=document.parent, check=True, capture_output=True)
