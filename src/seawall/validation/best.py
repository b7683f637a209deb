"""Which of several validations speaks for a finding."""

from collections.abc import Iterable, Sequence

from seawall.validation.models import Validation
from seawall.vocab.evidence import Verdict

_WEIGHT = {
    Verdict.FORGED: 4,
    Verdict.FLAKY: 3,
    Verdict.NOT_REPRODUCED: 2,
    Verdict.UNSUPPORTED: 1,
    Verdict.ERROR: 0,
}


def best_of(validations: Iterable[Validation]) -> Validation | None:
    """The confirmed one of the highest level, else the one that says most about the proof;
    among equals the latest. A forgery of one bundle takes nothing from another bundle's proof,
    but a bundle that was ever found forged counts as forged."""
    known: Sequence[Validation] = list(validations)
    forged = {v.reproducer_digest for v in known if v.verdict == Verdict.FORGED}
    honest = [v for v in known if v.verdict == Verdict.FORGED or v.reproducer_digest not in forged]
    return max(honest, key=_rank, default=None)


def _rank(validation: Validation) -> tuple[int, int, int]:
    weight = _WEIGHT.get(Verdict(validation.verdict), 5)
    return validation.level, weight, validation.pk
