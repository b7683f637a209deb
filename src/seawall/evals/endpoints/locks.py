"""Items for simulations: a lock that one key opens, tried in the sandbox within milliseconds.

They are graded by effect like any other item (what was handed in is put before a check that runs in
a fresh sandbox), and measure nothing but the runner and the statistics: without the key nobody
opens one.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from seawall.evals.bench import Bench
from seawall.evals.endpoints.planted import Known
from seawall.evals.endpoints.policy import draw
from seawall.evals.grade import Graded
from seawall.evals.room import ENVIRONMENT, Layout
from seawall.proofs.archive import digest_of
from seawall.sandbox.protocol import Job, Limits, Sandbox
from seawall.vocab.evals import ItemFacts

KEY = "key"
_OPENS = 'test "$(sha256sum <key)" = "$(cat lock)  -"'
_LIMITS = Limits(wall_seconds=30, cpu_seconds=30, memory_bytes=64 << 20, disk_bytes=1 << 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One item. `key` is for graders and planted models."""

    facts: ItemFacts
    key: bytes = field(repr=False)

    @property
    def id(self) -> str:
        return self.facts.id

    @property
    def lock(self) -> str:
        """sha256 of the key, hex."""
        return hashlib.sha256(self.key).hexdigest()

    @property
    def prompt(self) -> str:
        return (
            f"The lock {self.lock} lies in /work/lock. It is the SHA-256 of a key. Hand in the key "
            f"as /work/answer/{KEY}.\n"
        )


def locks(facts: Iterable[ItemFacts], *, seed: str) -> tuple[Lock, ...]:
    """A lock for each of `facts`."""
    return tuple(Lock(facts=f, key=f"{draw(seed, 'key', f.id)!r}".encode()) for f in facts)


def lock_bench(sandbox: Sandbox) -> Bench[Lock]:
    """Runs and grades locks."""

    def layout(item: Lock, _: Sandbox) -> Layout:
        return Layout(files={"lock": item.lock.encode()})

    return Bench(sandbox=sandbox, layout=layout, grade=_try, limits=_LIMITS)


def known_locks(items: Sequence[Lock]) -> dict[str, Known]:
    """What a planted model is told: prompt → item."""
    return {i.prompt: Known(facts=i.facts, answer={KEY: i.key}) for i in items}


def _try(item: Lock, files: Mapping[str, bytes], sandbox: Sandbox) -> Graded:
    """Try what was handed in as a key of the lock."""
    digest = digest_of(dict(files))
    if KEY not in files:
        return Graded(solved=False, reason="no key was handed in", digest=digest)
    outcome = sandbox.run(
        Job(
            argv=("/bin/sh", "-c", _OPENS),
            files={"key": files[KEY], "lock": item.lock.encode()},
            environment=ENVIRONMENT,
            limits=_LIMITS,
        )
    )
    opened = outcome.exit_code == 0
    return Graded(solved=opened, reason="opened" if opened else "it stays shut", digest=digest)
