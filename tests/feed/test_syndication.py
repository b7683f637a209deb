import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

from feed.providers import URL, Files, provider, published
from formats.releases import ADVISORY
from seawall.feed.syndication import NEWEST, news_files

ATOM = "{http://www.w3.org/2005/Atom}"


def shown(*releases, **fields):
    files = Files()
    files.show(*releases, provider=provider(**fields))
    return json.loads(files["feed.json"]), ElementTree.fromstring(files["feed.atom"]), files


def test_a_release_is_news_with_all_its_documents():
    feed, _, files = shown(published())
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == f"{URL}/feed.json"
    (item,) = feed["items"]
    assert item["id"] == "tag:clearinghouse.example,2026:SEAWALL-2026-0001"
    assert item["title"] == "SEAWALL-2026-0001: Weakness number 1"
    assert item["url"] == f"{URL}/csaf/white/2026/seawall-2026-0001.json"
    assert item["date_published"] == item["date_modified"] == "2026-03-09T09:00:00Z"
    assert item["tags"] == ["PyPI", "high"]
    assert "CVE-2026-10001. Revision 1." in item["content_text"]
    assert len(item["attachments"]) == 5
    for each in item["attachments"]:
        assert each["size_in_bytes"] == len(files[each["url"].removeprefix(f"{URL}/")])


def test_atom_says_the_same():
    feed, atom, _ = shown(published(1), published(2))
    entries = atom.findall(f"{ATOM}entry")
    for entry, item in zip(entries, feed["items"], strict=True):
        assert entry.findtext(f"{ATOM}id") == item["id"]
        assert entry.findtext(f"{ATOM}title") == item["title"]
        assert entry.findtext(f"{ATOM}updated") == item["date_modified"]
        assert entry.findtext(f"{ATOM}content") == item["content_text"]
        links = [link.get("href") for link in entry.findall(f"{ATOM}link[@rel='enclosure']")]
        assert links == [each["url"] for each in item["attachments"]]
    assert atom.findtext(f"{ATOM}updated") == "2026-03-09T09:00:00Z"
    assert atom.findtext(f"{ATOM}author/{ATOM}name") == "Example Clearinghouse"


def test_a_revision_takes_the_place_of_the_one_before():
    files = Files()
    files.show(published(1), published(2), provider=provider())
    files.show(published(1, revision=2), provider=provider())
    items = json.loads(files["feed.json"])["items"]
    assert [(i["_seawall"]["id"], i["_seawall"]["revision"]) for i in items] == [
        ("SEAWALL-2026-0001", 2),
        ("SEAWALL-2026-0002", 1),
    ]


def test_only_the_newest_are_news():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    one = published()
    releases = [
        replace(one, id=f"SEAWALL-2026-{n:04}", updated_at=start + timedelta(hours=n))
        for n in range(NEWEST + 20)
    ]
    documents = {"csaf/white/2026/x.json": b"{}"}
    news = [(release, documents) for release in releases]
    files = news_files(provider(), news, old=None)
    stepwise = None
    for each in news:
        stepwise = news_files(provider(), [each], old=stepwise)["feed.json"]
    items = json.loads(files["feed.json"])["items"]
    assert [item["_seawall"]["id"] for item in items] == [
        f"SEAWALL-2026-{n:04}" for n in range(NEWEST + 19, 19, -1)
    ]
    assert stepwise == files["feed.json"]
    assert files["feed.atom"].count(b"<entry>") == NEWEST


def test_characters_that_xml_cannot_hold_do_no_harm():
    one = published(advisory=replace(ADVISORY, details="a <b> & \x0b\ufffe ]]> é"))
    feed, atom, _ = shown(one)
    assert "a <b> & \x0b\ufffe ]]> é" in feed["items"][0]["content_text"]
    assert "a <b> & \ufffd\ufffd ]]> é" in atom.findtext(f"{ATOM}entry/{ATOM}content")


def test_a_tree_that_knows_no_address_links_relatively():
    feed, atom, files = shown(published(), url="")
    assert feed["items"][0]["url"] in files
    assert atom.findtext(f"{ATOM}id") == "https://clearinghouse.example#feed"
