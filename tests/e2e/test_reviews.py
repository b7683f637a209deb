"""One review in a real browser: the lab submits, the evaluator draws and plans, the official
determines and chooses a partner with the lab, the partner binds its key and uses an alias."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from e2e.eyes import assert_accessible, sign_in
from seawall.evals.draw import commit, new_nonce

JWK = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'


@pytest.fixture(scope="module")
def folk(site) -> dict[str, dict[str, str]]:
    seats = {
        "Adele": ("Osprey Labs", "lab"),
        "Oluf": ("Office of Reviews", "official"),
        "Evan": ("Bench", "evaluator"),
        "Halina": ("St. Elsewhere", "deployer"),
    }
    return {
        name.lower(): site.scene("person", name=name, party=of, roles=[role], role="lead")
        for name, (of, role) in seats.items()
    }


@pytest.fixture
def of(site, browser, folk) -> Any:
    """A tab for each of them, which complains when a policy is broken."""
    contexts, complaints = {}, []

    def tab(name: str) -> Any:
        if name not in contexts:
            context = browser.new_context(reduced_motion="reduce", locale="en-US")
            made = context.new_page()
            made.on("pageerror", lambda error: complaints.append(str(error)))
            made.on(
                "console",
                lambda said: (
                    complaints.append(said.text) if "Content Security Policy" in said.text else None
                ),
            )
            sign_in(made, site, folk[name])
            contexts[name] = (context, made)
        return contexts[name][1]

    yield tab
    for context, _tab in contexts.values():
        context.close()
    assert complaints == []


def _day(days: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M}"


def _confirm(tab: Any, ask: str, button: str) -> None:
    tab.click(f"summary:has-text('{ask}')")
    tab.click(f"details[open] button:has-text('{button}')")


def _carry_out(tab: Any) -> None:
    tab.click("details:has(form[action$='carry-out']) > summary")
    tab.click("form[action$='carry-out'] button")


def test_a_review_from_the_draft_to_a_partners_token(site, of, folk):
    review = _submitted(site, of("adele"))
    evaluation = _planned(site, of, review)
    _determined(site, of("oluf"), folk, review, evaluation)
    _selected(site, of, folk)
    _given(site, of, review)


def _submitted(site: Any, tab: Any) -> str:
    tab.goto(site.address + "/reviews")
    assert_accessible(tab)
    tab.click("a:has-text('Put a model up for review') >> nth=0")
    assert_accessible(tab)
    fields = {
        "model": "Osprey",
        "version": "osprey-2026-11-20",
        "safeguards": "none",
        "endpoint": "https://models.example.org/v1",
        "operations": "4e25",
        "partner_release_at": _day(20),
        "public_release_at": _day(35),
        "confidentiality": "Named people of the office and of the evaluator only.",
        "cybersecurity": "Keys bound to machines; no copy leaves the gateway.",
        "insider_risk": "Two people for each access.",
        "intellectual_property": "Nothing is kept, copied or learned from.",
        "permitted_use": "Defence of one's own systems.",
        "deletion": "Keys are destroyed, and the evidence is signed.",
    }
    for name, value in fields.items():
        tab.fill(f"[name={name}]", value)
    tab.click("button:has-text('Keep the draft')")
    tab.wait_for_url(re.compile("/reviews/M-"))
    assert_accessible(tab)
    _confirm(tab, "Submit…", "Submit")
    assert "It is up for review." in tab.locator("main").inner_text()
    return str(tab.url)


def _planned(site: Any, of: Any, review: str) -> str:
    lab, evaluator, nonces = of("adele"), of("evan"), [new_nonce(), new_nonce()]
    evaluator.goto(review)
    evaluator.click("button:has-text('Open an evaluation')")
    evaluator.wait_for_url(re.compile("/evaluations/E-"))
    url = str(evaluator.url)
    assert_accessible(evaluator)
    for reveal in (False, True):
        for tab, nonce in zip((lab, evaluator), nonces, strict=True):
            tab.goto(url)
            tab.fill("[name=value]", nonce if reveal else commit(nonce))
            tab.click(f"button:has-text('{'Reveal the nonce' if reveal else 'Commit'}')")
    assert_accessible(evaluator)
    evaluator.click("button:has-text('Fix the plan')")
    assert "The plan is fixed" in evaluator.locator("main").inner_text()
    assert_accessible(evaluator)
    kept = site.scene("results", solved=14, most=16)
    evaluator.wait_for_selector(f"#progress:has-text('{kept} results are kept.')", timeout=15_000)
    evaluator.click("a:has-text('Show what they say')")
    assert "Nothing was changed" in evaluator.locator("main").inner_text()
    evaluator.click("summary:has-text('Each result') >> nth=0")
    assert_accessible(evaluator)
    lab.goto(url)
    assert "The official has not shared the results" in lab.locator("main").inner_text()
    assert_accessible(lab)
    return url


def _determined(
    site: Any, official: Any, folk: dict[str, dict[str, str]], review: str, evaluation: str
) -> None:
    official.goto(f"{evaluation}/report")
    painted = "getComputedStyle(document.querySelector('.verdict')).borderLeftStyle"
    assert official.evaluate(painted) == "solid"
    assert official.locator("svg.curve").count() >= 2
    assert_accessible(official)
    official.goto(evaluation)
    official.select_option("[name=verdict]", "covered")
    official.fill("[name=because]", "The numbers on offence say so.")
    official.click("button:has-text('Determine')")
    official.wait_for_url(re.compile("/approvals/"))
    assert_accessible(official)
    people = [folk["oluf"]["email"], folk["evan"]["email"]]
    site.scene("signed", on=review.rpartition("/")[2], by=people)
    official.reload()
    _carry_out(official)
    official.goto(review)
    assert "covered" in official.locator("#assessment").inner_text()
    official.check("[name=parts][value=verdict]")
    official.click("button:has-text('Share')")
    assert_accessible(official)


def _selected(site: Any, of: Any, folk: dict[str, dict[str, str]]) -> None:
    partner, official, lab = of("halina"), of("oluf"), of("adele")
    partner.goto(site.address + "/partners")
    assert_accessible(partner)
    partner.click("a:has-text('Apply') >> nth=0")
    assert_accessible(partner)
    partner.select_option("[name=kind]", "hospital")
    partner.fill("[name=statement]", "We run the wards of a county and scan what they depend on.")
    partner.click("main button:has-text('Apply')")
    partner.wait_for_url(re.compile("/partners/T-"))
    url = str(partner.url)
    assert_accessible(partner)
    official.goto(url)
    for number in range(official.locator("button:has-text('Met')").count() // 2):
        form = official.locator(".criteria > li").nth(number)
        form.locator("[name=note]").fill("Seen on the spot.")
        form.locator("button[value=yes]").click()
    assert_accessible(official)
    for tab in (official, lab):
        tab.goto(url)
        tab.click("#voices button[value=yes]")
    assert_accessible(lab)
    people = [folk["oluf"]["email"], folk["adele"]["email"]]
    site.scene("signed", on=url.rpartition("/")[2], by=people)
    lab.click("main .note a")
    _carry_out(lab)
    partner.goto(url)
    assert "designated" in partner.locator("main .lead").inner_text()
    assert_accessible(partner)
    partner.goto(site.address + "/partners")
    assert_accessible(partner)


def _given(site: Any, of: Any, review: str) -> None:
    lab, official, partner = of("adele"), of("oluf"), of("halina")
    lab.goto(review)
    _confirm(lab, "Open the window…", "Open the window")
    lab.click("a:has-text('Give a partner access')")
    assert_accessible(lab)
    lab.fill("[name=purpose]", "Scan the software of the wards.")
    lab.click("button:has-text('Ask for access')")
    lab.wait_for_url(re.compile("/grants/G-"))
    url = str(lab.url)
    official.goto(url)
    official.click("button:has-text('Approve')")
    partner.goto(url)
    assert_accessible(partner)
    partner.fill("[name=key]", JWK)
    partner.click("button:has-text('Bind the key')")
    assert partner.locator("code", has_text=re.compile("^swg_")).count() == 1
    assert_accessible(partner)
    made = site.scene("used")
    partner.goto(url)
    text = partner.locator("body").inner_text()
    assert made["alias"] in text
    assert "Osprey" not in text.replace("Osprey Labs", "") and made["model"] not in text
    assert "odd hours" not in text
    assert_accessible(partner)
    partner.goto(site.address + "/grants")
    assert_accessible(partner)
    official.goto(url)
    assert "odd hours" in official.locator("#signals").inner_text()
    assert_accessible(official)
    for tab in (lab, official):
        tab.goto(review)
        assert_accessible(tab)
    lab.goto(f"{review}/head-start")
    assert_accessible(lab)
    lab.emulate_media(media="print")
    assert lab.locator(".menu").is_hidden()
    lab.emulate_media(media="screen")
    lab.goto(site.address + "/reviews")
    assert_accessible(lab)


def test_who_has_no_part_in_reviews_finds_nothing_there(site, tab):
    someone = site.scene("person", name="Corinna")
    sign_in(tab, site, someone)
    assert tab.locator(".menu a[href='/reviews']").count() == 0
    tab.goto(site.address + "/reviews")
    assert "No models yet" in tab.locator("main").inner_text()
    assert_accessible(tab)
