"""Records about one component that share an identifier are one vulnerability, reported once.

Nothing is dropped: a match keeps every record, and records of the same vulnerability that call
the component unaffected stay visible as doubts.
"""

from collections.abc import Sequence

from seawall.matching.matches import Match, Record
from seawall.matching.rows import AdvisoryHead
from seawall.vocab.components import Component


def group(
    component: Component,
    hits: Sequence[tuple[Record, str]],
    misses: Sequence[tuple[AdvisoryHead, str]],
) -> tuple[Match, ...]:
    """Merge `hits` (record, version looked up) into matches; `misses` are (advisory, reason)."""
    if len(hits) == 1:
        return (_match(component, list(hits), misses),)
    groups: list[list[tuple[Record, str]]] = []
    owner: dict[str, int] = {}
    for hit in hits:
        names = (hit[0].id, *hit[0].aliases)
        joined = sorted({owner[name] for name in names if name in owner})
        home = joined[0] if joined else len(groups)
        if not joined:
            groups.append([])
        groups[home].append(hit)
        for other in joined[1:]:
            groups[home] += groups[other]
            groups[other] = []
            owner.update((name, home) for name, number in owner.items() if number == other)
        owner.update(dict.fromkeys(names, home))
    return tuple(
        _match(component, members, misses)
        for members in sorted((g for g in groups if g), key=lambda g: _rank(_first(g)))
    )


def _first(members: list[tuple[Record, str]]) -> Record:
    return min((record for record, _ in members), key=_rank)


def _rank(record: Record) -> tuple[int, str]:
    prefix = record.id.partition("-")[0]
    return ({"CVE": 0, "GHSA": 1}.get(prefix, 2), record.id)


def _match(
    component: Component,
    members: list[tuple[Record, str]],
    misses: Sequence[tuple[AdvisoryHead, str]],
) -> Match:
    first = _first(members)
    records = list(dict.fromkeys(record for record, _ in members))
    names = {name for record in records for name in (record.id, *record.aliases)}
    fixed = dict.fromkeys(version for record in records for version in record.fixed)
    hit_ids = {record.id for record in records}
    doubts = dict.fromkeys(
        f"{head.id}: {why}"
        for head, why in misses
        if head.id not in hit_ids and not names.isdisjoint((head.id, *head.aliases))
    )
    return Match(
        component=component,
        id=first.id,
        aliases=tuple(sorted(names - {first.id})),
        package=first.package,
        version=members[0][1],
        why=first.why,
        fixed=tuple(fixed),
        records=tuple(sorted(records, key=_rank)),
        doubts=tuple(doubts),
    )
