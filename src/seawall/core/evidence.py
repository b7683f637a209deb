"""From runs to a verdict, a level and the reasons in words (DESIGN.md, Evidence)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seawall.vocab.errors import one_line
from seawall.vocab.evidence import EvidenceLevel, OracleKind, RunRecord, Side, Verdict

DEFAULT_RUNS = 3
"""k: how often the oracle must fire on the affected version."""

_FIRED = {
    OracleKind.SANITIZER: "The sanitizer reported a memory error",
    OracleKind.COMMAND: "The planted command was executed",
    OracleKind.FILE_WRITE: "The canary outside the allowed folder was written",
    OracleKind.FILE_READ: "The secret file's content came back",
    OracleKind.PROTOTYPE: "A built-in prototype was changed",
    OracleKind.CALLBACK: "A request with the run's token reached the listener",
    OracleKind.HANG: "CPU time went over the limit",
    OracleKind.EXCEPTION: "The declared exception escaped the target",
    OracleKind.CHECK: "The reviewed checker fired",
}
_SILENT = {
    OracleKind.SANITIZER: "No sanitizer reported anything",
    OracleKind.COMMAND: "The planted command was not executed",
    OracleKind.FILE_WRITE: "The canary was not written",
    OracleKind.FILE_READ: "The secret file's content did not come back",
    OracleKind.PROTOTYPE: "The built-in prototypes stayed as they were",
    OracleKind.CALLBACK: "No request reached the listener",
    OracleKind.HANG: "The steps ended in time",
    OracleKind.EXCEPTION: "The declared exception did not escape the target",
    OracleKind.CHECK: "The reviewed checker stayed silent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What a validation comes to; `reasons` are sentences, the decisive one first."""

    verdict: Verdict
    level: EvidenceLevel
    reasons: tuple[str, ...]


def grade(runs: Sequence[RunRecord], *, oracle: OracleKind, wanted: int = DEFAULT_RUNS) -> Grade:
    """Grade the runs of one validation; `wanted` is k, the affected runs that must fire.

    No run that is made worse (silent on the affected version, firing elsewhere, without
    attribution, void, suspicious) can raise the level.
    """
    affected = [r for r in runs if r.side is Side.AFFECTED]
    stopped = _stopped(runs, affected, wanted)
    if stopped is not None:
        return stopped
    fired = [r for r in affected if r.fired]
    place = _place(affected)
    if not fired:
        return Grade(
            verdict=Verdict.NOT_REPRODUCED,
            level=EvidenceLevel.E0,
            reasons=(
                f"{_SILENT[oracle]} in any of {len(affected)} runs{place}.",
                *_details(affected),
            ),
        )
    if len(fired) < len(affected):
        return Grade(
            verdict=Verdict.FLAKY,
            level=EvidenceLevel.E0,
            reasons=(
                f"{_FIRED[oracle]} in only {len(fired)} of {len(affected)} runs{place}; a proof "
                "must do so every time.",
                *_details([r for r in affected if not r.fired]),
            ),
        )
    return _confirmed(affected, runs, oracle)


def _stopped(runs: Sequence[RunRecord], affected: Sequence[RunRecord], wanted: int) -> Grade | None:
    """Give the grade when the runs cannot count: forged, unsupported, error."""
    e0 = EvidenceLevel.E0
    suspicions = _unique(r.suspicion for r in runs)
    if suspicions:
        return Grade(verdict=Verdict.FORGED, level=e0, reasons=tuple(map(sentence, suspicions)))
    refused = _unique(r.refused for r in runs)
    if refused:
        return Grade(verdict=Verdict.UNSUPPORTED, level=e0, reasons=tuple(map(sentence, refused)))
    problems = _unique(r.problem for r in affected)
    if problems:
        return Grade(verdict=Verdict.ERROR, level=e0, reasons=tuple(map(sentence, problems)))
    if len(affected) < max(wanted, 1):
        why = f"Only {len(affected)} of {wanted} runs on the affected version took place."
        return Grade(verdict=Verdict.ERROR, level=e0, reasons=(why,))
    return None


def _confirmed(
    affected: Sequence[RunRecord], runs: Sequence[RunRecord], oracle: OracleKind
) -> Grade:
    reasons = [f"{_FIRED[oracle]} in {len(affected)} of {len(affected)} runs{_place(affected)}."]
    silent, words = _differential(runs, oracle)
    reasons += words
    level = EvidenceLevel.E2 if silent else EvidenceLevel.E1
    inside, why = _attribution(affected)
    reasons.append(why)
    if silent and inside:
        level = EvidenceLevel.E3
    return Grade(verdict=Verdict.CONFIRMED, level=level, reasons=tuple(reasons))


def _differential(runs: Sequence[RunRecord], oracle: OracleKind) -> tuple[bool, list[str]]:
    """Say whether the proof tells affected from unaffected, and the sentences about it.

    A void run (with a `problem`) is never silence, and one firing or void run outside the affected
    side is enough to say no: else a proof could choose where it is compared.
    """
    reasons: list[str] = []
    silent_somewhere = False
    spoilt = False
    for side in (Side.FIXED, Side.CONTROL):
        there = [r for r in runs if r.side is side]
        if not there:
            continue
        fired = sum(r.fired for r in there)
        void = _unique(r.problem for r in there)
        name = _name(there)
        if fired:
            spoilt = True
            reasons.append(
                f"It is not differential: the same happened in {fired} of {len(there)} runs {name}."
            )
        elif void:
            spoilt = True
            reasons.append(f"The runs {name} say nothing, which is not silence: {void[0]}.")
        else:
            silent_somewhere = True
            reasons.append(f"{_SILENT[oracle]} in {len(there)} of {len(there)} runs {name}.")
    if not reasons:
        reasons.append(
            "It was compared with nothing: the reproducer names neither a fixed version nor a "
            "benign control input."
        )
    return silent_somewhere and not spoilt, reasons


def _attribution(affected: Sequence[RunRecord]) -> tuple[bool, str]:
    outside = [r for r in affected if not r.attributed]
    if outside:
        return False, (
            f"It is not attributed: in {len(outside)} of {len(affected)} runs no frame of the "
            "target's own code was seen on the stack of the effect."
        )
    frame = next((f for f in affected[0].stack if f.origin.value == "target"), None)
    spot = f" ({frame.function}, {frame.file}:{frame.line})" if frame is not None else ""
    return True, f"The effect happened inside the target's own code{spot}."


def _place(affected: Sequence[RunRecord]) -> str:
    version = affected[0].version if affected else ""
    return f" on {version}" if version else ""


def _name(runs: Sequence[RunRecord]) -> str:
    if runs[0].side is Side.CONTROL:
        return "with the benign control input"
    return f"on the fixed version {runs[0].version}".rstrip()


def _details(runs: Sequence[RunRecord]) -> list[str]:
    return [sentence(d) for d in _unique(r.detail for r in runs)][:3]


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(t for t in texts if t))


def sentence(text: str) -> str:
    """Give `text` as one sentence on one printable line, safe for terminals."""
    text = one_line(text[:1].upper() + text[1:], limit=1000)
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of the evidence ladder: whether it was earned, and why or why not."""

    level: EvidenceLevel
    earned: bool
    why: str


def rungs(
    runs: Sequence[RunRecord], *, oracle: OracleKind, level: EvidenceLevel, reasons: Sequence[str]
) -> tuple[Rung, ...]:
    """The steps E1 to E4 of a validation that was graded `level` for `reasons`."""
    affected = [r for r in runs if r.side is Side.AFFECTED]
    if level is EvidenceLevel.E0 or not affected:
        said = {EvidenceLevel.E1: " ".join(reasons[:1]) or "No run counts."}
    else:
        fired = sum(r.fired for r in affected)
        said = {
            EvidenceLevel.E1: (
                f"{_FIRED[oracle]} in {fired} of {len(affected)} runs{_place(affected)}."
            ),
            EvidenceLevel.E2: " ".join(_differential(runs, oracle)[1]),
            EvidenceLevel.E3: _attribution(affected)[1],
        }
    if level >= EvidenceLevel.E3:
        said[EvidenceLevel.E4] = (
            "An independent worker saw the same."
            if level is EvidenceLevel.E4
            else "No independent worker has repeated it yet."
        )
    return tuple(
        Rung(level=each, earned=level >= each, why=said.get(each, "The step before is missing."))
        for each in list(EvidenceLevel)[1:]
    )
