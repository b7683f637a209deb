"""Pages asked for in strange ways: answered in words, never broken."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver

from cases.casework import finding, prove
from seawall.cases.actions import open_case
from seawall.vocab.actors import LOCAL
from seawall.web import urls
from validation.records import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HUGE = "9" * 5000
IDS = (
    "C-2026-000001",
    "F-2026-000001",
    "H-1",
    "U-1",
    "P-1",
    "A-" + "9" * 19,
    "C-2026-" + HUGE,
    HUGE,
    "²",
    "C-2026-٣",
    "é\u202e<script>",
    "%0d%0aX: y",
    "..",
    "-",
)
NUMBERS = ("0", "1", "9" * 18, "9" * 30, HUGE)
TEXTS = (
    "",
    "x" * 300,
    HUGE,
    "²",
    "\ud7ff\U0010ffff'\"<>%\\_",
    "9" * 30 + "~" + "9" * 18,
    "a\r\nb",
    "https://[",
    "-1",
)
NAMES = [
    "q",
    "after",
    "sort",
    "tab",
    "on",
    "by",
    "since",
    "until",
    "what",
    "state",
    "vendor",
    "system",
    "when",
    "show",
    "name",
    "size",
    "level",
    "target",
    "text",
    "tier",
    "tlp",
    "party",
    "part",
    "step",
    "event",
    "at",
    "number",
    "digest",
    "credential",
    "deed",
    "because",
    "row",
    "reason",
    "days",
    "until",
    "whom",
    "role",
    "wish",
    "version",
    "tests",
    "per_week",
    "open_at_once",
    "batch",
    "paused_until",
    "upto",
    "events",
    "minutes",
    "membership",
    "scopes",
    "label",
    "id",
    "email",
    "password",
    "next",
    "theme",
    "language",
    "answer",
    "words",
    "policy",
    "posted_at",
    "sign",
    "url",
    "versions",
    "from",
    "to",
    "closed",
    "closed_as",
    "evidence",
]


def addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for each in patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, route)
        else:
            yield route


ROUTES = sorted(set(addresses(urls.urlpatterns)))


def filled(route: str, number: int) -> str:
    """The address with strange parts, another one for each number."""

    def part(match: re.Match[str]) -> str:
        if match[1] == "int":
            return NUMBERS[number % len(NUMBERS)]
        return quote(IDS[number % len(IDS)], safe="%")

    return "/" + re.sub(r"<(?:(\w+):)?\w+>", part, route)


@pytest.mark.parametrize("kind", ["nobody", "admin", "vendor"])
@pytest.mark.parametrize("part", range(4))
def test_no_page_breaks(visit, kind, part):
    row = finding()
    prove(row)
    open_case(row, by=LOCAL, now=NOON)
    who = visit(kind)
    client = Client(raise_request_exception=False)
    client.cookies = who.client.cookies
    broken = []
    for place, route in enumerate(ROUTES[part::4]):
        if route == "sign-out":
            continue
        for number in range(len(IDS) if "<" in route else len(TEXTS)):
            url, text = filled(route, number), TEXTS[(number + place) % len(TEXTS)]
            said = dict.fromkeys(NAMES, text)
            for response in (client.get(url, said), client.post(url, said)):
                if response.status_code >= 500:
                    broken.append((response.wsgi_request.method, url[:90], text[:30]))
    assert broken == []
