"""What several pages about findings show in the same way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from seawall.findings.models import Finding

_BANDS = ((90, "critical"), (70, "high"), (40, "medium"), (1, "low"))


def of_score(score: int) -> str:
    """The word for ten times a CVSS score (CVSS 3.1 §5); "" when nothing is said."""
    return next((name for least, name in _BANDS if score >= least), "")


def score_text(finding: Finding) -> str:
    """The CVSS score of a vector as people write it; "" when no vector was given."""
    given = finding.severity.upper().startswith(("CVSS:", "AV:"))
    return f"{finding.score / 10:.1f}" if finding.score and given else ""


def bundle_name(finding: Finding) -> str:
    """What the finding's reproducer is called when it is downloaded."""
    sent = finding.reproducer
    packed = f"{sent.name} {sent.media_type}".lower() if sent else ""
    ending = "tar.gz" if "tar" in packed or "gzip" in packed else "zip"
    return f"{finding.public_id}-reproducer.{ending}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One line of a comparison side by side; `kind` is "same", "changed", "left" or "right"."""

    kind: str
    left: str
    right: str


def side_by_side(left: Sequence[str], right: Sequence[str]) -> Iterator[Pair]:
    """The two texts line by line, what belongs together beside each other."""
    matcher = SequenceMatcher(a=left, b=right, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        for n in range(max(b - a, d - c)):
            one = left[a + n] if a + n < b else ""
            other = right[c + n] if c + n < d else ""
            if kind == "equal":
                yield Pair(kind="same", left=one, right=other)
            elif a + n < b and c + n < d:
                yield Pair(kind="changed", left=one, right=other)
            else:
                yield Pair(kind="left" if a + n < b else "right", left=one, right=other)
