"""The public tree's page in a real browser, from a plain file server and from carried media."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from e2e.eyes import assert_accessible
from feed.providers import NOW, provider, published
from seawall.feed.published_tree import render
from seawall.feed.tree import Tree


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


@pytest.fixture
def tree(tmp_path):
    made = Tree(tmp_path / "public")
    shown = [published(1), published(2, revision=2)]
    who = provider(log_key="log.example+12345678+AQ==")
    with made.change() as draft:
        draft.write(render(shown, provider=who, read=draft.get, now=NOW))
    return made


@pytest.fixture
def address(tree):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tree.current)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_page_is_accessible_and_its_links_lead_somewhere(tab, address):
    assert tab.goto(f"{address}/").status == 200
    assert_accessible(tab)
    links = tab.locator(".newest a").evaluate_all("all => all.map(one => one.href)")
    assert len(links) == 10
    for link in links:
        assert tab.request.get(link).ok


def test_the_first_tab_stop_skips_to_the_advisories(tab, address):
    tab.goto(f"{address}/")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"


def test_pages_of_contents_are_accessible(tab, address):
    for folder in ("csaf/white/", "csaf/white/2026/"):
        tab.goto(f"{address}/{folder}")
        assert_accessible(tab)


def test_the_page_opens_from_carried_media(tab, tree, tmp_path):
    media = shutil.copytree(tree.current, tmp_path / "media")
    tab.goto((media / "index.html").as_uri())
    assert tab.locator("h1").inner_text() == "Security advisories of Example Clearinghouse"
    assert tab.evaluate("getComputedStyle(document.querySelector('section')).borderRadius") == "8px"
