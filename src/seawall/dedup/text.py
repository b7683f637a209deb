"""Words of titles and descriptions, weighed by how rare they are."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import nlargest
from typing import NamedTuple

MAX_TEXT = 6000
"""Characters of a finding's text that count."""
MAX_TOKENS = 160
_PRIOR_DOCUMENTS = 60.0
_BOILERPLATE_SHARE = 25.0
_PRIOR_WITHIN = 8.0
_TELLING = 3
"""Findings of a component that may name an identifier which still tells a bug apart."""
_CODE_WEIGHT = 2.2
_PART_WEIGHT = 0.9

_WORD = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*(?:(?:\.|::|->|-)[A-Za-z_$][A-Za-z0-9_$]*)*|\d{2,8}")
_CAMEL = re.compile(r"[a-z0-9][A-Z]|[A-Za-z]_[A-Za-z]|__|\.|::|->|[A-Z]{2,}[a-z]")
_LAST = re.compile(r"\.|::|->")
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")

_STOP_TEXT = """
    a an and are as at be because been before being but by can could do does due during each
    even for from had has have how however if in into is it its just may might more most no
    not of off on once only or other our out over so some such than that the their them then
    there these they this those through to too under until up upon very was we were what when
    where which while who whose why will with within without would you your
"""
_BOILERPLATE_TEXT = """
    vulnerability vulnerable issue bug flaw weakness attack attacker attackers malicious
    crafted specially remote arbitrary allow allows lead leads cause causes caused result
    results user users input inputs data file files function functions method call calls
    called value values code application applications library package module version versions
    affected affect affects prior before fix fixed fixes patch patched update upgrade execute
    execution denial service dos crash crashes memory security impact severity high critical
    medium low report found discovered possible potential potentially improper check checks
    checked validate validation validated sanitize sanitized handle handled handling process
    processing parse parser parsing string strings line error errors return returns returned
    use used uses using unsafe untrusted controlled control via exploit exploited
    recommendation remediation description summary detected tool scanner cwe cve cvss rule
    example server request system information access read write path size length object type
    argument parameter passed pass default make sure ensure consider avoid following reference
    see also program run trigger triggers triggered reach reaches get set new when
"""
_STOP = frozenset(_STOP_TEXT.split())
_BOILERPLATE = frozenset(_BOILERPLATE_TEXT.split())
_SAME = {
    "oob": "outofbounds", "overread": "outofbounds", "overrun": "overflow", "uaf": "useafterfree",
    "dereferences": "dereference", "deref": "dereference", "backtrack": "redos",
    "backtracking": "redos", "catastrophic": "redos", "quadratic": "redos", "hang": "redos",
    "hangs": "redos", "directory": "folder", "dotdot": "traversal", "escape": "escape",
    "escapes": "escape", "breakout": "escape", "bypass": "escape", "recursive": "recursion",
    "recursively": "recursion", "nested": "recursion", "nesting": "recursion",
    "deserialization": "deserialise", "deserialize": "deserialise", "unpickle": "deserialise",
    "pollute": "pollution", "polluted": "pollution", "pollutes": "pollution",
    "regexp": "regex", "jinja": "jinja2", "template": "template", "templates": "template",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one finding: token → weight before rarity, at most `MAX_TOKENS`."""

    weights: Mapping[str, float] = field(default_factory=dict)


def words(title: str, body: str = "", *, leave_out: frozenset[str] = frozenset()) -> Words:
    """Read a title (which counts double) and a body; `leave_out` says nothing here, such as the
    name of the component that all compared findings share."""
    weights: dict[str, float] = {}
    for text, share in ((title[:500], 2.0), (body[:MAX_TEXT], 1.0)):
        for token, weight in _tokens(text, leave_out):
            if token not in weights and len(weights) >= MAX_TOKENS:
                break
            gain = share * weight
            weights[token] = max(weights.get(token, 0.0), gain)
    return Words(weights)


def _tokens(text: str, leave_out: frozenset[str]) -> Iterator[tuple[str, float]]:
    """(token, weight): identifiers whole, their last names and parts, and stemmed plain words."""
    for found in _WORD.finditer(text):
        word = found[0].strip(".-")
        lower = word.lower()
        if _CAMEL.search(word):
            yield lower, _CODE_WEIGHT
            last = _LAST.split(lower)[-1]
            if last != lower and len(last) > 2:
                yield last, _CODE_WEIGHT
            parts = [part.lower() for part in _PARTS.findall(word)]
            weight = _PART_WEIGHT
        else:
            parts, weight = lower.split("-"), 1.0
        for part in parts:
            if len(part) > 1 and part not in _STOP and part not in leave_out:
                yield _stem(part), weight


def tellable(word: str) -> bool:
    """Say whether a word is particular enough to be the name of one function."""
    return len(word) > 4 and word not in _BOILERPLATE and word not in _STOP


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    word = _SAME.get(word, word)
    if word in _BOILERPLATE or word.isdigit() or len(word) < 5:
        return word
    for end, least in (("ingly", 4), ("edly", 4), ("ing", 4), ("ed", 4), ("es", 4), ("s", 4)):
        if word.endswith(end) and len(word) - len(end) >= least and not word.endswith("ss"):
            word = word[: -len(end)]
            break
    return _SAME.get(word, word.removesuffix("e") if len(word) > 5 else word)


class Reading(NamedTuple):
    """A finding's words after rarity: the vector has length 1, `telling` are the rare
    identifiers of code."""

    vector: Mapping[str, float]
    telling: frozenset[str]

    def heaviest(self, count: int) -> list[str]:
        """The `count` heaviest words, the ones worth looking others up by."""
        return nlargest(count, self.vector, key=self.vector.__getitem__)


NO_READING = Reading({}, frozenset())


class Rarity:
    """How rare words are, among all findings and among those of one component.

    Advisories of one package share its vocabulary; what is rare within the package tells its
    bugs apart. Priors make the weights sensible when only a few findings are known.
    """

    def __init__(self) -> None:
        self._documents: Counter[str] = Counter()
        self._seen: dict[str, Counter[str]] = defaultdict(Counter)

    def learn(self, words: Words, *, component: str) -> None:
        """Count one more finding of `component`."""
        for name in {"", component}:
            self._documents[name] += 1
            self._seen[name].update(words.weights.keys())

    def of(self, token: str, *, component: str = "") -> float:
        """0 for a word that everybody uses, about 4 and more for a rare one."""
        prior = _BOILERPLATE_SHARE if token in _BOILERPLATE else 0.5
        others = max(0, self._seen[""][token] - 1)
        everywhere = math.log((self._documents[""] + _PRIOR_DOCUMENTS) / (others + 1.0 + prior))
        if everywhere <= 0.0 or not component:
            return max(0.0, everywhere)
        others = max(0, self._seen[component][token] - 1)
        within = math.log((self._documents[component] + _PRIOR_WITHIN) / (others + 1.0))
        return float(everywhere**0.75 * within)

    def read(self, words: Words, *, component: str) -> Reading:
        """Weigh a finding's words; `learn` it first."""
        raw = {t: w * self.of(t, component=component) for t, w in words.weights.items()}
        length = math.sqrt(sum(v * v for v in raw.values()))
        seen = self._seen[component]
        telling = frozenset(
            token
            for token, weight in words.weights.items()
            if weight >= _CODE_WEIGHT and seen[token] <= _TELLING and tellable(token)
        )
        return Reading({t: v / length for t, v in raw.items() if v} if length else {}, telling)


def likeness(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    """Cosine of two vectors, 0 to 1."""
    if len(a) > len(b):
        a, b = b, a
    return sum(v * b[t] for t, v in a.items() if t in b)


def shared(a: Mapping[str, float], b: Mapping[str, float], *, count: int = 5) -> tuple[str, ...]:
    """The words that make two vectors alike, heaviest first."""
    both = sorted((t for t in a if t in b), key=lambda t: (-a[t] * b[t], t))
    return tuple(both[:count])
