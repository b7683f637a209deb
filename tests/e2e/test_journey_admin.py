"""An administrator: a party is added, its first person comes by a link, and leaves at once."""

import pytest

from e2e.eyes import assert_accessible, sign_in


@pytest.fixture(scope="module")
def alma(site):
    return site.scene("person", name="Alma", role="lead", is_admin=True)


def test_a_party_gets_its_first_person_whose_sessions_end_with_the_membership(
    site, tab, browser, alma
):
    sign_in(tab, site, alma)
    tab.goto(site.address + "/admin")
    assert_accessible(tab)
    tab.click("text=New party")
    tab.fill("[name=name]", "Breakwater Vendor")
    tab.check("[name=roles][value=vendor]")
    assert_accessible(tab)
    tab.click("button:has-text('Add the party')")
    assert tab.locator("h1").inner_text() == "Breakwater Vendor"
    assert_accessible(tab)
    if not tab.locator("[name=email]").is_visible():
        tab.click("summary:has-text('Invite somebody')")
    tab.fill("[name=email]", "vera@example.org")
    tab.select_option("form:has([name=email]) [name=role]", "lead")
    tab.click("button:has-text('Make the link')")
    link = tab.locator(".token code").inner_text()
    assert_accessible(tab)

    other = browser.new_context(reduced_motion="reduce", locale="en-US")
    theirs = other.new_page()
    theirs.goto(link)
    assert "Join Breakwater Vendor" in theirs.locator("h1").inner_text()
    assert_accessible(theirs)
    theirs.fill("[name=name]", "Vera Quist")
    for field in theirs.locator("input[type=password]").all():
        field.fill("the gulls are loud today")
    theirs.click("button:has-text('Join with a password')")
    theirs.wait_for_url(lambda url: "/join" not in url)
    assert "Vera Quist" in theirs.locator("header").first.inner_text()
    theirs.goto(site.address + "/maintainer")
    assert theirs.locator("h1").inner_text() == "Breakwater Vendor"

    tab.click("text=I have it")
    tab.click("summary:has-text('End…')")
    tab.click("button:has-text('End the membership')")
    assert "Nobody is in this party yet" in tab.locator("main").inner_text()
    gone = theirs.goto(site.address + "/maintainer")
    assert gone.status == 200 and "Breakwater Vendor" not in theirs.locator("main").inner_text()
    other.close()


@pytest.mark.parametrize(
    "page",
    ["/admin", "/admin/people", "/admin/tokens", "/admin/sessions", "/admin/installation"],
)
def test_the_pages_of_administration_are_accessible(site, tab, alma, page):
    sign_in(tab, site, alma)
    assert tab.goto(site.address + page).status == 200
    assert_accessible(tab)


def test_everybody_sees_their_own_account_and_ends_a_session(site, tab, alma):
    sign_in(tab, site, alma)
    tab.goto(site.address + "/account")
    assert_accessible(tab)
    assert "alma@example.org" in tab.locator("main").inner_text()
