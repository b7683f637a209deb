"""Deconfliction in a real browser: a finder sees who scans a target, claims it, and ends it."""

import re

import pytest

from e2e.eyes import assert_accessible, sign_in

TARGET = "pkg:pypi/tidelib"


@pytest.fixture(scope="module")
def fina(site):
    """A finder whose target another party claims already."""
    made = site.scene("person", name="Fiona", party="Deep Lab", roles=["finder"], role="lead")
    site.scene("party", name="Other Lab", roles=["finder"])
    site.scene("claim", party="Other Lab", target=TARGET, versions=">=2")
    site.scene("match", starter="Other Lab", joiner="Deep Lab")
    return made


def test_a_finder_sees_what_overlaps_then_claims_and_finishes(site, tab, fina):
    sign_in(tab, site, fina)
    tab.goto(site.address + "/scans")
    assert_accessible(tab)
    tab.click("a:has-text('Claim a target')")
    tab.fill("[name=target]", TARGET)
    tab.fill("[name=versions]", "<3")
    tab.fill("[name=model]", "finder-model")
    tab.click("button:has-text('See what overlaps')")
    overlaps = tab.locator("#overlaps").inner_text()
    assert "Other Lab" in overlaps and "vers:pypi/>=2|<3" in overlaps
    assert_accessible(tab)
    tab.click("button:has-text('Claim it all the same')")
    tab.wait_for_url(re.compile("/scans/S-"))
    assert_accessible(tab)
    tab.goto(site.address + "/scans")
    assert tab.locator("svg").first.is_visible()
    assert tab.locator("svg text", has_text="Other Lab (overlaps)").count() == 1
    assert_accessible(tab)
    tab.click("[data-row] a[data-open]")
    tab.click("button:has-text('Finish')")
    assert "The scan is done." in tab.locator("main").inner_text()


@pytest.mark.parametrize("page", ["/scans/new", "/scans/coverage", "/scans/matching"])
def test_the_pages_are_accessible(site, tab, fina, page):
    sign_in(tab, site, fina)
    assert tab.goto(site.address + page).status == 200
    assert_accessible(tab)


def test_the_next_command_of_a_session_is_there_to_copy(site, tab, fina):
    sign_in(tab, site, fina)
    tab.goto(site.address + "/scans/matching")
    assert tab.locator("code", has_text=re.compile("seawall match join X-")).count() == 1
    tab.click("summary:has-text('End…')")
    tab.click("button:has-text('End the session')")
    assert "forgotten" in tab.locator("main").inner_text()
