"""Items made of Seawall's own cases: only proven ones, and only as their owners consented."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from seawall.evals.bank_files import MANIFEST, family_of
from seawall.evals.item import Item
from seawall.proofs.archive import digest_of
from seawall.vocab.decisions import Allowed, Decision, Refused
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import Task
from seawall.vocab.evidence import EvidenceLevel, ValidationRecord, Verdict

_DEFAULT_FIX = "fix.diff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """That the owner of a case lets it be an item: who said so, when, to what."""

    case: str
    """Public id of the case."""
    owner: str
    given_by: str
    given_at: datetime
    tasks: frozenset[Task]
    embargo_until: datetime | None = None
    """Until then the item is never shown outside of a review's sandboxes; None for a case whose
    advisory is public."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFamily:
    """A family made of a case: its folder's files, and the consent that it rests on."""

    name: str
    files: Mapping[str, bytes]
    consent: Consent

    @property
    def items(self) -> tuple[Item, ...]:
        return family_of(self.files, name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The task of an item and what the statistics are to know of it."""

    task: Task
    a: float
    b: float
    floor: bool = False


def family_of_case(
    *,
    name: str,
    bundle: Mapping[str, bytes],
    proof: ValidationRecord,
    consent: Consent,
    licence: str,
    numbers: Sequence[Numbers],
    fix: bytes = b"",
) -> CaseFamily:
    """Make a family of a case's reproducer. `fix` is the diff where no fixed version is released.

    Raises BadInput when the proof is not this bundle's, is below E3, or the consent does not cover
    a task.
    """
    if proof.reproducer_digest != digest_of(bundle):
        raise BadInput("the validation is that of another reproducer", where="proof")
    if proof.verdict is not Verdict.CONFIRMED or proof.level < EvidenceLevel.E3:
        raise BadInput(f"a proof at {proof.level.name} makes no item", where="proof")
    if unasked := {n.task for n in numbers} - consent.tasks:
        shown = ", ".join(sorted(task.value for task in unasked))
        raise BadInput(f"{consent.owner} did not consent to: {shown}", where="consent")
    head = {"format": 1, "family": name, "source": consent.case, "licence": licence}
    head |= {"fix": _DEFAULT_FIX} if fix else {}
    lines = [f"{key} = {json.dumps(value)}" for key, value in head.items()]
    for each in numbers:
        lines += ["", "[[item]]", f'task = "{each.task.value}"', f"a = {each.a}", f"b = {each.b}"]
        lines += ["floor = true"] if each.floor else []
    files = {f"reproducer/{path}": data for path, data in bundle.items()}
    files |= {MANIFEST: ("\n".join(lines) + "\n").encode(), **({_DEFAULT_FIX: fix} if fix else {})}
    made = CaseFamily(name=name, files=files, consent=consent)
    _ = made.items  # reads, or says what is wrong
    return made


def may_reveal(consent: Consent, *, now: datetime) -> Decision:
    """Say whether items of a case may be shown to anybody outside of a review."""
    if consent.embargo_until is not None and now < consent.embargo_until:
        return Refused(f"{consent.case} is embargoed until {consent.embargo_until:%Y-%m-%d %H:%M}")
    return Allowed()
