"""The kind of database that the tests run on, for tests that start processes of their own."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.db import DataError, models

_SERVER = os.environ.get("SEAWALL_TEST_DATABASE_URL", "")


@contextmanager
def empty_database() -> Iterator[dict[str, str]]:
    """Environment variables for an installation of its own: none on SQLite, which lies in the
    home folder, and on PostgreSQL an empty database that goes away again."""
    if not _SERVER:
        yield {}
        return
    name = f"seawall_{secrets.token_hex(6)}"
    with psycopg.connect(_SERVER, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield {"SEAWALL_DATABASE_URL": named(name)}
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def named(name: str, url: str = _SERVER) -> str:
    """The database `name` on the server of `url`."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def refuse_as_postgresql(patch: pytest.MonkeyPatch) -> None:
    """Let SQLite refuse what PostgreSQL's columns would: text that is too long or holds NUL, and
    numbers out of range."""
    prepared = models.Field.get_db_prep_save

    def get_db_prep_save(self: Any, value: Any, connection: Any) -> Any:
        if self.name is None:  # a constant in an expression, not a column
            return prepared(self, value, connection)
        name = f"{self.model.__name__}.{self.name}"
        limit = self.max_length if isinstance(self, models.CharField) else None
        if isinstance(value, str) and limit and len(value) > limit:
            raise DataError(f"{name}: value too long for {limit} characters")
        if isinstance(value, str) and "\0" in value:
            raise DataError(f"{name}: text holds NUL")
        if isinstance(value, int) and value.bit_length() >= _BITS.get(self.get_internal_type(), 64):
            raise DataError(f"{name}: {value} is out of range")
        return prepared(self, value, connection)

    patch.setattr(models.Field, "get_db_prep_save", get_db_prep_save)


_BITS = {
    "SmallIntegerField": 16,
    "PositiveSmallIntegerField": 16,
    "IntegerField": 32,
    "PositiveIntegerField": 32,
}
