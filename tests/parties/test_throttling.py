"""Tries to sign in are counted one after the other, even those that come at the same moment."""

from datetime import UTC, datetime, timedelta

import pytest

from at_once import at_once
from seawall.core.throttle import Counted
from seawall.parties.models import Attempts
from seawall.parties.throttling import TooManyTries, give_back, take

NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)


def attempt(account: str = "ann@lab.example", now: datetime = NOON) -> None:
    take(account=account, address="192.0.2.7", known_device=False, now=now)


@pytest.mark.django_db(transaction=True)
def test_many_first_tries_at_the_same_moment_are_as_many_as_one_after_the_other():
    done = at_once([attempt] * 12)
    refused = [each for each in done if each is not None]
    assert {type(each) for each in refused} == {TooManyTries}
    assert len(done) - len(refused) == Counted.ACCOUNT_AT_ADDRESS.value.room


@pytest.mark.django_db(transaction=True)
def test_tries_of_many_accounts_from_one_address_are_all_counted():
    assert at_once([lambda n=n: attempt(f"{n}@lab.example") for n in range(8)]) == [None] * 8
    assert Attempts.objects.filter(amount=8).count() == 1


@pytest.mark.django_db
def test_old_counts_are_forgotten_and_new_ones_kept():
    attempt("old@lab.example")
    attempt("new@lab.example", NOON + timedelta(hours=25))
    assert Attempts.objects.filter(at=NOON).count() == 0
    assert Attempts.objects.count() == 3


@pytest.mark.django_db
def test_giving_back_what_was_not_taken_leaves_empty_buckets():
    give_back(account="ann@lab.example", address="192.0.2.7", known_device=False, now=NOON)
    assert set(Attempts.objects.values_list("amount", flat=True)) == {0.0}
