"""Files in the store: what is installed needs them, or they go."""

import sqlite3
from contextlib import closing

import pytest

from client.attacks.operators import Operator
from feed.house import make_house

NEEDED = """SELECT count(*) FROM files WHERE sha256 IN (SELECT sha256 FROM releases)
            OR sha256 IN (SELECT sha256 FROM targets)"""


@pytest.fixture
def house(tmp_path):
    return make_house(tmp_path / "house", releases=4)


@pytest.fixture
def operator(tmp_path, house):
    made = Operator.trusting(tmp_path / "home", house.root)
    assert made.sync(house.folder, now=house.now).code == 0
    return made


def counts(operator: Operator) -> tuple[int, int]:
    """All files, and those that are needed."""
    with closing(sqlite3.connect(operator.home / "store.sqlite")) as db:
        [(held,)] = db.execute("SELECT count(*) FROM files")
        [(needed,)] = db.execute(NEEDED)
    return held, needed


def test_what_is_installed_is_held(operator):
    assert counts(operator) == (5, 5)


def test_a_replaced_bundle_goes(house, operator):
    house.revise(2)
    assert operator.sync(house.folder, now=house.now).code == 0
    assert counts(operator) == (5, 5)


def test_a_withdrawn_release_stays(house, operator):
    house.withdraw(house.path(3))
    assert operator.sync(house.folder, now=house.now).code == 0
    assert counts(operator) == (5, 5)


def test_what_a_sync_that_failed_had_fetched_goes_with_the_next(tmp_path, house, operator):
    with closing(sqlite3.connect(operator.home / "store.sqlite")) as db, db:
        db.execute("INSERT INTO files (sha256, packed) VALUES (?, ?)", (b"x" * 32, b"left over"))
    assert counts(operator) == (6, 5)
    house.publish()
    assert operator.sync(house.folder, now=house.now).code == 0
    assert counts(operator) == (6, 6)
