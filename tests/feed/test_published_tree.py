import hashlib
import json
from dataclasses import replace

import pytest

from feed.providers import DAY, NOW, Files, provider, published
from formats.releases import ADVISORY, PUBLISHER
from seawall.feed.published_tree import render
from seawall.feed.reading import NotPublic
from seawall.feed.tree import Tree
from seawall.formats.published import published_release
from seawall.vocab.errors import BadInput
from seawall.vocab.tlp import Tlp

DOCUMENTS = {
    "csaf/white/2026/seawall-2026-0001.json",
    "csaf/white/2026/seawall-2026-0001-vex.json",
    "cve/2026/10xxx/CVE-2026-10001.json",
    "openvex/SEAWALL-2026-0001.openvex.json",
    "osv/PyPI/SEAWALL-2026-0001.json",
}
STANDING = {
    ".well-known/csaf/provider-metadata.json",
    ".well-known/csaf/service.json",
    ".well-known/security.txt",
    "csaf/openpgp/0123456789ABCDEF0123456789ABCDEF01234567.asc",
    "csaf/provider-metadata.json",
    "csaf/service.json",
    "csaf/white/category-white.json",
    "csaf/white/changes.csv",
    "csaf/white/feed.json",
    "csaf/white/index.html",
    "csaf/white/index.txt",
    "feed.atom",
    "feed.json",
    "index.css",
    "index.html",
    "osv/all.zip",
    "osv/ecosystems.txt",
    "osv/modified_id.csv",
}
OF_A_RELEASE = {
    *DOCUMENTS,
    *(p + end for p in DOCUMENTS if "csaf" in p for end in (".sha256", ".sha512", ".asc")),
    "advisories/2026/SEAWALL-2026-0001.json",
    "csaf/white/2026/index.html",
    "osv/PyPI/all.zip",
    "osv/PyPI/modified_id.csv",
}


def test_a_release_lies_in_every_layout():
    files = Files()
    files.show(published(), provider=provider())
    assert set(files) == STANDING | OF_A_RELEASE
    texts = published().documents
    for path in DOCUMENTS:
        name = path.rpartition("/")[2]
        name = name.replace(".json", ".osv.json") if path.startswith("osv/") else name
        assert files[path].decode() == texts[name]


def test_an_empty_tree_has_its_lists():
    files = Files()
    files.show(provider=provider())
    assert set(files) == STANDING
    assert files["csaf/white/index.txt"] == b""
    assert b"Nothing was published yet" in files["index.html"]


def test_showing_the_same_again_changes_nothing():
    files, who = Files(), provider()
    files.show(published(1), published(2), provider=who)
    before, signatures = dict(files), who.key.made
    files.show(published(2), published(1), provider=who)
    files.show(provider=who, now=NOW + DAY)
    assert files == before
    assert who.key.made == signatures == 5


def test_with_nothing_new_no_long_list_is_read():
    files, who, read = Files(), provider(), []
    files.show(published(), provider=who)
    render([], provider=who, read=lambda path: read.append(path) or files.get(path), now=NOW)
    assert set(read) == {
        ".well-known/security.txt",
        "csaf/provider-metadata.json",
        "csaf/white/feed.json",
        "csaf/white/index.txt",
        "feed.json",
    }


def test_a_cve_record_by_another_name_is_refused():
    one = published()
    odd = {name.replace("CVE-2026-10001", "CVE-x"): text for name, text in one.documents.items()}
    release = published_release(id=one.id, revision=1, documents=odd)
    with pytest.raises(ValueError, match=r"CVE-x\.json is no name of a CVE record"):
        Files().show(release, provider=provider())


def test_one_by_one_is_the_same_as_all_at_once():
    """Signatures aside, which are told apart by when they are made."""
    whole, steps = Files(), Files()
    whole.show(*(published(n) for n in (1, 2, 3)), provider=provider())
    for number in (3, 1, 2):
        steps.show(published(number), provider=provider())
    unsigned = {path for path in whole if not path.endswith((".asc", "security.txt"))}
    assert set(whole) == set(steps)
    assert {path: whole[path] for path in unsigned} == {path: steps[path] for path in unsigned}


def test_of_two_revisions_the_last_counts():
    files, who = Files(), provider()
    files.show(published(), published(revision=2), provider=who)
    assert who.key.made == 3  # two documents and security.txt
    about = json.loads(files["advisories/2026/SEAWALL-2026-0001.json"])
    assert about["revision"] == 2
    assert files["csaf/white/index.txt"].count(b"\n") == 2


def test_a_new_revision_replaces_the_old_one_and_what_it_lacks_goes():
    files, who = Files(), provider()
    files.show(published(), published(2), provider=who)
    old = dict(files)
    bare = replace(ADVISORY, id="SEAWALL-2026-0001")
    gem = replace(bare.affected[0], ecosystem="RubyGems", name="jinja", purl="pkg:gem/jinja")
    changed = published(
        revision=2, cve="", fixes=(), advisory=replace(bare, affected=(gem,)), statements=()
    )
    made = files.show(changed, provider=who)
    gone = {path for path, data in made.items() if data is None}
    assert gone == {
        "cve/2026/10xxx/CVE-2026-10001.json",
        "osv/PyPI/SEAWALL-2026-0001.json",
    }
    assert files["osv/ecosystems.txt"] == b"PyPI\nRubyGems\n"
    assert b"SEAWALL-2026-0001" not in files["osv/PyPI/all.zip"]
    assert b"SEAWALL-2026-0001" in files["osv/RubyGems/all.zip"]
    path = "csaf/white/2026/seawall-2026-0001.json"
    assert files[path] != old[path] and files[path + ".asc"] != old[path + ".asc"]
    other = "csaf/white/2026/seawall-2026-0002.json"
    assert files[other + ".asc"] == old[other + ".asc"]


def test_the_last_record_of_an_ecosystem_takes_its_archive_along():
    files, who = Files(), provider()
    files.show(published(), provider=who)
    files.show(published(revision=2, advisory=gem_advisory()), provider=who)
    assert not [path for path in files if path.startswith("osv/PyPI/")]
    assert files["osv/ecosystems.txt"] == b"RubyGems\n"


def gem_advisory():
    gem = replace(ADVISORY.affected[0], ecosystem="RubyGems", name="jinja", purl="pkg:gem/jinja")
    return replace(ADVISORY, affected=(gem,))


def test_a_release_lists_its_documents_with_digests():
    files = Files()
    files.show(published(), provider=provider())
    about = json.loads(files["advisories/2026/SEAWALL-2026-0001.json"])
    assert {each["path"] for each in about["documents"]} == DOCUMENTS
    for each in about["documents"]:
        data = files[each["path"]]
        assert each["sha256"] == hashlib.sha256(data).hexdigest()
        assert each["length"] == len(data)
    assert about["severity"] == "HIGH" and about["cve"] == "CVE-2026-10001"


@pytest.mark.parametrize("tlp", [Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT, Tlp.RED])
def test_what_is_not_for_everybody_is_refused(tlp):
    release = published(advisory=replace(ADVISORY, tlp=tlp))
    with pytest.raises(NotPublic):
        render([published(2), release], provider=provider(), read=Files().get, now=NOW)
    with pytest.raises(NotPublic):  # whatever the release says about itself
        render([replace(release, tlp=Tlp.CLEAR)], provider=provider(), read=Files().get, now=NOW)
    with pytest.raises(NotPublic):  # whatever its documents say
        render([replace(published(), tlp=tlp)], provider=provider(), read=Files().get, now=NOW)


def test_without_tls_nothing_claims_to_be_a_trusted_provider():
    for url in ("http://localhost:8000/feed", ""):
        files = Files()
        files.show(published(), provider=provider(url=url))
        missing = {p for p in STANDING if p.startswith(".well-known/")} | {
            "csaf/provider-metadata.json",
            "csaf/service.json",
            "csaf/white/feed.json",
            "csaf/white/category-white.json",
        }
        assert set(files) == (STANDING | OF_A_RELEASE) - missing
        for path in missing:
            assert path.encode() not in files["index.html"]
        assert b"feed.json" not in files["csaf/white/index.html"]


def test_a_publisher_that_makes_no_valid_metadata_is_refused():
    who = provider(publisher=replace(PUBLISHER, namespace="not a url"))
    with pytest.raises(BadInput, match=r"provider-metadata\.json/publisher/namespace"):
        Files().show(provider=who)


def test_documents_without_csaf_are_no_release():
    documents = {n: t for n, t in published().documents.items() if not n.startswith("seawall-")}
    with pytest.raises(BadInput, match="no CSAF document"):
        published_release(id="SEAWALL-2026-0001", revision=1, documents=documents)


@pytest.mark.parametrize("text", ["{", "[]", '{"document":{}}', '{"document":{"title":"x"}}'])
def test_documents_that_lack_what_each_has_are_refused(text):
    documents = {**published().documents, "seawall-2026-0001.json": text}
    with pytest.raises(BadInput):
        published_release(id="SEAWALL-2026-0001", revision=1, documents=documents)


def test_it_all_goes_into_a_tree_at_once(tmp_path):
    tree, who = Tree(tmp_path / "public"), provider()
    for release in (published(), published(2), published(revision=2)):
        with tree.change() as draft:
            draft.write(render([release], provider=who, read=draft.get, now=NOW))
    assert tree.version == 3
    assert json.loads(tree.read("advisories/2026/SEAWALL-2026-0001.json"))["revision"] == 2
    assert tree.read("csaf/white/index.txt").decode().splitlines() == [
        "2026/seawall-2026-0001-vex.json",
        "2026/seawall-2026-0001.json",
        "2026/seawall-2026-0002-vex.json",
        "2026/seawall-2026-0002.json",
    ]
