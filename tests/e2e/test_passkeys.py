"""Passkeys in a real browser with an authenticator of its own (WebAuthn over CDP)."""

from typing import Any

import pytest

from e2e.eyes import assert_accessible, sign_in

pytestmark = pytest.mark.slow


@pytest.fixture
def authenticator(tab: Any) -> Any:
    """A device in the tab that verifies its user and keeps passkeys; gives its session and id."""
    cdp = tab.context.new_cdp_session(tab)
    cdp.send("WebAuthn.enable")
    made = cdp.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return cdp, made["authenticatorId"]


def register(tab: Any, site: Any, name: str = "laptop") -> None:
    tab.goto(f"{site.address}/account/passkeys")
    tab.fill("input[name=label]", name)
    tab.click("[data-passkey-go]")
    tab.wait_for_url(f"{site.address}/account")


def test_a_passkey_is_added_and_signs_in_without_a_name(site, tab, authenticator):
    who = site.scene("person", name="Pia")
    sign_in(tab, site, who)
    register(tab, site)
    assert tab.get_by_text("laptop").count() == 1
    assert_accessible(tab)
    tab.context.clear_cookies()
    tab.goto(f"{site.address}/sign-in?next=/account")
    assert_accessible(tab)
    tab.click("[data-passkey-go]")
    tab.wait_for_url(f"{site.address}/account")
    assert tab.get_by_role("heading", name="Pia").count() == 1


def test_a_passkey_that_does_not_verify_its_user_signs_nobody_in(site, tab, authenticator):
    cdp, device = authenticator
    sign_in(tab, site, site.scene("person", name="Quin"))
    register(tab, site)
    tab.context.clear_cookies()
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    tab.goto(f"{site.address}/sign-in")
    tab.click("[data-passkey-go]")
    tab.wait_for_selector("[data-passkey-problem]:not([hidden])")
    tab.goto(f"{site.address}/account")
    assert "/sign-in" in tab.url


def test_a_removed_passkey_signs_nobody_in(site, tab, authenticator):
    sign_in(tab, site, site.scene("person", name="Rita"))
    register(tab, site)
    tab.get_by_text("Remove…").click()
    tab.get_by_role("button", name="Remove").click()
    tab.wait_for_url(f"{site.address}/account")
    tab.context.clear_cookies()
    tab.goto(f"{site.address}/sign-in")
    tab.click("[data-passkey-go]")
    tab.wait_for_selector("text=The passkey was not accepted")


def test_an_invitation_is_taken_up_with_a_passkey_and_no_password(site, tab, authenticator):
    link = site.scene("invitation", email="sara@example.org")
    tab.goto(site.address + link)
    assert_accessible(tab)
    tab.fill("input[name=name]", "Sara")
    tab.click("[data-passkey-go]")
    tab.wait_for_url(f"{site.address}/")
    tab.goto(f"{site.address}/account")
    assert tab.get_by_text("No password").count() == 1


def test_a_passkey_signs_the_digest_of_an_approval(site, tab, authenticator):
    who = site.scene("person", name="Tess", role="lead")
    asked = site.scene("shredding_asked")
    sign_in(tab, site, who)
    register(tab, site)
    tab.goto(f"{site.address}/approvals/{asked['id']}")
    assert tab.get_by_text(asked["digest"]).count() == 1
    assert_accessible(tab)
    tab.click("[data-passkey-go]")
    tab.wait_for_selector("text=You have signed.")
    (signature,) = site.scene("signatures", id=asked["id"])
    assert (signature["how"], signature["digest"]) == ("passkey", asked["digest"])
    assert signature["challenge"] == asked["digest"]
