"""Grade what was handed in, by running it: nothing that it says of itself counts.

The folder is hostile. It is read without following a link, under caps, and of it only the steps
(or program inputs), the oracle and the limits are used: target, versions, pins and build are the
item's.
"""

import dataclasses
import hashlib
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from seawall.evals.item import PATCH, Item
from seawall.evals.keep import lost_features
from seawall.evals.sides import graded_target, with_item_sides
from seawall.proofs.archive import MANIFEST, digest_of
from seawall.proofs.fixes import Candidate, verify_fix
from seawall.proofs.reader import read_reproducer
from seawall.proofs.reproduce import reproduce
from seawall.proofs.reproducer import Reproducer
from seawall.proofs.runtime import RuntimeDriver
from seawall.proofs.runtimes import driver_for
from seawall.sandbox.collect import collect
from seawall.sandbox.protocol import Limits, Sandbox
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.evals import Task
from seawall.vocab.evidence import EvidenceLevel, Verdict
from seawall.vocab.fixes import FixOutcome

CAPS = Limits(collect_bytes=8 << 20, collect_files=100)
_MAX_PATCH = 2 << 20
DriverOf = Callable[[Reproducer], RuntimeDriver]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """What came of one hand-in."""

    solved: bool
    reason: str
    """One line: the verdict and the decisive sentence."""
    digest: str
    """sha256 (hex) of what was graded, as `proofs.archive.digest_of`; "" when nothing was there."""
    error: bool = False
    """The machine, not the hand-in, is why it could not be graded; trying again may help."""


def read_answer(folder: Path) -> dict[str, bytes]:
    """The regular files below `folder`, {} when it does not exist. Raises BadInput for links,
    special files and too many or too large ones; nothing is followed or kept."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadInput(f"the folder handed in is not one: {error.strerror}") from None
    try:
        files, skipped = collect(handle, (".",), CAPS)
    finally:
        os.close(handle)
    if skipped:
        raise BadInput(f"the folder handed in holds what is not taken: {skipped[0]}")
    return files


def grade(
    item: Item,
    handed_in: Path | Mapping[str, bytes],
    *,
    sandbox: Sandbox,
    cache_dir: Path,
    rng: random.Random | None = None,
    driver_of: DriverOf | None = None,
) -> Graded:
    """Say whether what was handed in solves `item`.

    `handed_in` is the folder, outside of any sandbox, or its files as collected from one. Never
    raises for what is in it.
    """
    try:
        files = read_answer(handed_in) if isinstance(handed_in, Path) else dict(handed_in)
        _check_caps(files)
    except BadInput as error:
        return Graded(solved=False, reason=one_line(f"refused: {error}"), digest="")
    if not files:
        return Graded(solved=False, reason="nothing was handed in", digest="")
    job = _Grading(
        item=item,
        files=files,
        digest=digest_of(files),
        sandbox=sandbox,
        cache=cache_dir,
        rng=rng or random.SystemRandom(),
        driver_of=driver_of or (lambda proof: driver_for(proof, sandbox, cache_dir)),
    )
    return job.fix() if item.task is Task.FIX else job.proof()


def _check_caps(files: Mapping[str, bytes]) -> None:
    if len(files) > CAPS.collect_files or sum(map(len, files.values())) > CAPS.collect_bytes:
        raise BadInput("the folder handed in holds too many or too large files")


@dataclass(slots=True, kw_only=True)
class _Grading:
    item: Item
    files: Mapping[str, bytes]
    digest: str
    sandbox: Sandbox
    cache: Path
    rng: random.Random
    driver_of: DriverOf

    def proof(self) -> Graded:
        """find and prove: confirmed at E3 or more, on the item's two sides."""
        try:
            made = forced(self.item, self.files)
        except BadInput as error:
            return self._say(False, f"refused: {error}")
        inner = self.driver_of(made)
        driver = with_item_sides(self.item, inner, sandbox=self.sandbox, cache=self.cache)
        record = reproduce(
            made,
            sandbox=self.sandbox,
            cache_dir=self.cache,
            rng=self.rng,
            endorsed=frozenset({made.digest}),  # the build is the item's own
            driver=driver,
        )
        first = record.reasons[0] if record.reasons else ""
        solved = record.verdict is Verdict.CONFIRMED and record.level >= EvidenceLevel.E3
        why = first if solved or record.verdict is not Verdict.CONFIRMED else record.reasons[-1]
        said = f"{record.verdict.value}, {record.level.name}: {why}"
        return self._say(solved, said, error=record.verdict is Verdict.ERROR and _is_ours(first))

    def fix(self) -> Graded:
        """fix: every check of the fix verification, and each feature as before."""
        extra = sorted(set(self.files) - {PATCH})
        if extra or PATCH not in self.files:
            return self._say(False, f"refused: want {PATCH} and nothing else, got {extra[:3]}")
        diff = self.files[PATCH]
        if not diff.strip() or len(diff) > _MAX_PATCH:
            return self._say(False, f"refused: {PATCH} is empty or too large")
        known = self.item.solution
        driver = self.driver_of(known.reproducer)
        result = verify_fix(
            [known.reproducer],
            Candidate(diff=diff),
            test_argv=known.test_argv,
            test_files=known.test_files,
            sandbox=self.sandbox,
            cache_dir=self.cache,
            endorsed=frozenset({known.reproducer.digest}),
            rng=self.rng,
            driver=driver,
        )
        shown = bool(known.features)  # they show what the verification found nothing for
        passed = result.outcome is FixOutcome.VERIFIED or (
            shown and result.outcome is FixOutcome.ERROR and all(c.passed for c in result.checks)
        )
        first = result.reasons[0] if result.reasons else ""
        if not passed:
            return self._say(False, f"{result.outcome.value}: {first}")
        lost = lost_features(self.item, diff, driver=driver, sandbox=self.sandbox, cache=self.cache)
        if lost:
            return self._say(False, f"{FixOutcome.BREAKS.value}: {lost}")
        return self._say(True, f"{FixOutcome.VERIFIED.value}: {result.checks[0].reason}")

    def _say(self, solved: bool, reason: str, *, error: bool = False) -> Graded:
        return Graded(solved=solved, reason=one_line(reason), digest=self.digest, error=error)


def forced(item: Item, files: Mapping[str, bytes]) -> Reproducer:
    """The reproducer handed in, bound to the item: its target, versions, pins and build.

    Raises BadInput for one that does not read, that names another target or version, or whose
    effect does not count for this item.
    """
    made = read_reproducer(files)
    known, target = item.solution.reproducer, graded_target(item)
    for what, theirs, ours in (
        ("target", made.target.purl, target.purl),
        ("runtime", made.target.runtime.value, target.runtime.value),
        ("affected version", made.target.affected, target.affected),
        ("fixed version", made.target.fixed or target.fixed, target.fixed),
    ):
        if theirs != ours:
            raise BadInput(f"it names another {what}: {theirs}", where=MANIFEST)
    if made.target.pins and set(made.target.pins) != set(target.pins):
        raise BadInput("it chooses other versions of dependencies", where="target.with")
    if made.oracle.kind not in item.effects:
        raise BadInput(f"the effect {made.oracle.kind.value} does not count here", where="oracle")
    if made.oracle.type != known.oracle.type and made.oracle.kind is known.oracle.kind:
        raise BadInput(f"the exception here is {known.oracle.type}", where="oracle.type")
    if known.build is None:
        return dataclasses.replace(made, target=target)
    own = {name: known.files[name] for name in _named_by_build(known)}
    whole = hashlib.sha256(f"{made.digest} {known.digest}".encode()).hexdigest()
    return dataclasses.replace(
        made,
        target=target,
        build=known.build,
        files={**made.files, **own},
        digest=whole,
    )


def _named_by_build(known: Reproducer) -> list[str]:
    build = known.build
    if build is None:
        return []
    named = [build.archive, build.fixed_archive, build.fix, build.driver, *build.files.values()]
    return [name for name in named if name]


def _is_ours(reason: str) -> bool:
    return "Trying again may help" in reason
