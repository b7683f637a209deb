"""Visitors of every kind."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from web.people import Visitor


@pytest.fixture
def visit(home, db) -> "Callable[[str], Visitor]":
    """A visitor by kind: nobody; a lead, coordinator, viewer or admin of the house; a member of a
    party that finds, sells or runs software."""

    from web.people import visitor_of

    return visitor_of
