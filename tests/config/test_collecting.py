"""What serves looks rarely for cycles, and never at the program itself."""

import gc
from collections.abc import Iterator

import pytest

from seawall.config.collecting import THRESHOLDS, settle


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_there_is_left_out_of_every_look() -> None:
    kept: list[object] = []
    kept.append(kept)
    settle()
    assert gc.get_threshold() == THRESHOLDS
    assert gc.get_freeze_count() > 1_000
    assert not any(each is kept for each in gc.get_objects())


def test_cycles_made_later_are_still_found() -> None:
    settle()
    made: list[object] = []
    made.append(made)
    del made
    assert gc.collect() >= 1
