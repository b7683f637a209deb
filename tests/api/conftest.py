"""Clients with tokens of each scope."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from api.doors import Door


@pytest.fixture
def door(home) -> Callable[..., Door]:
    """A client with a token of these scopes, and without a token for none."""
    from django.utils import timezone

    from seawall.parties.actions import issue_token
    from seawall.vocab.actors import LOCAL

    def door(*scopes: str) -> Door:
        if not scopes:
            return Door()
        life, now = timedelta(days=1), timezone.now()
        made = issue_token(label="", scopes=scopes, life=life, by=LOCAL, now=now)
        return Door(made.text)

    return door


@pytest.fixture
def reader(door) -> Door:
    return door("read")


@pytest.fixture
def coordinator(door) -> Door:
    return door("read", "coordinate")


@pytest.fixture
def publisher(settings) -> None:
    """This installation has a name under which it publishes."""
    settings.SEAWALL_PUBLISHER_NAME = "Test CERT"
    settings.SEAWALL_PUBLISHER_NAMESPACE = "https://cert.example"
    settings.SEAWALL_PUBLISHER_ORG_ID = "5b1f5f0e-0c1f-4c3a-9d58-0f6f7a3c2b11"
    settings.SEAWALL_PUBLISHER_SHORT_NAME = "testcert"
