"""All reference solvers."""

from pathlib import Path

from seawall.evals.solvers.fuzzer import Fuzzer
from seawall.evals.solvers.known import DeleteTheFeature, Reference, UpstreamFix
from seawall.evals.solvers.plain import Grep, NoOp, RandomThrow
from seawall.evals.solvers.policy import Solver
from seawall.sandbox.protocol import Sandbox


def reference_solvers(
    *, sandbox: Sandbox, cache_dir: Path, fuzz_seconds: float = 5.0
) -> tuple[Solver, ...]:
    """Every solver, those without skill first."""
    return (
        NoOp(),
        RandomThrow(),
        Grep(),
        Fuzzer(seconds=fuzz_seconds),
        DeleteTheFeature(),
        UpstreamFix(sandbox=sandbox, cache=cache_dir),
        Reference(sandbox=sandbox, cache=cache_dir),
    )
