"""Each general page for each kind of visitor."""

import pytest

from web.people import KINDS

HOUSE = {"coordinator", "lead", "viewer", "admin"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("url", ["/", "/advisories"])
def test_everybody_has_these_pages(visit, kind, url):
    text = visit(kind).get(url)
    assert text.startswith("<!doctype html>")
    assert text.count("<h1") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_audit_trail_is_for_the_house(visit, kind):
    who = visit(kind)
    if kind in HOUSE:
        assert "Audit trail" in who.get("/audit")
    elif kind == "nobody":
        assert who.client.get("/audit").headers["Location"] == "/sign-in?next=%2Faudit"
    else:
        assert "does not give access" in who.get("/audit", 403)
