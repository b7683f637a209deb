"""Notices as their readers work with them: what stands there, how they are told, webhooks."""

import os
from typing import Any

import pytest

from e2e.eyes import assert_accessible, sign_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def nora(site) -> dict[str, str]:
    return site.scene("person", name="Nora", role="lead", is_admin=True)


def test_somebody_reads_chooses_and_adds_a_webhook(site, tab, nora):
    site.scene("proven", title="A notice is made of this")
    sign_in(tab, site, nora)
    for _ in range(100):
        tab.goto(site.address + "/notices")
        if tab.locator("[data-row]").count():
            break
        tab.wait_for_timeout(200)
    assert "The case was opened" in tab.locator("main").inner_text()
    _look(tab, "list")
    assert_accessible(tab)
    tab.click("button:has-text('I have seen these')")
    assert tab.locator(".badge:text-is('new')").count() == 0
    tab.click("a:has-text('How you are told')")
    _look(tab, "settings")
    assert_accessible(tab)
    tab.select_option("select[name=minutes]", "1440")
    tab.click("button:has-text('Save')")
    assert tab.locator("select[name=minutes]").input_value() == "1440"

    tab.goto(site.address + "/notices")
    tab.click("main a:has-text('Webhooks')")
    _look(tab, "webhooks-empty")
    assert_accessible(tab)
    tab.fill("input[name=url]", "https://127.0.0.1/in")
    tab.click("button:text-is('Add')")
    assert "not called" in tab.locator("main").inner_text()
    tab.fill("input[name=url]", "https://hooks.example/in")
    tab.click("button:text-is('Add')")
    assert "whsec_" in tab.locator("main").inner_text()
    _look(tab, "secret")
    assert_accessible(tab)
    tab.click("a:has-text('I have it')")
    _look(tab, "webhooks")
    assert_accessible(tab)
    tab.click("a[data-open]")
    _look(tab, "webhook")
    assert_accessible(tab)
    tab.click("summary:has-text('Remove')")
    tab.click("details[open] button:text-is('Remove')")
    assert "No webhooks yet" in tab.locator("main").inner_text()


def _look(tab: Any, name: str) -> None:
    """A picture at each width, light and dark, for who asks for them."""
    folder = os.environ.get("PICTURES")
    if not folder:
        return
    size = tab.viewport_size
    for width in (360, 820, 1440):
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme)
            tab.set_viewport_size({"width": width, "height": 900})
            tab.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png", full_page=True)
    tab.emulate_media(color_scheme="light")
    tab.set_viewport_size(size)
