"""What the tests of access share."""

import pytest


@pytest.fixture
def publisher(settings) -> None:
    """This installation has a name under which it publishes."""
    settings.SEAWALL_PUBLISHER_NAME = "Test CERT"
    settings.SEAWALL_PUBLISHER_NAMESPACE = "https://cert.example"
    settings.SEAWALL_PUBLISHER_ORG_ID = "5b1f5f0e-0c1f-4c3a-9d58-0f6f7a3c2b11"
    settings.SEAWALL_PUBLISHER_SHORT_NAME = "testcert"


@pytest.fixture
def no_copies(monkeypatch) -> None:
    """Nobody asks the clients which templates were rendered with what: to keep copies of that costs
    more than many a page."""
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *_, **__: None)


from notices.conftest import post, receiver  # noqa: E402, F401
