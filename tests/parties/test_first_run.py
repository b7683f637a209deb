"""The set-up is for one person only."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from at_once import at_once
from seawall.parties.first_run import set_up
from seawall.parties.models import Membership, Party, Person

NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_have_the_link_one_becomes_the_first(tmp_path: Path):
    Party.objects.create(name="House CERT", roles=["coordinator"], is_house=True)

    def one(number: int) -> None:
        set_up(
            tmp_path,
            house="House CERT",
            name=f"Person {number}",
            email=f"p{number}@cert.example",
            password="a long enough pass phrase",
            now=NOON,
        )

    done = at_once([lambda n=n: one(n) for n in range(4)])
    assert sorted(type(each).__name__ for each in done) == ["NoneType"] + ["SetUpAlready"] * 3
    assert (Person.objects.count(), Membership.objects.count()) == (1, 1)
