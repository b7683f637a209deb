"""What every page has: errors as pages, strict headers, assets, preferences, safe ways back."""

import gzip
import re

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from seawall.config import urls as real
from seawall.parties.access import NotFound, NotPermitted
from seawall.vocab.errors import BadInput
from seawall.web import urls as web_urls
from seawall.web.assets import asset_address
from seawall.web.pages import go_back, go_to, is_ours
from web.people import KINDS


def _raise(error: Exception) -> HttpResponse:
    raise error


urlpatterns = [
    path("absent", lambda request: _raise(NotFound("There is no case C-1."))),
    path("hidden", lambda request: _raise(NotFound("There is no case C-1."))),
    path("forbidden", lambda request: _raise(NotPermitted("It takes a lead."))),
    path("bad", lambda request: _raise(BadInput("a name is needed", mend="write one"))),
    path("nothing", lambda request: _raise(Http404("secret words"))),
    path("broken", lambda request: _raise(RuntimeError("secret words"))),
    *real.urlpatterns,
]
handler400, handler403 = real.handler400, real.handler403
handler404, handler500 = real.handler404, real.handler500


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("url", "status", "says"),
    [
        ("/absent", 404, "There is no case C-1."),
        ("/forbidden", 403, "It takes a lead."),
        ("/bad", 422, "a name is needed (write one)"),
        ("/nothing", 404, "nothing that you may see"),
        ("/broken", 500, "The mistake is ours"),
        ("/nowhere", 404, "nothing that you may see"),
    ],
)
def test_every_error_is_a_page_that_tells_no_secret(visit, url, status, says):
    who = visit("nobody")
    who.client.raise_request_exception = False
    text = who.get(url, status)
    assert says in text and "secret words" not in text
    assert "</html>" in text


@pytest.mark.urls(__name__)
def test_hidden_and_absent_answer_byte_for_byte_the_same(visit):
    who = visit("coordinator")
    answers = [who.client.get(url) for url in ("/absent", "/hidden")]
    texts = [re.sub(rb"/(absent|hidden)", b"/x", answer.content) for answer in answers]
    tokens = [re.sub(rb'value="\w{64}"', b"", text) for text in texts]
    assert tokens[0] == tokens[1]
    assert [*answers[0].headers] == [*answers[1].headers]


def test_what_does_not_take_a_method_says_so_and_which_it_takes(visit):
    answer = visit("nobody").client.get("/preferences")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "does not take what was sent" in answer.content.decode()


def test_errors_of_the_api_stay_problem_documents(client):
    answer = client.get("/api/v1/nothing")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["nobody", "coordinator"])
@pytest.mark.parametrize("url", ["/", "/advisories", "/nowhere"])
def test_every_page_is_strict(visit, kind, url):
    answer = visit(kind).client.get(url)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "style=" not in answer.content.decode()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "nobody"])
def test_pages_of_people_are_kept_nowhere(visit, kind):
    assert visit(kind).client.get("/")["Cache-Control"] == "no-store"


def test_forms_without_their_token_are_refused(visit):
    from django.test import Client

    who = visit("coordinator")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = who.client.cookies
    assert strict.post("/audit/checks").status_code == 403
    assert strict.post("/preferences", {"theme": "dark"}).status_code == 403


def test_a_part_of_a_page_leads_the_whole_page_to_signing_in(client, db):
    answer = client.get("/live/work", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/sign-in")


def test_an_asset_may_be_kept_for_a_year_by_its_digest_only(client):
    address = asset_address("seawall.css")
    answer = client.get(address)
    assert "immutable" in answer["Cache-Control"]
    assert answer["Content-Type"] == "text/css; charset=utf-8"
    old = client.get("/static/0123456789ab/seawall.css")
    assert (old.content, old["Cache-Control"]) == (answer.content, "no-cache")
    packed = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == answer.content


@pytest.mark.parametrize("name", ["../settings.py", "nothing.css", "vendor", ""])
def test_what_is_no_asset_is_not_served(client, name):
    assert client.get(f"/static/0123456789ab/{name}").status_code == 404


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("/cases?q=1", True),
        ("http://testserver/cases", True),
        ("https://evil.example/", False),
        ("//evil.example/", False),
        ("javascript:alert(1)", False),
        ("/\\evil.example", False),
        ("", False),
    ],
)
def test_nobody_is_sent_elsewhere(address, ours):
    request: HttpRequest = RequestFactory().post("/x", {"next": address})
    assert is_ours(request, address) is ours
    assert go_back(request, "home")["Location"] == (address if ours else "/")


def test_after_a_post_the_next_page_is_asked_for_by_get():
    answer = go_to("advisories", q="a b")
    assert (answer.status_code, answer["Location"]) == (303, "/advisories?q=a+b")


def test_theme_and_language_are_chosen_by_post_and_kept(visit):
    who = visit("nobody")
    who.post("/preferences", {"theme": "dark", "next": "/advisories"})
    assert 'data-theme="dark"' in who.get("/advisories")
    who.post("/preferences", {"language": "es"})
    assert 'lang="es"' in who.get("/advisories")
    who.post("/preferences", {"theme": "pink", "language": "xx"})
    text = who.get("/advisories")
    assert 'data-theme="dark"' in text and 'lang="es"' in text


def test_the_browsers_language_counts_until_one_is_chosen(visit):
    who = visit("nobody")
    assert 'lang="es"' in who.get("/", **{"Accept-Language": "es-MX,en;q=.5"})
    assert 'lang="en"' in who.get("/", **{"Accept-Language": "de"})


def test_the_api_speaks_english_whatever_is_asked(client):
    answer = client.get("/api/v1/nothing", headers={"Accept-Language": "es"})
    assert answer.json()["title"] == "Not Found"


def test_the_styleguide_is_for_makers_alone(visit, settings):
    who = visit("nobody")
    who.get("/styleguide", 404)
    settings.DEBUG = True
    assert "Pictures" in who.get("/styleguide")


def test_what_broke_is_in_the_log_and_what_was_refused_is_not(db, caplog, monkeypatch):
    """The page says that the log of the server says what happened."""
    client = Client(raise_request_exception=False)
    assert client.get("/nowhere").status_code == 404
    assert client.post("/sign-out").status_code == 303
    assert caplog.records == []
    monkeypatch.setattr("seawall.advisories.public.published", lambda: 1 / 0)
    assert client.get("/advisories").status_code == 500
    assert [each.exc_info[0] for each in caplog.records if each.exc_info] == [ZeroDivisionError]


@pytest.mark.parametrize("kind", ["admin", "vendor"])
def test_nothing_that_somebody_who_signed_in_reads_is_kept_by_a_cache(visit, kind):
    who = visit(kind)
    addresses = [f"/{each.pattern}" for each in web_patterns() if "<" not in str(each.pattern)]
    answers = {each: who.client.get(each) for each in addresses}
    read = {each for each, got in answers.items() if got.status_code == 200}
    assert len(read) > 10
    assert {each for each in read if answers[each].get("Cache-Control") != "no-store"} == set()


def web_patterns(patterns=None):
    """Each address of the pages."""
    for each in web_urls.urlpatterns if patterns is None else patterns:
        yield from web_patterns(each.url_patterns) if hasattr(each, "url_patterns") else [each]
