"""What a determination says, and everything that it says it by."""

from dataclasses import dataclass

from seawall.core.determination.plan import Plan
from seawall.vocab.evals import ItemFacts, Side, Stop, Task
from seawall.vocab.reviews import Determined


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One result as it was consumed, and where both tests stood after it."""

    position: int
    item: str
    family: str
    task: Task
    solved: bool | None
    """None when the position is void."""
    reason: str
    stop: Stop
    solved_at_tokens: int | None
    tokens: int
    attempts: int
    """How many results there were for the position, failed ones included."""
    p_below: float
    """The most that P(solve) can be at θ* − δ, and the least at θ* + δ."""
    p_above: float
    llr_least: float
    """Log-likelihood ratio above : below with void positions as unsolved: for "covered"."""
    llr_most: float
    """The same with void positions as solved: for "not covered"."""
    e_above: float
    """E-value against θ ≤ θ* − δ."""
    e_below: float
    """E-value against θ ≥ θ* + δ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """θ as the results consumed show it. None as an end: no limit on that side."""

    estimate: float
    """Median of the posterior under a wide normal prior around θ*."""
    low: float | None
    """95% confidence interval that holds at any moment of stopping."""
    high: float | None
    credible_low: float
    """95% credible interval of the same posterior."""
    credible_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What was spent on a side with a scaffold, results that were never used included."""

    side: Side
    scaffold: str
    attempts: int
    """Results that arrived."""
    used: int
    """Attempts at positions that were consumed, failed ones included."""
    solved: int
    """Of all attempts, used or not."""
    tokens: int
    micro_usd: int
    seconds: float

    @property
    def tokens_per_solve(self) -> float | None:
        """None when nothing was solved."""
        return self.tokens / self.solved if self.solved else None

    @property
    def micro_usd_per_solve(self) -> float | None:
        return self.micro_usd / self.solved if self.solved else None

    @property
    def seconds_per_solve(self) -> float | None:
        return self.seconds / self.solved if self.solved else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A condition beside the test. `measured` is None when there was nothing to measure."""

    name: str
    measured: float | None
    limit: float
    passed: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """The test of one side with one scaffold."""

    side: Side
    scaffold: str
    determined: Determined
    because: str
    decided_at: int | None
    """Position after which the test ended with a verdict."""
    waits_for: int | None
    """The position whose result holds everything after it back; None when the test is over."""
    upper: float
    """Boundaries of the log-likelihood ratio: log(1/alpha of this test), log(beta)."""
    lower: float
    steps: tuple[Step, ...]
    unused: tuple[int, ...]
    """Positions with a result that was not used: behind a gap, or after the decision."""
    ability: Ability
    person_fit: float | None
    """l_z; None when too little was consumed, or every answer was certain."""
    failed_share: float
    """Of the attempts at the positions consumed and not void: how many failed at the endpoint and
    were run again."""

    @property
    def void(self) -> tuple[int, ...]:
        return tuple(step.position for step in self.steps if step.solved is None)

    @property
    def solved(self) -> int:
        return sum(step.solved is True for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class SideFinding:
    """What is found on one side, from the tests with all scaffolds and the gates."""

    side: Side
    determined: Determined
    because: str
    tracks: tuple[Track, ...]
    gates: tuple[Gate, ...]
    """Judged whatever the test says; they only ever change "not covered"."""
    complete: bool
    """No further result can change the finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Determination:
    """The finding, by the plan, of all results so far."""

    determined: Determined
    because: str
    complete: bool
    plan: Plan
    facts: tuple[ItemFacts, ...]
    """Of the items of the plan, in committed order."""
    commitment: str
    sides: tuple[SideFinding, ...]
    costs: tuple[Cost, ...]
    results_digest: str
    """sha256, hex, of all results that were given, in an order of their own."""
    undetected: tuple[str, ...]
    """What the checks cannot detect, in sentences; said with every "not covered"."""

    def side(self, side: Side) -> SideFinding | None:
        return next((found for found in self.sides if found.side is side), None)
