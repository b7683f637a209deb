"""Words of titles and descriptions, weighed by how rare they are."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MAX_TEXT = 6000
"""Characters of a finding's text that count."""
MAX_TOKENS = 160
_PRIOR_DOCUMENTS = 60.0
_BOILERPLATE_SHARE = 25.0
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
        for token, weight in _tokens(text):
            if token in leave_out:
                continue
            if token not in weights and len(weights) >= MAX_TOKENS:
                break
            gain = share * weight
            weights[token] = max(weights.get(token, 0.0), gain)
    return Words(weights)


def _tokens(text: str) -> Iterator[tuple[str, float]]:
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
            if len(part) > 1 and part not in _STOP:
                yield _stem(part), weight


def _stem(word: str) -> str:
    word = _SAME.get(word, word)
    if word in _BOILERPLATE or word.isdigit() or len(word) < 5:
        return word
    for end, least in (("ingly", 4), ("edly", 4), ("ing", 4), ("ed", 4), ("es", 4), ("s", 4)):
        if word.endswith(end) and len(word) - len(end) >= least and not word.endswith("ss"):
            word = word[: -len(end)]
            break
    return _SAME.get(word, word.removesuffix("e") if len(word) > 5 else word)


class Rarity:
    """How rare words are among the findings seen, with a prior so that few findings suffice."""

    def __init__(self) -> None:
        self._documents = 0
        self._seen: Counter[str] = Counter()

    def learn(self, words: Words) -> None:
        """Count one more finding."""
        self._documents += 1
        self._seen.update(words.weights.keys())

    def of(self, token: str) -> float:
        """0 for a word that everybody uses, about 4 and more for a rare one."""
        prior = _BOILERPLATE_SHARE if token in _BOILERPLATE else 0.5
        seen = max(0, self._seen[token] - 1)
        share = (self._documents + _PRIOR_DOCUMENTS) / (seen + 1.0 + prior)
        return math.log(share) if share > 1.0 else 0.0

    def vector(self, words: Words) -> dict[str, float]:
        """Weights with rarity, scaled to length 1."""
        raw = {t: w * self.of(t) ** 1.5 for t, w in words.weights.items()}
        length = math.sqrt(sum(v * v for v in raw.values()))
        return {t: v / length for t, v in raw.items() if v} if length else {}

    def rarest(self, words: Words, count: int) -> tuple[str, ...]:
        """The `count` heaviest words, the ones worth looking others up by."""
        weights = words.weights
        ranked = sorted(weights, key=lambda t: (-weights[t] * self.of(t), t))
        return tuple(ranked[:count])


def likeness(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    """Cosine of two vectors, 0 to 1."""
    if len(a) > len(b):
        a, b = b, a
    return sum(v * b[t] for t, v in a.items() if t in b)


def shared(a: Mapping[str, float], b: Mapping[str, float], *, count: int = 5) -> tuple[str, ...]:
    """The words that make two vectors alike, heaviest first."""
    both = sorted((t for t in a if t in b), key=lambda t: (-a[t] * b[t], t))
    return tuple(both[:count])
