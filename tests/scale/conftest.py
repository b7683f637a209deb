"""Visitors of every kind, as the tests of the pages have them."""

from web.conftest import visit  # noqa: F401
