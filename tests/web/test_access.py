"""The guards of pages: who counts as signed in, who reaches a view, and who has a session."""

from itertools import product
from types import SimpleNamespace

import pytest
from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from seawall.parties.access import NotPermitted
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL, PUBLIC, Actor, ActorKind, Seat
from seawall.web import pages, roles, who

MEMBER, VIEWER, LEAD = MemberRole.MEMBER, MemberRole.VIEWER, MemberRole.LEAD


def sits(*given: tuple[bool, MemberRole, bool], party_roles: tuple[str, ...] = ()) -> Actor:
    """Somebody with these seats: in the house or not, as what, and whether as its administrator."""
    seats = tuple(
        Seat(
            party=number,
            party_roles=frozenset(party_roles if number == 0 else ()),
            role=role,
            is_admin=admin,
            is_house=house,
        )
        for number, (house, role, admin) in enumerate(given)
    )
    return Actor(kind=ActorKind.PERSON, id="U-1", person=1, seats=seats)


EVERYBODY = [
    sits(),
    *(sits(seat) for seat in product((True, False), MemberRole, (True, False))),
    sits((True, VIEWER, False), (False, LEAD, True)),
    sits((False, LEAD, False), (True, MEMBER, False)),
    sits((False, VIEWER, False), (True, LEAD, True)),
]


@pytest.mark.parametrize("by", EVERYBODY)
def test_each_question_is_about_one_seat(by):
    assert roles.is_house(by) == ([each for each in by.seats if each.is_house] != [])
    working = [each for each in by.seats if each.is_house and each.role is not VIEWER]
    assert roles.is_coordinator(by) == (working != [])
    assert roles.is_admin(by) == ([each for each in by.seats if each.is_admin] != [])
    both = [each for each in by.seats if each.is_admin and each.is_house]
    assert roles.is_house_admin(by) == (both != [])


def test_what_a_party_is_counts_for_its_members():
    by = sits((False, VIEWER, False), (False, LEAD, False), party_roles=("vendor", "finder"))
    assert roles.holds(by, "vendor")
    assert roles.holds(by, "deployer", "finder")
    assert not roles.holds(by, "deployer")
    assert not roles.holds(sits(), "vendor")


def test_nobody_in_particular_is_not_signed_in():
    assert not roles.is_signed_in(PUBLIC)
    assert roles.is_signed_in(LOCAL)
    assert roles.is_signed_in(sits())


def asked(by: object, method: str = "get", **headers: str) -> HttpRequest:
    request: HttpRequest = getattr(RequestFactory(), method)("/cases?q=1", headers=headers)
    request.actor = by  # type: ignore[attr-defined]
    return request


@pages.needs(lambda by: by is not EVERYBODY[1])
def _view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("seen")


def test_a_view_is_for_whom_the_question_says_yes():
    assert _view(asked(EVERYBODY[0])).content == b"seen"
    with pytest.raises(NotPermitted, match="Your account does not give access to this page"):
        _view(asked(EVERYBODY[1]))


@pytest.mark.parametrize("by", [PUBLIC, None, "U-1"])
def test_nobody_is_led_to_the_sign_in_page_and_back(by):
    for view in (_view, pages.needs_login(lambda request: HttpResponse("seen"))):
        answer = view(asked(by))
        assert (answer.status_code, answer["Location"]) == (303, "/sign-in?next=%2Fcases%3Fq%3D1")
        answer = view(asked(by, "post"))
        assert (answer.status_code, answer["Location"]) == (303, "/sign-in")
        answer = view(asked(by, **{"HX-Request": "true"}))
        assert (answer.status_code, answer["HX-Redirect"]) == (204, "/sign-in")
    assert pages.actor_of(asked(by)) == PUBLIC
    assert pages.actor_of(HttpRequest()) == PUBLIC


def test_who_signed_in_reaches_what_needs_that_alone():
    view = pages.needs_login(lambda request: HttpResponse("seen"))
    assert view(asked(EVERYBODY[0])).content == b"seen"


@pytest.mark.parametrize("address", ["/api/v1/cases", "/static/x/seawall.css", "/healthz"])
def test_what_is_no_page_has_no_session(address):
    sessions = who.PageSessions(lambda request: HttpResponse())
    request = RequestFactory().get(address)
    request.COOKIES["seawall"] = "x"
    assert sessions(request).status_code == 200
    assert not hasattr(request, "session")
    page = RequestFactory().get("/cases")
    sessions(page)
    assert hasattr(page, "session")


def test_a_session_without_a_person_is_nobodys(client, db):
    client.get("/")
    session = client.session
    session["x"] = 1
    session.save()
    for planted in (None, 1, "", "x" * 64):
        if planted is not None:
            session[HASH_SESSION_KEY] = planted
            session.save()
        request = RequestFactory().get("/")
        request.session = session
        who.Who(lambda request: HttpResponse())(request)
        assert pages.actor_of(request) == PUBLIC
        assert who.present_of(request) is None
        assert who.still_valid(request)
        who.sign_out(request)
        assert session.session_key


def test_of_who_brings_no_session_none_is_read():
    request = RequestFactory().get("/")
    who.PageSessions(lambda request: HttpResponse())(request)
    assert request.session.session_key is None
    who.Who(lambda request: HttpResponse())(request)
    assert pages.actor_of(request) == PUBLIC
    assert not request.session.accessed


def test_a_session_that_says_no_password_is_nobodys(visit):
    session = visit("finder").client.session
    request = RequestFactory().get("/")
    request.session = session
    who.Who(lambda request: HttpResponse())(request)
    assert roles.is_signed_in(pages.actor_of(request))
    for planted in (1, None):
        session[HASH_SESSION_KEY] = planted
        who.Who(lambda request: HttpResponse())(request)
        assert pages.actor_of(request) == PUBLIC
    del session[HASH_SESSION_KEY]
    who.Who(lambda request: HttpResponse())(request)
    assert pages.actor_of(request) == PUBLIC


def test_whoever_is_present_is_so_with_a_session(visit):
    request = RequestFactory().get("/")
    request.session = visit("finder").client.session
    who.Who(lambda request: HttpResponse())(request)
    present = who.present_of(request)
    assert present is not None
    assert request.user == present.person
    assert who.still_valid(request)
    request.session = SimpleNamespace(session_key=None)
    assert not who.still_valid(request)
    for other in (None, "U-1", present.person):
        request.present = other
        assert who.present_of(request) is None


def test_a_session_goes_on_of_which_nobody_is_present(visit):
    visitor = visit("finder")
    request = RequestFactory().get("/")
    request.session = visitor.client.session
    before = request.session.session_key
    who.keep_session(request, visitor.person)
    assert request.session.session_key not in (None, before)
    assert request.session[HASH_SESSION_KEY] == visitor.person.get_session_auth_hash()


def test_a_page_of_nobody_may_be_kept_and_takes_no_more_than_its_name(visit):
    for by, said in ((PUBLIC, None), (EVERYBODY[0], "no-store")):
        request = asked(by)
        request.session = visit("nobody").client.session
        answer = pages.page(request, "wizard/start.html")
        assert answer.status_code == 200
        assert answer.headers.get("Cache-Control") == said


def test_one_goes_back_to_where_the_form_or_the_address_says():
    post = RequestFactory().post
    asks = [
        (post("/x?next=/cases"), "/cases"),
        (post("/x?next=/cases", {"next": "/advisories"}), "/advisories"),
        (post("/x?next=//evil.example/"), "/"),
        (post("/x"), "/"),
    ]
    for request, address in asks:
        assert pages.go_back(request, "home")["Location"] == address


def test_the_address_of_who_asks_is_cut():
    request = RequestFactory().get("/", REMOTE_ADDR="1" * 60)
    assert who.address_of(request) == "1" * 45
