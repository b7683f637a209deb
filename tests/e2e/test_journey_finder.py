"""A finder: a report goes in by the browser, and what became of it is told."""

import json
import re

import pytest

from e2e.eyes import assert_accessible, sign_in

TITLE = "A template's text leaves its sandbox"


@pytest.fixture(scope="module")
def fred(site):
    return site.scene("person", name="Fred", party="Ann Lab", roles=["finder"], role="lead")


def test_a_report_is_answered_at_once_and_is_found_again(site, tab, fred):
    sign_in(tab, site, fred)
    tab.goto(site.address + "/submit")
    assert_accessible(tab)
    report = {
        "seawall_report": 1,
        "provenance": {"reporter": "Somebody Else", "finders": ["Fred"], "credit": "named"},
        "findings": [{"key": "1", "title": TITLE, "target": "pkg:pypi/tidelib@1.0"}],
    }
    content = json.dumps(report).encode()
    tab.set_input_files(
        "[name=file]", {"name": "r.json", "mimeType": "application/json", "buffer": content}
    )
    tab.click("button:has-text('Send')")
    tab.wait_for_url(re.compile("/reports/R-"))
    assert "Received: it is new here." in tab.locator("main").inner_text()
    assert_accessible(tab)
    tab.goto(site.address + "/reports")
    row = tab.locator("[data-row]", has_text="Ann Lab").first
    assert "Somebody Else" not in row.inner_text()
    assert_accessible(tab)
    row.locator("a[data-open]").click()
    tab.locator("[data-row] a[data-open]").first.click()
    assert TITLE in tab.locator("h1").inner_text()
    assert tab.locator("svg").first.is_visible()
    assert_accessible(tab)


def test_what_cannot_be_read_is_said_with_what_to_do(site, tab, fred):
    sign_in(tab, site, fred)
    tab.goto(site.address + "/submit")
    broken = {"name": "r.json", "mimeType": "application/json", "buffer": b'{"seawall_report": 1'}
    tab.set_input_files("[name=file]", broken)
    tab.click("button:has-text('Send')")
    assert "Not readable, and nothing was kept." in tab.locator("main").inner_text()
    assert_accessible(tab)


def test_a_finder_sees_its_own_and_not_what_others_found(site, tab, fred):
    own = site.scene("proven", title="Ann Lab's own finding", reporter="Ann Lab")
    theirs = site.scene("proven", title="Somebody else's secret", reporter="Deep Secret Lab")
    sign_in(tab, site, fred)
    assert tab.goto(f"{site.address}/findings/{own['finding']}").status == 200
    assert "E3" in tab.locator("main").inner_text()
    assert_accessible(tab)
    tab.goto(f"{site.address}/cases/{own['case']}")
    assert_accessible(tab)
    hidden = tab.goto(f"{site.address}/findings/{theirs['finding']}")
    assert hidden.status == 404
    absent = tab.goto(f"{site.address}/findings/F-2026-999999")
    assert absent.status == 404
    tab.goto(f"{site.address}/search?q=secret")
    assert "Somebody else's secret" not in tab.locator("main").inner_text()
