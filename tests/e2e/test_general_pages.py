"""The general pages in a real browser: by keyboard, without JavaScript, in two languages."""

import re

import pytest

from e2e.eyes import assert_accessible, sign_in


@pytest.fixture(scope="module")
def cora(site):
    made = site.scene("person", name="Cora")
    site.scene("report", text="Buffer overflow in libtide 1.2 when a frame is empty.")
    return made


@pytest.mark.parametrize("page", ["/", "/advisories", "/nothing-here", "/sign-in"])
def test_pages_of_everybody_are_accessible(site, tab, page):
    tab.goto(site.address + page)
    assert_accessible(tab)


@pytest.mark.parametrize("page", ["/", "/search", "/search?q=libtide", "/audit", "/audit/events/0"])
def test_pages_of_the_house_are_accessible(site, tab, cora, page):
    sign_in(tab, site, cora)
    assert tab.goto(site.address + page).status == 200
    assert_accessible(tab)


def test_the_first_tab_stop_skips_to_the_content(site, tab):
    tab.goto(site.address + "/advisories")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"


def test_rows_are_walked_and_opened_by_keyboard(site, tab, cora):
    sign_in(tab, site, cora)
    tab.goto(site.address + "/audit")
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    tab.keyboard.press("k")
    first = tab.locator("[data-row] a[data-open]").first
    assert first.evaluate("e => e === document.activeElement")
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile("/audit/events/"))


def test_single_keys_can_be_turned_off(site, tab, cora):
    sign_in(tab, site, cora)
    tab.keyboard.press("?")
    assert tab.locator("dialog#keys").is_visible()
    assert_accessible(tab)
    tab.check("#keys-off")
    tab.keyboard.press("Escape")
    tab.keyboard.press("?")
    assert not tab.locator("dialog#keys").is_visible()


def test_the_theme_is_chosen_and_kept_without_javascript(site, browser):
    context = browser.new_context(java_script_enabled=False, color_scheme="light")
    tab = context.new_page()
    tab.goto(site.address + "/advisories")
    tab.click(".drop > summary")
    tab.click("button[name=theme][value=dark]")
    assert tab.url == site.address + "/advisories"
    assert tab.get_attribute("html", "data-theme") == "dark"
    context.close()


def test_the_language_is_the_browsers_until_one_is_chosen(site, browser):
    context = browser.new_context(locale="es-ES")
    tab = context.new_page()
    tab.goto(site.address + "/sign-in")
    assert tab.get_attribute("html", "lang") == "es"
    tab.click(".drop > summary")
    tab.click("button[name=language][value=en]")
    assert tab.get_attribute("html", "lang") == "en"
    assert "Sign in" in tab.inner_text("h1")
    context.close()


def test_a_check_of_the_ledger_is_followed_live(site, tab, cora):
    sign_in(tab, site, cora)
    tab.goto(site.address + "/audit")
    tab.click("button:has-text('Verify the whole ledger')")
    tab.wait_for_selector("h2:has-text('The ledger is sound')")
    assert_accessible(tab)


def test_live_work_ends_with_the_session(site, tab, cora):
    """The part that asks for itself leads to the sign-in page once the session is ended."""
    sign_in(tab, site, cora)
    tab.goto(site.address + "/")
    site.scene("end_sessions", email=cora["email"])
    tab.evaluate("htmx.trigger('#work', 'load'); htmx.ajax('GET', '/live/work', '#work')")
    tab.wait_for_url(re.compile("/sign-in"))


def test_nothing_comes_from_elsewhere_and_nothing_runs_inline(site, tab):
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    answer = tab.goto(site.address + "/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert all(url.startswith(site.address + "/") for url in asked)
    assert tab.locator("[style], script:not([src]), [onclick]").count() == 0


def test_the_check_of_accessibility_can_fail(site, tab):
    tab.goto(site.address + "/advisories")
    tab.evaluate("document.querySelector('h1').outerHTML = '<img src=x><p class=quiet>x</p>'")
    with pytest.raises(AssertionError, match="image-alt"):
        assert_accessible(tab)


@pytest.mark.parametrize("page", ["/", "/audit", "/advisories", "/search?q=libtide"])
def test_spanish_fits_a_phone_too(site, browser, cora, page):
    context = browser.new_context(locale="es-ES", viewport={"width": 360, "height": 800})
    tab = context.new_page()
    sign_in(tab, site, cora)
    tab.goto(site.address + page)
    assert tab.get_attribute("html", "lang") == "es"
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()
