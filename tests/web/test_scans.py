"""The scan map: what each sees, claiming with overlaps first, and the deeds on a claim."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from seawall.claims import actions, matching
from seawall.claims.actions import Wanted
from seawall.claims.models import MatchSession, ScanClaim
from seawall.claims.scope import read_scope
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL
from seawall.vocab.claims import Lease, Sharing
from web.people import Visitor, member, party, visitor

JINJA = "pkg:pypi/jinja2"
FORM = {
    "target": JINJA,
    "versions": ">=3",
    "model": "m1",
    "days": "7",
    "sharing": "organisation name and dates",
}


def claimed(by: str, target: str = JINJA, sharing: Sharing = Sharing.NAME, days: int = 7):
    now = timezone.now()
    wanted = Wanted(
        scope=read_scope(target),
        lease=Lease(starts_at=now, until_at=now + timedelta(days=days)),
        model="secret-model",
        sharing=sharing,
    )
    return actions.claim(wanted, party=party(by, "finder"), by=LOCAL, now=now).claim


@pytest.fixture
def finder(visit) -> Visitor:
    """Fina of Deep Lab."""
    return visit("finder")


@pytest.mark.parametrize("url", ["/scans", "/scans/new", "/scans/coverage", "/scans/matching"])
def test_nobody_in_particular_is_led_to_the_sign_in_page(visit, url):
    assert "/sign-in" in visit("nobody").client.get(url).headers["Location"]


@pytest.mark.parametrize("kind", ["finder", "vendor", "operator", "coordinator", "viewer"])
@pytest.mark.parametrize("url", ["/scans", "/scans/new", "/scans/coverage", "/scans/matching"])
def test_everybody_who_signed_in_has_these_pages(visit, kind, url):
    text = visit(kind).get(url)
    assert text.count("<h1") == 1


def test_an_empty_map_says_what_to_do_next(finder):
    text = finder.get("/scans")
    assert "Before you scan something, claim it" in text and 'href="/scans/new"' in text


def test_a_viewer_is_told_that_they_cannot_claim(visit):
    assert "You cannot claim targets" in visit("viewer").get("/scans/new")
    claimed("Deep Lab")
    assert 'href="/scans/new"' not in visitor(
        member(party("Deep Lab", "finder"), "Vic", MemberRole.VIEWER)
    ).get("/scans")


def test_ones_own_claims_are_on_the_map_and_others_only_where_they_meet(finder):
    own = claimed("Deep Lab")
    met = claimed("Other Lab")
    hidden = claimed("Other Lab", "pkg:pypi/requests")
    text = finder.get("/scans")
    assert own.public_id in text and met.public_id in text
    assert hidden.public_id not in text and "requests" not in text
    assert "secret-model" in text  # one's own
    assert text.count("Other Lab") >= 1 and "(overlaps)" in text


def test_of_others_only_what_they_share_is_shown(finder):
    claimed("Deep Lab")
    met = claimed("Hidden Lab", sharing=Sharing.DATES)
    for url in ("/scans", f"/scans/{met.public_id}", f"/scans/{_own().public_id}"):
        text = finder.get(url)
        assert "Hidden Lab" not in text
        assert "another party" in text
    assert "secret-model" not in finder.get(f"/scans/{met.public_id}")


def _own() -> ScanClaim:
    return ScanClaim.objects.get(party__name="Deep Lab")


def test_the_house_sees_the_whole_map(visit):
    rows = [claimed("Deep Lab"), claimed("Other Lab", "pkg:pypi/requests")]
    text = visit("coordinator").get("/scans")
    assert all(row.public_id in text for row in rows)


def test_a_hidden_and_an_absent_claim_have_the_same_page(finder):
    hidden = claimed("Other Lab", "pkg:pypi/requests").public_id
    pages = [
        _plain(finder.get(f"/scans/{id}", 404)).replace(id, "S") for id in (hidden, "S-2026-999999")
    ]
    assert pages[0] == pages[1]


def _plain(text: str) -> str:
    """Without what is drawn for each request."""
    return re.sub(r'csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"', "", text)


def test_what_overlaps_is_shown_before_anything_is_claimed(finder):
    claimed("Other Lab")
    text = finder.client.post("/scans/new", FORM | {"step": "ask"}).content.decode()
    assert "1 other claim on it." in text and "Other Lab" in text
    assert "vers:pypi/&gt;=3" in text and "Claim it all the same" in text
    assert ScanClaim.objects.count() == 1


def test_nothing_is_claimed_without_being_asked_to(finder):
    text = finder.client.post("/scans/new", FORM).content.decode()
    assert "Nobody else claims it." in text and not ScanClaim.objects.exists()


def test_a_claim_is_made_and_shown(finder):
    done = finder.post("/scans/new", FORM | {"step": "claim"})
    row = ScanClaim.objects.get()
    assert done.headers["Location"] == f"/scans/{row.public_id}"
    assert (row.party.name, row.versions) == ("Deep Lab", "vers:pypi/>=3")
    assert "is yours" in finder.get(f"/scans/{row.public_id}")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"target": ""}, "required"),
        ({"versions": "a b c"}, "is not a PyPI version"),
        ({"days": "15"}, "less than or equal to 14"),
        ({"starts_at": "2020-01-01T00:00"}, "A claim ends in the future."),
    ],
)
def test_what_cannot_be_claimed_is_said_beside_the_form(finder, change, said):
    response = finder.client.post("/scans/new", FORM | change | {"step": "claim"})
    assert response.status_code == 422
    assert said in response.content.decode() and not ScanClaim.objects.exists()


def test_a_claim_is_renewed_released_and_finished(finder):
    row = claimed("Deep Lab")
    finder.post(f"/scans/{row.public_id}/renew", {"days": "13"})
    row.refresh_from_db()
    assert row.renewals == 1
    finder.post(f"/scans/{row.public_id}/renew", {"days": "3"})
    assert "renewing moves the end" in finder.get(f"/scans/{row.public_id}").lower()
    finder.post(f"/scans/{row.public_id}/finish", {"report": "R-2026-999999"})
    assert "There is no report" in finder.get(f"/scans/{row.public_id}")
    finder.post(f"/scans/{row.public_id}/release", {"confirm": "yes"})
    text = finder.get(f"/scans/{row.public_id}")
    assert "The target is free again." in text and "released" in text
    assert "Renew" not in text


@pytest.mark.parametrize("deed", ["renew", "release", "finish"])
def test_nobody_changes_anothers_claim(visit, finder, deed):
    own, other = claimed("Deep Lab"), claimed("Other Lab")
    finder.post(f"/scans/{other.public_id}/{deed}", {"days": "9"}, status=403)
    visit("vendor").post(f"/scans/{own.public_id}/{deed}", {"days": "9"}, status=404)
    viewer = visitor(member(party("Deep Lab", "finder"), "Vic", MemberRole.VIEWER))
    viewer.post(f"/scans/{own.public_id}/{deed}", {"days": "9"}, status=403)
    other.refresh_from_db()
    assert (other.renewals, other.ended_at) == (0, None)
    assert finder.client.get(f"/scans/{own.public_id}/{deed}").status_code == 405


def test_coverage_is_asked_and_answered(finder):
    claimed("Other Lab")
    text = finder.client.post("/scans/coverage", {"target": JINJA}).content.decode()
    assert "Other Lab" in text and "As a table" in text
    none = finder.client.post("/scans/coverage", {"target": "pkg:pypi/none"}).content.decode()
    assert "Nobody has claimed to scan it" in none


def test_the_map_is_narrowed_in_the_address(finder):
    claimed("Deep Lab")
    other = claimed("Deep Lab", "pkg:pypi/requests")
    text = finder.get("/scans?target=pkg:pypi/requests")
    assert other.public_id in text and "pypi/jinja2" not in text


def test_claims_that_ended_are_listed_when_asked_for(finder):
    row = claimed("Deep Lab")
    actions.release(row, by=LOCAL, now=timezone.now())
    assert row.public_id not in finder.get("/scans")
    assert row.public_id in finder.get("/scans?show=all")


@pytest.mark.parametrize("count", [1, 3])
def test_the_map_takes_a_fixed_number_of_queries(finder, django_assert_max_num_queries, count):
    for _ in range(count):
        claimed("Deep Lab")
        claimed("Other Lab")
    with django_assert_max_num_queries(9):
        finder.get("/scans")


def started() -> MatchSession:
    return matching.start(
        starter=party("Other Lab", "finder"),
        joiner=party("Deep Lab", "finder"),
        at_most=64,
        by=LOCAL,
        now=timezone.now(),
    )


def test_a_session_shows_the_command_that_comes_next(finder):
    row = started()
    text = finder.get("/scans/matching")
    assert f"seawall match join {row.public_id} findings.json" in text
    assert "export SEAWALL_SERVER=http://testserver" in text


def test_a_session_is_ended_by_a_side_and_by_nobody_else(visit, finder):
    row = started()
    visit("vendor").post(f"/scans/matching/{row.public_id}/end", status=404)
    visit("coordinator").post(f"/scans/matching/{row.public_id}/end", status=403)
    finder.post(f"/scans/matching/{row.public_id}/end")
    assert "forgotten" in finder.get("/scans/matching")
    row.refresh_from_db()
    assert row.ended_at is not None


def test_sessions_of_others_are_not_shown(visit):
    row = started()
    assert row.public_id not in visit("vendor").get("/scans/matching")
    text = visit("coordinator").get("/scans/matching")
    assert row.public_id in text and "seawall match join" not in text
