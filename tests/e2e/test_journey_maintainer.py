"""A maintainer: a proven report comes, is taken up, gets a fix; the pace is the maintainer's."""

import re

import pytest

from e2e.eyes import assert_accessible, sign_in

VENDOR = "Pylon Maintainers"


@pytest.fixture(scope="module")
def maya(site):
    return site.scene("person", name="Maya", party=VENDOR, roles=["vendor"], role="lead")


@pytest.fixture(scope="module")
def handed(site, maya):
    return site.scene("handed_over", title="A parser that never ends", vendor=VENDOR)


def test_a_handed_over_case_is_taken_up_and_gets_a_fix(site, tab, maya, handed):
    sign_in(tab, site, maya)
    tab.goto(site.address + "/maintainer")
    assert "A parser that never ends" in tab.locator("main").inner_text()
    assert_accessible(tab)
    tab.click("button:has-text('We have it')")
    assert "in work" in tab.locator("main").inner_text()
    tab.click("text=A parser that never ends")
    tab.wait_for_url(re.compile("/cases/C-"))
    assert_accessible(tab)
    tab.click("summary:has-text('Add a fix')")
    tab.fill("[name=version]", "3.1.5")
    tab.click("button:has-text('Add the fix')")
    assert "3.1.5" in tab.locator("#fixes + *, section:has(#fixes)").last.inner_text()


def test_the_pace_is_set_and_kept(site, tab, maya):
    sign_in(tab, site, maya)
    tab.goto(site.address + "/maintainer")
    tab.fill("[name=per_week]", "2")
    tab.fill("[name=batch]", "2")
    tab.click("button:has-text('Keep it')")
    assert "of 2 at most" in tab.locator("main").inner_text()
    assert_accessible(tab)


def test_a_case_of_others_does_not_exist_for_a_maintainer(site, tab, maya):
    other = site.scene("proven", title="Nobody's business of the maintainer")
    sign_in(tab, site, maya)
    assert tab.goto(f"{site.address}/cases/{other['case']}").status == 404
