"""Merges can be taken back and nobody loses credit."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from seawall.dedup.history import (
    History,
    Member,
    add,
    begin,
    credits,
    merge,
    rediscoveries,
    split,
    undo,
)
from seawall.vocab.decisions import Refused

NOW = datetime(2026, 11, 2, tzinfo=UTC)
WHO = {"by": "coordinator", "at": NOW, "reason": "same fix"}
START = begin(
    [Member(key="a", finders=("Ada",)), Member(key="b", finders=("Bob", "Ada")), Member(key="c")]
)


def keys(history, group):
    return [m.key for m in history.groups[group]]


def test_a_merge_keeps_every_finder():
    merged = merge(START, source="b", target="a", **WHO)
    assert isinstance(merged, History)
    assert keys(merged, "a") == ["a", "b"]
    assert credits(merged, "a") == ("Ada", "Bob")
    assert rediscoveries(merged, "a") == 1
    assert merged.changes[-1].moved == ("b",)


def test_an_undone_merge_leaves_the_groups_as_they_were_and_the_record_of_both():
    merged = merge(START, source="b", target="a", **WHO)
    assert isinstance(merged, History)
    undone = undo(merged, **WHO)
    assert isinstance(undone, History)
    assert undone.groups == START.groups
    assert [c.what for c in undone.changes] == ["merge", "split"]


def test_what_cannot_be_done_is_refused_with_the_reason():
    assert merge(START, source="a", target="a", **WHO) == Refused(
        "a group cannot be merged into itself"
    )
    assert merge(START, source="x", target="a", **WHO) == Refused("there is no group x")
    assert split(START, source="a", keys=["b"], target="n", **WHO) == Refused("b is not in group a")
    assert split(START, source="a", keys=["a"], target="n", **WHO) == Refused(
        "a split leaves findings on both sides"
    )
    assert split(START, source="a", keys=["a"], target="b", **WHO) == Refused(
        "a group is called b already"
    )
    assert undo(START, **WHO) == Refused("the last change was not a merge")
    assert add(START, Member(key="a")) == Refused("a is in the history already")


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde")), max_size=12))
def test_no_finding_is_ever_lost_or_in_two_groups(pairs):
    history = begin(Member(key=k, finders=(k.upper(),)) for k in "abcde")
    stack = [history]
    for source, target in pairs:
        after = merge(history, source=source, target=target, **WHO)
        if not isinstance(after, Refused):
            history = after
            stack.append(history)
        assert sorted(m.key for g in history.groups.values() for m in g) == list("abcde")
    if len(stack) > 1:
        back = undo(history, **WHO)
        assert isinstance(back, History)
        assert {frozenset(g) for g in back.groups.values()} == {
            frozenset(g) for g in stack[-2].groups.values()
        }
