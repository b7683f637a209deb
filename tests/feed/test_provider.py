import json
from dataclasses import replace

import pytest

from feed.providers import DAY, NOW, URL, Files, provider, published
from formats.releases import PUBLISHER
from seawall.feed.provider import Provider, metadata_files
from seawall.formats.schema_check import csaf_provider_validator, csaf_rolie_validator


def metadata(files):
    return json.loads(files["csaf/provider-metadata.json"])


def test_the_metadata_are_those_of_a_trusted_provider():
    files = metadata_files(provider(), old=None, now=NOW)
    said = metadata(files)
    assert csaf_provider_validator().is_valid(said)
    assert said["role"] == "csaf_trusted_provider"
    assert said["canonical_url"] == f"{URL}/csaf/provider-metadata.json"
    assert said["last_updated"] == "2026-06-01T12:00:00Z"
    assert said["publisher"]["name"] == "Example Clearinghouse"
    directory, rolie = said["distributions"]
    assert directory == {"directory_url": f"{URL}/csaf/white/"}
    assert rolie["rolie"]["feeds"][0]["url"] == f"{URL}/csaf/white/feed.json"
    key = said["public_openpgp_keys"][0]
    assert files[key["url"].removeprefix(f"{URL}/")].startswith(b"-----BEGIN PGP PUBLIC KEY")


def test_the_same_is_found_at_the_well_known_place():
    files = metadata_files(provider(), old=None, now=NOW)
    for name in ("provider-metadata.json", "service.json"):
        assert files[f".well-known/csaf/{name}"] == files[f"csaf/{name}"]


def test_the_metadata_are_updated_when_they_change_and_not_before():
    old = metadata_files(provider(), old=None, now=NOW)["csaf/provider-metadata.json"]
    same = metadata_files(provider(), old=old, now=NOW + DAY)["csaf/provider-metadata.json"]
    assert same == old
    moved = provider(publisher=replace(PUBLISHER, contact="elsewhere"))
    said = metadata(metadata_files(moved, old=old, now=NOW + DAY))
    assert said["last_updated"] == "2026-06-02T12:00:00Z"


def test_an_empty_contact_is_left_out():
    bare = provider(publisher=replace(PUBLISHER, contact="", authority=""))
    said = metadata(metadata_files(bare, old=None, now=NOW))
    assert set(said["publisher"]) == {"category", "name", "namespace"}


@pytest.mark.parametrize(("url", "tls"), [(URL, True), ("http://a.example", False), ("", False)])
def test_only_tls_makes_a_provider(url, tls):
    assert provider(url=url).has_tls is tls


def test_addresses_and_tags():
    assert provider().address("feed.atom") == f"{URL}/feed.atom"
    assert provider(url="").address("feed.atom") == "feed.atom"
    assert provider().tag("X-1", since=NOW) == "tag:clearinghouse.example,2026:X-1"
    assert Provider.__slots__


def test_the_rolie_feed_names_every_document_with_hashes_and_signature():
    files = Files()
    files.show(published(1), published(2), provider=provider())
    feed = json.loads(files["csaf/white/feed.json"])
    assert csaf_rolie_validator().is_valid(feed)
    entries = {entry["id"]: entry for entry in feed["feed"]["entry"]}
    assert set(entries) == {f"SEAWALL-2026-000{n}{end}" for n in (1, 2) for end in ("", "-VEX")}
    for entry in entries.values():
        url = entry["content"]["src"]
        path = url.removeprefix(f"{URL}/")
        links = [(link["rel"], link["href"]) for link in entry["link"]]
        assert links == [
            ("self", url),
            ("hash", f"{url}.sha256"),
            ("hash", f"{url}.sha512"),
            ("signature", f"{url}.asc"),
        ]
        assert all(href.removeprefix(f"{URL}/") in files for _, href in links)
        document = json.loads(files[path])["document"]
        assert entry["title"] == document["title"]
        assert entry["updated"] == document["tracking"]["current_release_date"]
    service = json.loads(files["csaf/service.json"])["service"]
    assert service["workspace"][0]["collection"][0]["href"] == f"{URL}/csaf/white/feed.json"
    categories = json.loads(files["csaf/white/category-white.json"])["categories"]["category"]
    assert categories == [{"term": "PyPI"}]


def test_an_entry_without_ecosystem_has_no_category():
    files = Files()
    files.show(replace(published(), ecosystems=()), provider=provider())
    feed = json.loads(files["csaf/white/feed.json"])
    assert csaf_rolie_validator().is_valid(feed)
    assert not any("category" in entry for entry in feed["feed"]["entry"])


def test_the_rolie_feed_is_valid_when_it_is_empty():
    files = Files()
    files.show(provider=provider())
    feed = json.loads(files["csaf/white/feed.json"])
    assert csaf_rolie_validator().is_valid(feed) and feed["feed"]["entry"] == []
    files.show(published(), provider=provider())
    assert len(json.loads(files["csaf/white/feed.json"])["feed"]["entry"]) == 2


def test_the_newest_entry_comes_first_and_dates_the_feed():
    files = Files()
    files.show(published(1), published(2, revision=3), published(3), provider=provider())
    files.show(published(1, revision=2), provider=provider())
    feed = json.loads(files["csaf/white/feed.json"])["feed"]
    assert [entry["id"].removesuffix("-VEX") for entry in feed["entry"]] == [
        f"SEAWALL-2026-000{n}" for n in (2, 2, 1, 1, 3, 3)
    ]
    assert feed["updated"] == feed["entry"][0]["updated"] == "2026-03-11T09:00:00Z"
