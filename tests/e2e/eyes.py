"""What the tests in the browser look with."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe

_RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}


def sign_in(tab: Any, site: Any, who: dict[str, str]) -> None:
    """Sign in by password."""
    tab.goto(f"{site.address}/sign-in")
    tab.fill("input[name=email]", who["email"])
    tab.fill("input[type=password]", who["password"])
    tab.press("input[type=password]", "Enter")
    tab.wait_for_url(lambda url: "/sign-in" not in url)


def assert_accessible(tab: Any) -> None:
    """The page breaks no rule of WCAG 2.2 AA that axe can check, in light and in dark, and is no
    wider than a phone's screen when shown there."""
    size = tab.viewport_size
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        found = Axe().run(tab, options=_RULES)
        broken = [
            f"{scheme}: {each['id']}: {each['help']}: {node['html'][:200]}"
            for each in found.response["violations"]
            for node in each["nodes"]
        ]
        assert broken == [], "\n".join(broken)
    tab.set_viewport_size({"width": 360, "height": 800})
    wide = tab.evaluate("document.documentElement.scrollWidth")
    tab.set_viewport_size(size)
    assert wide <= 360, f"{tab.url} is {wide} wide on a phone"
