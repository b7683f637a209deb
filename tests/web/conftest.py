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


@pytest.fixture
def count_queries(db) -> "Callable[[Callable[[], object]], int]":
    """How many queries a call makes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count(call: "Callable[[], object]") -> int:
        with CaptureQueriesContext(connection) as made:
            call()
        return len(made)

    return count
