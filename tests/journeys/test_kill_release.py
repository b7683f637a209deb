"""A process that publishes is killed at every call that changes something. What is left is the old
state or the new one, whole; what was acknowledged is there; and publishing again completes it."""

from pathlib import Path

import pytest

from journeys.killing import Ground, ground, sample


@pytest.fixture
def publishing(tmp_path: Path, own_database: dict[str, str]):
    with ground(tmp_path, "Publishing", own_database) as made:
        yield made


def died(on: Ground, at: int, half: bool) -> str:
    """Die there, and say which state is left: "old" or "new"."""
    ended = on.deed(at=at, half=half)
    assert ended.killed or on.may_call_less, f"call {at} was not reached"
    seen = on.look()
    place = f"killed {'in' if half else 'before'} call {at}: {seen}"
    left = set(seen["found"]["traces"].values())
    assert len(left) == 1, place
    assert seen["found"]["wrong"] == [], place
    is_new = left == {True}
    assert is_new or not ended.acknowledged, place
    assert ended.killed or is_new, place
    assert len(seen["found"]["verified"]) == is_new, place
    again = seen["again"]
    assert set(again["traces"].values()) == {True}, place
    assert (again["wrong"], len(again["verified"])) == ([], 1), place
    assert not is_new or again["verified"] == seen["found"]["verified"], place
    return "new" if is_new else "old"


def swept(on: Ground, *, most: int) -> list[str]:
    whole = on.deed(at=0)
    assert (whole.killed, whole.acknowledged) == (False, True)
    assert len(whole.calls) > 20, "the calls are not counted"
    return [died(on, at, half) for at, half in sample(whole.calls, most)]


def test_a_release_is_there_or_not_wherever_the_process_dies(publishing):
    states = swept(publishing, most=7)
    assert states[0] == "old"
    assert states[-1] == "new" or publishing.may_call_less


def test_the_sweep_notices_what_is_half_done(tmp_path, own_database):
    with (
        ground(tmp_path, "TornPublishing", own_database) as torn,
        pytest.raises(AssertionError, match=r"killed (before|in) call"),
    ):
        swept(torn, most=4)


@pytest.mark.slow
def test_a_release_is_there_or_not_at_every_single_call(publishing):
    states = swept(publishing, most=10_000)
    assert "old" in states
    assert "new" in states or publishing.may_call_less
    print(f"{len(states)} kills: {states.count('old')} old, {states.count('new')} new, 0 half")
