"""Who belongs together over time: merges that can be taken back, and everybody's credit.

A history is a value; `merge` and `split` give a new one. Nothing is ever forgotten: a split finds
its members again, and a finder stays credited in every group the finding belonged to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from seawall.dedup.links import Link
from seawall.vocab.decisions import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A finding in a group, with who is credited for it."""

    key: str
    finders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One merge or split, as recorded. `moved` went from group `source` to group `target`."""

    what: str
    """"merge" or "split"."""
    source: str
    target: str
    moved: tuple[str, ...]
    by: str
    at: datetime
    reason: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Groups by their key, each with its members in the order in which they joined, and every
    change that led here, oldest first."""

    groups: Mapping[str, tuple[Member, ...]]
    changes: tuple[Change, ...] = ()


def begin(members: Iterable[Member]) -> History:
    """Give a history in which every finding is a group of its own, named after it."""
    return History(groups={member.key: (member,) for member in members})


def add(history: History, member: Member) -> History | Refused:
    """Add a finding as a group of its own."""
    if any(member.key == m.key for group in history.groups.values() for m in group):
        return Refused(f"{member.key} is in the history already")
    if member.key in history.groups:
        return Refused(f"a group is called {member.key} already")
    return replace(history, groups={**history.groups, member.key: (member,)})


def merge(
    history: History,
    *,
    source: str,
    target: str,
    by: str,
    at: datetime,
    reason: str,
    links: tuple[Link, ...] = (),
) -> History | Refused:
    """Move all members of group `source` into `target`; `links` say why."""
    if source == target:
        return Refused("a group cannot be merged into itself")
    for name in (source, target):
        if name not in history.groups:
            return Refused(f"there is no group {name}")
    moved = history.groups[source]
    groups = {name: members for name, members in history.groups.items() if name != source}
    groups[target] = groups[target] + moved
    change = Change(
        what="merge",
        source=source,
        target=target,
        moved=tuple(m.key for m in moved),
        by=by,
        at=at,
        reason=reason,
        links=links,
    )
    return History(groups=groups, changes=(*history.changes, change))


def split(
    history: History,
    *,
    source: str,
    keys: Iterable[str],
    target: str,
    by: str,
    at: datetime,
    reason: str,
) -> History | Refused:
    """Move the findings `keys` out of group `source` into a new group `target`."""
    wanted = set(keys)
    if source not in history.groups:
        return Refused(f"there is no group {source}")
    if target in history.groups:
        return Refused(f"a group is called {target} already")
    members = history.groups[source]
    unknown = wanted - {m.key for m in members}
    if unknown:
        return Refused(f"{min(unknown)} is not in group {source}")
    moved = tuple(m for m in members if m.key in wanted)
    if not moved or len(moved) == len(members):
        return Refused("a split leaves findings on both sides")
    groups = dict(history.groups)
    groups[source] = tuple(m for m in members if m.key not in wanted)
    groups[target] = moved
    change = Change(
        what="split",
        source=source,
        target=target,
        moved=tuple(m.key for m in moved),
        by=by,
        at=at,
        reason=reason,
    )
    return History(groups=groups, changes=(*history.changes, change))


def undo(history: History, *, by: str, at: datetime, reason: str) -> History | Refused:
    """Take back the last merge: its members get their group again."""
    last = history.changes[-1] if history.changes else None
    if last is None or last.what != "merge":
        return Refused("the last change was not a merge")
    return split(
        history,
        source=last.target,
        keys=last.moved,
        target=last.source,
        by=by,
        at=at,
        reason=reason,
    )


def credits(history: History, group: str) -> tuple[str, ...]:
    """Everybody who found the bug of `group`, first finder first, without repetition."""
    return tuple(dict.fromkeys(f for m in history.groups[group] for f in m.finders))


def rediscoveries(history: History, group: str) -> int:
    """How many independent finders came after the first: a sign that the bug is as good as
    public."""
    return max(0, len(credits(history, group)) - 1)
