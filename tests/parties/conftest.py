"""Passwords hashed cheaply: scrypt is measured once, in test_passwords."""

import pytest


@pytest.fixture(autouse=True)
def _cheap_hashes(settings, request):
    if "dear_hashes" not in request.fixturenames:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def dear_hashes():
    """The hashes that an installation uses."""
