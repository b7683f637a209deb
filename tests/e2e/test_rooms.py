"""Case rooms and the maintainer's view in a real browser: everybody can use them, at each tier,
without JavaScript too."""

from typing import Any

import pytest

from e2e.eyes import assert_accessible, sign_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(site) -> dict[str, Any]:
    return site.scene("room")


@pytest.mark.parametrize(
    ("who", "path", "words"),
    [
        ("lead", "/cases", "Sandbox escape"),
        ("lead", "/cases/{case}", "You coordinate here"),
        ("vendor", "/cases/{case}", "You take part as vendor"),
        ("finder", "/cases/{case}", "You take part as finder and read T1"),
        ("late", "/cases/{case}", "You found it too"),
        ("lead", "/cases/{case}/timeline", "The case was opened."),
        ("vendor", "/maintainer", "Loop in the parser"),
    ],
)
def test_a_page_is_for_everybody(site, browser, made, who, path, words):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    try:
        sign_in(tab, site, made["people"][who])
        tab.goto(site.address + path.format(case=made["case"]))
        assert words in tab.inner_text("main")
        assert_accessible(tab)
    finally:
        context.close()


def test_a_message_is_sent_without_javascript(site, browser, made):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    try:
        sign_in(tab, site, made["people"]["vendor"])
        tab.goto(f"{site.address}/cases/{made['case']}")
        tab.fill("textarea[name=text]", "The fix is tagged.")
        tab.click("text=Send")
        assert "The message was sent." in tab.inner_text("main")
        assert "The fix is tagged." in tab.inner_text("main")
    finally:
        context.close()


def test_the_composer_is_reached_and_sent_by_keyboard_alone(site, browser, made):
    context = browser.new_context()
    tab = context.new_page()
    try:
        sign_in(tab, site, made["people"]["lead"])
        tab.goto(f"{site.address}/cases/{made['case']}")
        for _ in range(60):
            tab.keyboard.press("Tab")
            if tab.evaluate("document.activeElement.name") == "text":
                break
        tab.keyboard.type("By keyboard.")
        for _ in range(10):
            tab.keyboard.press("Tab")
            if tab.evaluate("document.activeElement.textContent") == "Send":
                break
        tab.keyboard.press("Enter")
        tab.wait_for_selector("text=The message was sent.")
    finally:
        context.close()
