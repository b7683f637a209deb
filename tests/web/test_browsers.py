"""Browsers in words."""

import pytest

from seawall.web.account_browsers import browser_of


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130 Safari/537.36 Edg/130",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit Chrome/130 Mobile Safari",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.5", "unknown browser"),
        ("", "unknown browser"),
        ("Something on Linux", "Linux"),
    ],
)
def test_a_browser_is_told_in_words(agent, words):
    assert browser_of(agent) == words
