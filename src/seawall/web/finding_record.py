"""One validation as the finding page shows it: steps earned, runs by side, both sides compared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seawall.core.evidence import Rung, rungs
from seawall.core.plain import NotThisType
from seawall.parties.sealing import Damaged, KeyMissing, Shredded
from seawall.validation.models import Validation
from seawall.vocab.evidence import RunRecord, Side, ValidationRecord
from seawall.web.finding_parts import Pair, side_by_side

_MOST_LINES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SideOf:
    """The runs on one side."""

    side: Side
    version: str
    fired: int
    runs: Sequence[RunRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A validation with its record, when it may be read and can be."""

    row: Validation
    record: ValidationRecord | None = None
    problem: str = ""
    """Why the record cannot be read although it may be."""
    rungs: Sequence[Rung] = ()
    sides: Sequence[SideOf] = ()
    compared: Sequence[Pair] = ()
    """The first affected run beside the first run that must be silent; empty without one."""
    against: str = ""
    """What the other side of `compared` is."""

    @property
    def seconds(self) -> float:
        """How long the whole validation took."""
        found = self.record
        return (found.finished_at - found.started_at).total_seconds() if found else 0.0


def shown(row: Validation, *, with_record: bool) -> Shown:
    """The validation, with its record when `with_record` says that it may be read."""
    if not with_record:
        return Shown(row=row)
    try:
        record = row.value()
    except (Shredded, KeyMissing, Damaged, NotThisType) as error:
        return Shown(row=row, problem=str(error))
    sides = list(_sides(record.runs))
    other = next((each for each in sides if each.side is not Side.AFFECTED), None)
    affected = next((each for each in sides if each.side is Side.AFFECTED), None)
    compared: list[Pair] = []
    if affected and other:
        compared = list(side_by_side(_lines(affected.runs[0]), _lines(other.runs[0])))
    return Shown(
        row=row,
        record=record,
        rungs=rungs(record.runs, oracle=record.oracle, level=record.level, reasons=record.reasons),
        sides=sides,
        compared=compared[:_MOST_LINES],
        against=other.side.value if other else "",
    )


def _sides(runs: Sequence[RunRecord]) -> Iterator[SideOf]:
    for side in Side:
        there = [run for run in runs if run.side is side]
        if there:
            fired = sum(run.fired for run in there)
            yield SideOf(side=side, version=there[0].version, fired=fired, runs=there)


def _lines(run: RunRecord) -> list[str]:
    """A run as lines of text: what was seen, how it ended, on which stack, what it printed."""
    lines = [run.detail or "—", f"end: {run.exit or '—'}"]
    if run.sanitizer is not None:
        found = run.sanitizer
        lines.append(" ".join(filter(None, (found.tool, found.kind, found.access))))
    lines += [
        f"{frame.function or '?'}  {frame.file}:{frame.line}  [{frame.origin.value}]"
        for frame in run.stack
    ]
    return lines + run.output_tail.splitlines()[-60:]
