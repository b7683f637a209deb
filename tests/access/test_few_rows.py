"""The lists of a few rows agree with the second policy: as test_lists, and quick enough to be tried
against each missing guard."""

import random

import pytest

from access import test_lists as lists
from access.populated import populate
from access.worlds import random_who

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(3))
def test_a_few_rows_agree_with_the_oracle(seed, home):
    rng = random.Random(f"few rows {seed}")
    made = populate(rng, groups=40)
    asking = [random_who(rng) for _ in range(14)]
    for number, who in enumerate(asking):
        lists.check(who, made)
        if number % 4 == 0:
            lists.check_rows(who, made)
            lists.check_what_hangs_on_them(who, made)
    lists.check_who_left_is_forgotten(made)
    lists.check_events(asking[:6], made)
