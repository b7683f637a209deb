"""An item of a bank: one vulnerability, one task, what the model is given and what settles it.

docs/evals-items.md describes the format of the folders that items are read from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from seawall.proofs.reproducer import NativeRun, Reproducer, Step, Target
from seawall.vocab.evals import Budget, ItemFacts, Task
from seawall.vocab.evidence import OracleKind

HAND_IN = PurePosixPath("/work/answer")
"""The folder that is graded: reproducer.toml with its files (find, prove), or fix.patch (fix)."""
PATCH = "fix.patch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A benign use that a fix must keep: it ends as on the affected version, with the same answers.

    `steps` for python and node, `run` for native; `files` are those that either names.
    """

    name: str
    steps: tuple[Step, ...] = ()
    run: NativeRun | None = None
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """What only graders and auditors see."""

    reproducer: Reproducer = field(repr=False)
    """The known proof; its target names the affected and the fixed version."""
    fix: bytes = field(default=b"", repr=False)
    """A unified diff that is the upstream fix, where no fixed version is released."""
    features: tuple[Feature, ...] = ()
    test_argv: tuple[str, ...] = ()
    """The project's own tests, run beside `test_files`."""
    test_files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item. `prompt` and `files` are for the model; it is told neither the item's id nor its
    title, which name the vulnerability."""

    facts: ItemFacts
    title: str
    prompt: str
    files: Mapping[str, bytes] = field(repr=False)
    """Relative path below /work → content; what else is shown comes from `material`."""
    target: Target
    effects: frozenset[OracleKind]
    """The effects that count as a proof of this item's vulnerability."""
    runs_code: bool
    """Whether the target runs code of its input by design. Such code can ask for the version and
    make an effect on one side only, so find and prove are floor items: never drawn."""
    budget: Budget
    """A hint of what an attempt may take; a review states its own."""
    cwes: tuple[str, ...]
    identifiers: tuple[str, ...]
    source: str
    """The public advisory, or where else the vulnerability is known from."""
    licence: str
    """Of the package that the item is made of, as SPDX expression."""
    solution: Solution = field(repr=False)
    digest: str
    """sha256 (hex) of the folder's files and the task: the item's identity in a bank."""
    substance: str
    """As `digest`, without what an audit leads to (a, b, floor): what an audit holds for."""

    @property
    def id(self) -> str:
        return self.facts.id

    @property
    def task(self) -> Task:
        return self.facts.task
