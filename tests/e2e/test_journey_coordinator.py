"""A coordinator: from the queue to a release under embargo that two parties sign."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from e2e.eyes import assert_accessible, sign_in

VENDOR = "Quay Guild"
TITLE = "A cookie lands on the prototype"


@pytest.fixture(scope="module")
def cora(site):
    return site.scene("person", name="Coralie", role="lead")


@pytest.fixture(scope="module")
def vito(site):
    return site.scene("person", name="Vito", party=VENDOR, roles=["vendor"], role="lead")


def test_the_queue_is_worked_by_keyboard_and_its_filters_are_in_the_address(site, tab, cora):
    made = site.scene("report", text="A letter about tidelib: its parser reads past the end.")
    sign_in(tab, site, cora)
    tab.goto(site.address + "/intake")
    assert_accessible(tab)
    tab.keyboard.press("j")
    tab.keyboard.press("x")
    assert tab.locator("[data-chosen]").inner_text() == "1"
    tab.keyboard.press("o")
    tab.wait_for_load_state()
    assert "case" in tab.locator("main").inner_text().lower()
    tab.goto(f"{site.address}/findings/{made['findings'][0]}")
    assert tab.locator("a[href*='/cases/C-']").count() >= 1
    tab.goto(site.address + "/intake?q=tidelib")
    assert tab.locator("[data-row]").count() == 1


def test_a_case_is_coordinated_and_released_early_by_two_parties(site, tab, browser, cora, vito):
    made = site.scene("proven", title=TITLE)
    sign_in(tab, site, cora)
    room = f"{site.address}/cases/{made['case']}"
    tab.goto(room)
    assert_accessible(tab)
    tab.select_option("#event", "V")
    tab.click("button:has-text('It happened')")
    tab.click("summary:has-text('Bring a party in')")
    tab.fill(
        "form:has(button:has-text('Bring it in')) [name=party]",
        VENDOR,
    )
    tab.select_option("form:has(button:has-text('Bring it in')) [name=part]", "vendor")
    tab.click("button:has-text('Bring it in')")
    assert VENDOR in tab.locator("main").inner_text()
    tab.click("summary:has-text('Propose an embargo')")
    until = (datetime.now(UTC) + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M")
    tab.fill("form:has(button:text-is('Propose')) [name=until]", until)
    tab.click("button:text-is('Propose')")
    assert "Proposed: until" in tab.locator("main").inner_text()
    advisory = site.scene("verified_fix", case=made["case"])

    other = browser.new_context(reduced_motion="reduce", locale="en-US")
    theirs = other.new_page()
    sign_in(theirs, site, vito)
    theirs.goto(room)
    assert_accessible(theirs)
    theirs.click("button:has-text('Accept')")
    assert "An embargo holds until" in theirs.locator("main").inner_text()
    theirs.fill("[name=text]", "The fix goes out today.")
    theirs.click("button:text-is('Send')")
    assert "The fix goes out today." in theirs.locator("main").inner_text()

    stranger = browser.new_context(reduced_motion="reduce", locale="en-US").new_page()
    assert stranger.goto(f"{site.address}/advisories/{advisory}").status == 404

    tab.goto(room)
    assert "The fix goes out today." in tab.locator("main").inner_text()
    tab.click("summary:has-text('Ask for an early release')")
    tab.click("button:has-text('Ask for it') >> visible=true")
    tab.wait_for_url(re.compile("/approvals/AP-"))
    assert_accessible(tab)
    asked = tab.url
    tab.click("main button:text-is('Sign')")
    assert "Coralie" in tab.locator("main").inner_text()
    theirs.goto(asked)
    assert_accessible(theirs)
    assert (
        theirs.locator("code.digest").first.inner_text()
        == tab.locator("code.digest").first.inner_text()
    )
    theirs.click("main button:text-is('Sign')")
    tab.goto(asked)
    tab.click("summary:has-text('Carry it out')")
    tab.click("button:has-text('Carry it out') >> visible=true")
    assert stranger.goto(f"{site.address}/advisories/{advisory}").status == 200
    assert_accessible(stranger)
    tab.goto(room)
    assert "embargo" in tab.locator("main").inner_text().lower()
    stranger.context.close()
    other.close()


@pytest.mark.parametrize(
    "page", ["/", "/intake", "/cases", "/duplicates", "/approvals", "/audit", "/search?q=cookie"]
)
def test_the_pages_of_a_coordinator_are_accessible(site, tab, cora, page):
    sign_in(tab, site, cora)
    assert tab.goto(site.address + page).status == 200
    assert_accessible(tab)
