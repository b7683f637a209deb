"""What each runtime (python, node, native) offers: prepare one side, then run it many times."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from seawall.proofs.placeholders import RunSecrets
from seawall.proofs.reproducer import Reproducer
from seawall.vocab.evidence import RunRecord, Side


class Unsupported(RuntimeError):
    """The proof cannot be run here or said in this format; the message is one sentence for its
    author. Trying again does not help."""


class PrepareFailed(RuntimeError):
    """Packages could not be fetched or sources not built; the message is one sentence. `retry`
    says whether trying again may help (a registry that did not answer)."""

    def __init__(self, message: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.retry = retry


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A version of the target, ready to run: a read-only folder in the cache."""

    version: str
    tree: Path
    """Folder of the build or of the installed packages."""
    digest: str
    """sha256 of the tree's content, hex."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Tool versions, packages and whatever else the record should say about the build."""


class RuntimeDriver(Protocol):
    """One runtime. Both calls may take long and are safe from several threads."""

    def prepare(self, reproducer: Reproducer, side: Side) -> Prepared:
        """Get the version of `side` ready: AFFECTED or FIXED (a control runs on AFFECTED).

        Cached by content. Raises Unsupported, PrepareFailed or BadInput.
        """
        ...

    def run(
        self,
        reproducer: Reproducer,
        prepared: Prepared,
        *,
        side: Side,
        index: int,
        secrets: RunSecrets,
    ) -> RunRecord:
        """Run the proof once (the control input for Side.CONTROL) and say what was seen.

        Never raises for anything the proof or the target does: a run that says nothing about
        the target has its `problem` set.
        """
        ...
