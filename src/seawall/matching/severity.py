"""The severity of a match in one word, from the vectors of its records."""

from seawall.formats.cvss_vectors import score_cvss
from seawall.matching.matches import Match
from seawall.vocab.errors import BadInput

ORDER = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "NONE", "")
_WORDS = {"MODERATE": "MEDIUM", "IMPORTANT": "HIGH"}


def severity_of_match(match: Match) -> tuple[str, float | None, str]:
    """Give (word, score, vector) of the worst vector of a match; without a vector the records'
    own word, and ("", None, "") when they say nothing."""
    best: tuple[float, str, str] | None = None
    for record in match.records:
        for severity in record.severities:
            try:
                scored = score_cvss(severity.score)
            except BadInput:
                continue
            found = (scored.base, scored.base_severity, scored.vector)
            best = max(best, found) if best else found
    if best is not None:
        return best[1], best[0], best[2]
    words = [_WORDS.get(r.severity_word.upper(), r.severity_word.upper()) for r in match.records]
    known = [word for word in words if word in ORDER]
    return (min(known, key=ORDER.index) if known else ""), None, ""
