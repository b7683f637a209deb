"""The kind of database that the tests run on, for tests that start processes of their own."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg

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
