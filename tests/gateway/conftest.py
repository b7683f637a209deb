"""A gateway for each test, over an empty database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gateway.world import Holder, Running


@pytest.fixture
def house(transactional_db: None, home: Path) -> Iterator[Running]:
    """A gateway that runs, with a model behind it and no grants yet."""
    from gateway.world import running

    with running() as made:
        yield made


@pytest.fixture
def who(house: Running) -> Holder:
    """A partner that may use the model."""
    from gateway.world import holder, submission

    return holder(submission(port=house.model.port))
