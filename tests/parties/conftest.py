"""Passwords hashed cheaply: scrypt is measured once, in test_passwords."""

import pytest


@pytest.fixture(autouse=True)
def _cheap_hashes(settings, request):
    if "dear_hashes" not in request.fixturenames:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def dear_hashes():
    """The hashes that an installation uses."""


@pytest.fixture
def count_queries(db):
    """How many queries a call makes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count(call):
        with CaptureQueriesContext(connection) as made:
            call()
        return len(made)

    return count
