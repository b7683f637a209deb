"""An operator: a system is described, its SBOM says what hits it, and something is done."""

import json

import pytest

from api.doors import sbom
from e2e.eyes import assert_accessible, sign_in

CVE = "CVE-2026-10001"


@pytest.fixture(scope="module")
def olga(site):
    site.scene("catalogue", package="driftlog", fixed="2.0.0", cve=CVE)
    return site.scene("person", name="Olga", party="City Hospital", roles=["deployer"], role="lead")


def test_an_sbom_tells_what_is_due_and_why_and_what_was_done_is_kept(site, tab, olga):
    sign_in(tab, site, olga)
    tab.goto(site.address + "/operator")
    assert "Describe your first system" in tab.locator("main").inner_text()
    assert_accessible(tab)
    tab.fill("[name=name]", "Ward portal")
    tab.select_option("[name=kind]", "civilian-federal")
    tab.select_option("[name=reached]", index=1)
    content = json.dumps(sbom("pkg:npm/driftlog@1.4.0")).encode()
    tab.set_input_files(
        "[name=sbom]", {"name": "s.json", "mimeType": "application/json", "buffer": content}
    )
    tab.click("button:has-text('Add the system')")
    assert CVE in tab.locator("main").inner_text()
    assert_accessible(tab)
    tab.goto(site.address + "/operator")
    assert "driftlog" in tab.locator("main").inner_text()
    assert_accessible(tab)
    tab.goto(site.address + "/operator/obligations")
    tab.locator("[data-row] a[data-open]").first.click()
    assert "Why this date" in tab.locator("main").inner_text()
    assert "BOD 26-04" in tab.locator("main").inner_text()
    assert_accessible(tab)
    tab.select_option("[name=closed_as]", "mitigated")
    tab.fill("[name=evidence]", "The proxy refuses such requests since today.")
    tab.click("button:has-text('Close it')")
    tab.goto(site.address + "/operator")
    assert "No directive demands anything now." in tab.locator("main").inner_text()


def test_an_advisory_is_checked_against_the_systems(site, tab, olga):
    sign_in(tab, site, olga)
    tab.goto(f"{site.address}/operator/check?name={CVE}")
    assert_accessible(tab)
    assert CVE in tab.locator("main").inner_text()


def test_another_operators_system_does_not_exist(site, tab):
    other = site.scene("person", name="Otto", party="Dry Bank", roles=["deployer"], role="lead")
    sign_in(tab, site, other)
    assert tab.goto(site.address + "/operator/systems/A-1").status == 404
