"""What a browser says of itself, as people read it: "Firefox on Linux"."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from seawall.parties.models import SignIn

# Each browser also claims to be those after it.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrom", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_of(agent: str) -> str:
    """The browser and the system that the User-Agent names; it can say what it likes."""
    browser, system = _first(_BROWSERS, agent), _first(_SYSTEMS, agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("unknown browser")


def with_browsers(rows: Iterable[SignIn]) -> list[tuple[SignIn, str]]:
    """Each session with its browser in words."""
    return [(row, browser_of(row.agent)) for row in rows]


def _first(named: Sequence[tuple[str, str]], agent: str) -> str:
    return next((name for mark, name in named if mark in agent), "")
