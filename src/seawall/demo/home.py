"""The folder that the demo plays in: new state each time, prepared packages kept."""

import os
import shutil
from pathlib import Path

from seawall.config.home import home_path
from seawall.vocab.errors import BadInput

_MARK = ".seawall-demo"
_KEPT = ("cache", _MARK)

PUBLISHER = {
    "SEAWALL_PUBLISHER_NAME": "Seawall demo",
    "SEAWALL_PUBLISHER_NAMESPACE": "https://demo.seawall.example",
    "SEAWALL_PUBLISHER_SHORT_NAME": "seawalldemo",
    "SEAWALL_PUBLISHER_ORG_ID": "7d4a5f6e-1b0c-4e8e-9a37-5d0f3c2b1a90",
    "SEAWALL_PUBLISHER_CONTACT": "demo@seawall.example",
}
"""A made-up publisher: what the demo publishes goes nowhere."""


def default_home() -> Path:
    """Beside the installation's own state, never in it."""
    home = home_path()
    return home.with_name(f"{home.name}-demo")


def fresh_home(home: Path) -> Path:
    """Empty `home` of an earlier demo's state, but for the cache, and use it for this process.

    Refuses a folder that holds anything else than an earlier demo.
    """
    mark = home / _MARK
    if home.exists() and any(home.iterdir()) and not mark.exists():
        raise BadInput(
            f"{home} holds something that is no earlier demo",
            mend="name an empty folder with --home",
        )
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark.touch()
    for each in home.iterdir():
        if each.name in _KEPT:
            continue
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()
    return enter(home)


def is_played(home: Path) -> bool:
    """Whether a demo was played in `home`."""
    return (home / _MARK).exists() and (home / "seawall.sqlite3").exists()


def enter(home: Path) -> Path:
    """Use `home` and the demo's settings for this process."""
    for name in [name for name in os.environ if name.startswith("SEAWALL_")]:
        if name not in ("SEAWALL_SANDBOX", "SEAWALL_DATA", "SEAWALL_DEBUG"):
            del os.environ[name]
    os.environ |= {"SEAWALL_HOME": str(home), **PUBLISHER}
    return home
