"""A process that publishes to the public tree is killed at every call that changes something.
Readers see the tree before or the tree after, whole, and it verifies; the next run completes it."""

import shutil
from pathlib import Path

import pytest

from journeys.killing import Ground, ground, sample

pytestmark = pytest.mark.skipif(shutil.which("gpg") is None, reason="needs gpg to verify")


@pytest.fixture
def distributing(tmp_path: Path, own_database: dict[str, str]):
    with ground(tmp_path, "Distributing", own_database) as made:
        yield made


def swept(on: Ground, *, most: int) -> list[str]:
    """Die at so many places; which state is left after each: "old" or "new"."""
    before = on.look()["found"]
    whole = on.deed(at=0)
    assert (whole.killed, whole.acknowledged) == (False, True)
    after = on.look()["found"]
    assert (before["revision"], after["revision"]) == (1, 2)
    assert before["tree"] != after["tree"]
    states = {before["tree"]: ("old", 1), after["tree"]: ("new", 2)}
    return [
        died(on, at, half, states, whole_tree=after["tree"])
        for at, half in sample(whole.calls, most)
    ]


def died(
    on: Ground, at: int, half: bool, states: dict[str, tuple[str, int]], *, whole_tree: str
) -> str:
    ended = on.deed(at=at, half=half)
    assert ended.killed or on.may_call_less, f"call {at} was not reached"
    seen = on.look()
    place = f"killed {'in' if half else 'before'} call {at}: {seen}"
    found, again = seen["found"], seen["again"]
    assert found["tree"] in states, place
    state, revision = states[found["tree"]]
    assert found["revision"] == revision, place
    assert state == "new" or not ended.acknowledged, place
    assert (found["wrong"], found["log"], again["wrong"], again["log"]) == ([], [], [], []), place
    assert (again["revision"], again["rows"]) == (2, [1, 2]), place
    assert again["tree"] == whole_tree, place
    return state


def test_readers_see_one_whole_tree_wherever_the_process_dies(distributing):
    states = swept(distributing, most=5)
    assert states[0] == "old"
    assert states[-1] == "new"


@pytest.mark.slow
def test_readers_see_one_whole_tree_at_every_single_call(distributing):
    states = swept(distributing, most=10_000)
    assert set(states) == {"old", "new"}
    print(f"{len(states)} kills: {states.count('old')} old, {states.count('new')} new, 0 half")
