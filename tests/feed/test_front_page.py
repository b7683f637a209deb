import re
from dataclasses import replace
from html import unescape

from feed.providers import FINGERPRINT, URL, Files, provider, published
from formats.releases import ADVISORY, PUBLISHER


def page(*releases, **fields):
    files = Files()
    files.show(*releases, provider=provider(**fields))
    return files["index.html"].decode(), files


def links(text):
    return [unescape(link) for link in re.findall(r'href="([^"]*)"', text)]


def test_it_says_what_is_here_and_how_to_verify_it():
    text, _ = page(published(1), published(2), log_key="log.example+12345678+AQ==")
    assert "2 advisories." in text
    assert f"seawall sync {URL} --root root.json" in text
    assert f"gpg --import {FINGERPRINT}.asc" in text
    assert "0123 4567 89AB CDEF" in text
    assert "log.example+12345678+AQ==" in text
    assert "SEAWALL-2026-0002: Weakness number 2" in text
    assert "Key of the log" not in page(published(1))[0]
    assert "1 advisory." in page(published(1))[0]


def test_every_link_leads_to_a_file_or_to_another_part_of_the_tree():
    text, files = page(published(1), published(2, revision=2))
    others = {"tuf/metadata/1.root.json", "tuf/metadata/timestamp.json", "log/checkpoint"}
    found = set(links(text)) - {"data:,", "#main", PUBLISHER.namespace}
    assert found - set(files) == others
    assert len(found) > 20


def test_it_needs_no_script_and_nobody_elses_files():
    text, files = page(published(1))
    assert (
        "<script" not in text and "style=" not in text and " on" not in re.sub(">[^<]*<", "", text)
    )
    assert b"url(" not in files["index.css"] and b"@import" not in files["index.css"]


def test_what_others_wrote_is_shown_as_text():
    hostile = '<script>alert("1")</script>$url ${x}'
    advisory = replace(ADVISORY, summary=hostile)
    text, _ = page(published(advisory=advisory), publisher=replace(PUBLISHER, name=hostile))
    assert "<script" not in text
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;$url ${x}" in text


def test_only_the_newest_are_named():
    text, _ = page(*(published(n) for n in range(1, 26)))
    assert "25 advisories." in text
    assert text.count("<h3>") == 20
    assert "SEAWALL-2026-0025" in text and "SEAWALL-2026-0005:" not in text
