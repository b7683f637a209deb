from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from feed.providers import DAY, NOW, URL, provider
from formats.releases import PUBLISHER
from seawall.feed.security_txt import LIFETIME, RENEWAL, security_txt


def fields(text):
    lines = text.decode().split("\n\n", 1)[1].split("-----BEGIN PGP SIGNATURE")[0].splitlines()
    return dict(line.split(": ", 1) for line in lines)


def test_it_says_how_to_reach_the_publisher_and_when_to_ask_again():
    text = security_txt(provider(), old=None, now=NOW)
    said = fields(text)
    assert said == {
        "Contact": "mailto:security@clearinghouse.example",
        "Encryption": f"{URL}/csaf/openpgp/0123456789ABCDEF0123456789ABCDEF01234567.asc",
        "Canonical": f"{URL}/.well-known/security.txt",
        "Preferred-Languages": "en",
        "CSAF": f"{URL}/csaf/provider-metadata.json",
        "Expires": "2026-11-28T12:00:00Z",
    }
    expires = datetime.fromisoformat(said["Expires"])
    assert expires - NOW == LIFETIME < timedelta(days=365)


def test_it_is_kept_until_it_holds_for_too_short_a_time():
    who = provider()
    old = security_txt(who, old=None, now=NOW)
    last = NOW + LIFETIME - RENEWAL
    assert security_txt(who, old=old, now=last) == old
    assert who.key.made == 1
    renewed = security_txt(who, old=old, now=last + DAY)
    assert fields(renewed)["Expires"] == "2027-02-27T12:00:00Z"
    endless = b"\n".join(line for line in old.splitlines() if not line.startswith(b"Expires"))
    for text in (b"something else", endless, old + b"Expires: 2030-01-01T00:00:00Z\n"):
        assert "Expires" in fields(security_txt(who, old=text, now=NOW))
        assert security_txt(who, old=text, now=NOW) != text


def test_it_is_written_anew_when_something_changes():
    old = security_txt(provider(), old=None, now=NOW)
    moved = provider(publisher=replace(PUBLISHER, contact="psirt@b.example"))
    assert fields(security_txt(moved, old=old, now=NOW))["Contact"] == "mailto:psirt@b.example"


@pytest.mark.parametrize(
    ("words", "contact"),
    [
        ("Write to <psirt@a.example>, please.", "mailto:psirt@a.example"),
        ("psirt@a.example.", "mailto:psirt@a.example"),
        ("See https://a.example/report for forms", "https://a.example/report"),
        ("Ring twice", "https://clearinghouse.example"),
        ("", "https://clearinghouse.example"),
    ],
)
def test_the_contact_is_an_address(words, contact):
    who = provider(publisher=replace(PUBLISHER, contact=words))
    assert fields(security_txt(who, old=None, now=NOW))["Contact"] == contact
