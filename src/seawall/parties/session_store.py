"""Sessions in the database, found by a digest of their key: whoever reads the tables, or a backup
of them, holds no session."""

import hashlib
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.utils import timezone

_KEPT = 40
"""Hexadecimal digits of the digest that the table's key has room for: 160 bits."""


def key_digest(session_key: str) -> bytes:
    """sha256 of a session key; by it a SignIn is found."""
    return hashlib.sha256(session_key.encode()).digest()


def _row_key(session_key: str) -> str:
    return key_digest(session_key).hex()[:_KEPT]


class SessionStore(DatabaseStore):
    """Django's sessions in the database, with the key's digest in the place of the key."""

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        key = self.session_key
        found = self.model.objects.filter(
            session_key=_row_key(key) if key else "", expire_date__gt=timezone.now()
        ).first()
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        return super().exists(_row_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = _row_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        plain = session_key or self.session_key
        if plain is not None:
            super().delete(_row_key(plain))
