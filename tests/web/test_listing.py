"""Lists: keyset pages in every order, filters that never break a page."""

from datetime import datetime, timedelta

import pytest
from django import forms
from django.http import QueryDict
from django.utils import timezone

from seawall.ledger.models import Outbox
from seawall.web.listing import NEWEST, Filter, Listed, Order, keyset, with_query

DUE = Order(key="due", column="due_at", descending=False, read=datetime.fromisoformat)
ORDERS = (NEWEST, DUE)


@pytest.fixture
def rows(db) -> list[int]:
    """Seven rows, three of them due at the same moment."""
    now = timezone.now()
    hours = (5, 1, 3, 3, 3, 2, 4)
    made = [Outbox.objects.create(topic="x", due_at=now + timedelta(hours=h)) for h in hours]
    return [row.pk for row in made]


def walk(query: str, size: int = 2) -> list[list[int]]:
    """The keys of each page, following the links."""
    pages: list[list[int]] = []
    address = query
    while address and len(pages) < 9:
        listed: Listed[Outbox] = keyset(
            Outbox.objects.all(), QueryDict(address.lstrip("?")), ORDERS, size=size
        )
        pages.append([row.pk for row in listed.rows])
        address = listed.next
    return pages


def test_newest_first(rows):
    a, b, c, d, e, f, g = rows
    assert walk("?q=1") == [[g, f], [e, d], [c, b], [a]]


def test_rows_of_one_value_are_neither_lost_nor_repeated(rows):
    a, b, c, d, e, f, g = rows
    assert walk("?sort=due") == [[b, f], [c, d], [e, g], [a]]


def test_a_page_costs_one_query_and_knows_its_neighbours(rows, django_assert_num_queries):
    with django_assert_num_queries(1):
        listed = keyset(Outbox.objects.all(), QueryDict("q=x"), ORDERS, size=3)
    assert listed.first == ""
    assert listed.next.startswith("?q=x&after=")
    second = keyset(Outbox.objects.all(), QueryDict(listed.next[1:]), ORDERS, size=9)
    assert (second.first, second.next) == ("?q=x", "")


@pytest.mark.parametrize("query", ["after=x", "after=1~", "after=~", "after=9~x", "sort=drop"])
def test_an_address_that_makes_no_sense_is_the_first_page(rows, query):
    listed = keyset(Outbox.objects.all(), QueryDict(query), ORDERS, size=2)
    assert [row.pk for row in listed.rows] == rows[:-3:-1]


@pytest.mark.parametrize("query", ["sort=due&after=yesterday~3", "sort=due&after=~3"])
def test_a_cursor_that_is_no_value_is_the_first_page(rows, query):
    assert len(keyset(Outbox.objects.all(), QueryDict(query), ORDERS).rows) == 7


def test_parameters_are_set_and_taken_away():
    assert with_query(QueryDict("a=1&b=2"), b=None, c=3) == "?a=1&c=3"


class _Filter(Filter):
    n = forms.IntegerField()
    word = forms.CharField()


def test_a_filter_narrows_by_what_it_understands():
    assert _Filter(QueryDict("n=4&word=")).wanted == {"n": 4}
    assert _Filter(QueryDict("n=x&word=y")).wanted == {"word": "y"}
    assert _Filter(QueryDict("")).wanted == {}
    assert _Filter(QueryDict("sort=due&n=1")).carried == [("sort", "due")]
