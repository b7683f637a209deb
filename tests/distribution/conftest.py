"""An installation with a name and folders of its own, and one whose public feed was founded."""

from typing import Any

import pytest


@pytest.fixture
def installation(home, settings, tmp_path) -> None:
    from distribution.founded import set_up

    set_up(settings, tmp_path)


@pytest.fixture
def feed(installation, db) -> Any:
    """The public feed after its ceremony."""
    from distribution.founded import hold_ceremony
    from seawall.distribution import feeds

    made = feeds.public()
    hold_ceremony(made)
    return made
