"""Whether two version ranges have versions in common, and which."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cmp_to_key

from seawall.matching.schemes import scheme_for_purl_type
from seawall.matching.vers import Constraint, Vers, make_vers
from seawall.matching.versions._common import Key
from seawall.vocab.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """An end of a span; `text` is the version as written. `inside` says whether it belongs."""

    key: Key
    text: str
    inside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """Versions between two ends; None where it goes on for ever."""

    low: _Bound | None
    high: _Bound | None


def common(a: Vers, b: Vers) -> Vers | None:
    """The versions that lie in both ranges, None when there are none.

    Orders of versions are taken as dense: between two different versions there is room for
    another. BadInput when the schemes differ or their order is not known.
    """
    if a.scheme != b.scheme:
        raise BadInput(f"{a.scheme} and {b.scheme} versions cannot be compared")
    left, right = _spans(a), _spans(b)
    met = _merged([both for x in left for y in right if (both := _both(x, y)) is not None])
    if not met:
        return None
    if any(span.low is None and span.high is None for span in met):
        return Vers(scheme=a.scheme)
    return make_vers(a.scheme, _constraints(met))


def _spans(vers: Vers) -> list[_Span]:
    """The range as spans that do not meet, lowest first, as `Vers.contains` reads it."""
    scheme = scheme_for_purl_type(vers.scheme)
    if scheme is None:
        raise BadInput(f"the order of {vers.scheme} versions is not known")
    single: dict[Key, tuple[str, str]] = {}
    bounds: list[tuple[str, Key, str]] = []
    for one in vers.constraints:
        key = scheme.key(one.version)
        if one.comparator in ("=", "!="):
            single.setdefault(key, (one.comparator, one.version))
        else:
            bounds.append((one.comparator, key, one.version))
    spans = _between(_widest(bounds))
    if not bounds and all(sign == "!=" for sign, _ in single.values()):
        spans = [_Span(low=None, high=None)]
    for key, (sign, text) in single.items():
        if sign == "!=":
            spans = [part for span in spans for part in _without(span, key, text)]
    points = [_point(key, text) for key, (sign, text) in single.items() if sign == "="]
    return _merged([*spans, *points])


def _merged(spans: list[_Span]) -> list[_Span]:
    """The same versions as spans with a gap between each and the next, lowest first."""
    kept: list[_Span] = []
    for span in sorted(spans, key=cmp_to_key(_order)):
        if kept and _meet(kept[-1], span):
            kept[-1] = _Span(low=kept[-1].low, high=_wider(kept[-1].high, span.high))
        else:
            kept.append(span)
    return kept


def _meet(a: _Span, b: _Span) -> bool:
    """Whether nothing lies between `a` and `b`, which begins no lower."""
    if a.high is None or b.low is None or b.low.key < a.high.key:
        return True
    return b.low.key == a.high.key and (a.high.inside or b.low.inside)


def _wider(a: _Bound | None, b: _Bound | None) -> _Bound | None:
    if a is None or b is None:
        return None
    if a.key == b.key:
        return min(a, b, key=lambda end: (not end.inside, len(end.text), end.text))
    return max(a, b, key=lambda end: end.key)


def _widest(bounds: list[tuple[str, Key, str]]) -> list[tuple[str, Key, str]]:
    """Of bounds in the same direction next to each other, the widest."""
    kept: list[tuple[str, Key, str]] = []
    for bound in bounds:
        if kept and kept[-1][0][0] == bound[0][0]:
            if bound[0][0] == "<":
                kept[-1] = bound
        else:
            kept.append(bound)
    return kept


def _between(bounds: list[tuple[str, Key, str]]) -> list[_Span]:
    ends = [(sign[0], _Bound(key=k, text=t, inside=len(sign) > 1)) for sign, k, t in bounds]
    found = [_Span(low=None, high=ends[0][1])] if ends and ends[0][0] == "<" else []
    for number, (sign, low) in enumerate(ends):
        if sign == ">":
            high = ends[number + 1][1] if number + 1 < len(ends) else None
            span = _Span(low=low, high=high)
            if not _is_empty(span):
                found.append(span)
    return found


def _without(span: _Span, key: Key, text: str) -> list[_Span]:
    edge = _Bound(key=key, text=text, inside=False)
    if _both(span, _point(key, text)) is None:
        return [span]
    parts = (_Span(low=span.low, high=edge), _Span(low=edge, high=span.high))
    return [part for part in parts if not _is_empty(part)]


def _both(a: _Span, b: _Span) -> _Span | None:
    found = _Span(low=_tighter(a.low, b.low, lower=True), high=_tighter(a.high, b.high))
    return None if _is_empty(found) else found


def _tighter(a: _Bound | None, b: _Bound | None, *, lower: bool = False) -> _Bound | None:
    if a is None or b is None:
        return a or b
    if a.key == b.key:
        return min(a, b, key=lambda end: (end.inside, len(end.text), end.text))
    return a if (a.key > b.key) == lower else b


def _is_empty(span: _Span) -> bool:
    low, high = span.low, span.high
    if low is None or high is None:
        return False
    return high.key < low.key or (high.key == low.key and not (low.inside and high.inside))


def _point(key: Key, text: str) -> _Span:
    edge = _Bound(key=key, text=text, inside=True)
    return _Span(low=edge, high=edge)


def _constraints(spans: Iterable[_Span]) -> list[Constraint]:
    """Spans as constraints, in order; two spans that leave out one version between them are
    written with "!="."""
    found: list[Constraint] = []
    previous: _Bound | None = None
    for span in spans:
        if span.low is not None and previous is not None and span.low.key == previous.key:
            found[-1] = Constraint("!=", previous.text)
        elif span.low is not None and span.high is not None and span.low.key == span.high.key:
            found.append(Constraint("=", min(span.low.text, span.high.text, key=len)))
            previous = None
            continue
        elif span.low is not None:
            found.append(Constraint(">=" if span.low.inside else ">", span.low.text))
        if span.high is not None:
            found.append(Constraint("<=" if span.high.inside else "<", span.high.text))
        previous = span.high
    return found


def _order(a: _Span, b: _Span) -> int:
    """Lower first; of those that begin with one version, the one that has it."""
    if a.low is None or b.low is None:
        return (a.low is not None) - (b.low is not None)
    if a.low.key == b.low.key:
        return b.low.inside - a.low.inside
    return 1 if a.low.key > b.low.key else -1
