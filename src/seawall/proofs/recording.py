"""Scripts: run once against recording stand-ins of the target, turned into steps, put away.

What a recording sends is hostile data. It goes through the reader of bundles like any other, and
only its replay is graded; what showed during the recording and not in the replay was the script.
"""

import base64
import binascii
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from seawall.proofs.judge import judge
from seawall.proofs.observation import Observation
from seawall.proofs.placeholders import NAMES, RunSecrets, draw_secrets
from seawall.proofs.read_steps import read_steps
from seawall.proofs.reproducer import Reproducer, Step
from seawall.proofs.runtime import Prepared, RuntimeDriver, Unsupported
from seawall.sandbox.protocol import Outcome
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.evidence import Side

MAX_RECORDED_FILES = 50


@runtime_checkable
class Recorder(Protocol):
    """A runtime that can record scripts."""

    def record(
        self, reproducer: Reproducer, prepared: Prepared, secrets: RunSecrets
    ) -> tuple[Observation, Outcome]:
        """Run the script once in the sandbox and give what was seen."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The steps that a script took, and what its run showed that a replay must show too."""

    steps: tuple[Step, ...]
    files: Mapping[str, bytes]
    suspicion: str = ""
    """Why the proof is forged unless the replay confirms it; empty when nothing looks odd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Take:
    """One recording: the steps as a bundle would say them, and whether the oracle fired."""

    steps: tuple[Any, ...]
    files: Mapping[str, bytes]
    fired: bool
    effect: str


def record_script(
    reproducer: Reproducer,
    driver: RuntimeDriver,
    affected: Prepared,
    fixed: Prepared | None,
    *,
    rng: random.Random,
) -> Recorded:
    """Record the script on the affected version, and on the fixed one to compare.

    Raises Unsupported for what cannot be said in steps.
    """
    if not isinstance(driver, Recorder):
        raise Unsupported(f"{reproducer.target.runtime} proofs have no scripts")
    take = _record(reproducer, driver, affected, Side.AFFECTED, rng)
    suspicion = ""
    if take.fired:
        suspicion = (
            f"While the script was recorded the effect showed ({take.effect}), but not when the "
            f"steps it took ({len(take.steps)}) were replayed into the target: the script made "
            "it, not the target."
        )
    elif fixed is not None:
        other = _record(reproducer, driver, fixed, Side.FIXED, rng)
        if not _one_begins_the_other(take.steps, other.steps):
            suspicion = (
                "The script makes other calls on the fixed version than on the affected one, so "
                "it asks which version it meets; on the same calls the target does not show the "
                "effect."
            )
    files = {**reproducer.files, **take.files}
    steps = _read(take.steps, files, reproducer) if take.steps else ()
    return Recorded(steps=steps, files=files, suspicion=suspicion)


def _record(
    reproducer: Reproducer, driver: Recorder, prepared: Prepared, side: Side, rng: random.Random
) -> _Take:
    secrets = draw_secrets(rng)
    seen, outcome = driver.record(reproducer, prepared, secrets)
    run = judge(
        seen,
        oracle=reproducer.oracle,
        side=side,
        index=0,
        version=prepared.version,
        outcome=outcome,
    )
    transcripts = seen.of("transcript")
    fired = run.fired or (seen.command_ran or seen.canary_written)
    if not transcripts:
        if fired:  # killed or left early, after the effect
            return _Take(steps=(), files={}, fired=True, effect=run.detail)
        raise Unsupported(f"the script could not be recorded: {run.problem or run.detail}")
    said, why = transcripts[0].value, transcripts[0].why
    if why and not fired:
        raise Unsupported(f"the script cannot be turned into steps: {why}")
    steps, files = _plain(said, secrets)
    return _Take(steps=tuple(steps), files=files, fired=fired, effect=run.detail)


def _plain(said: Any, secrets: RunSecrets) -> tuple[list[Any], dict[str, bytes]]:
    """Give a transcript with the recording's values turned back into placeholders."""
    try:
        steps, files = said["steps"], said["files"]
        if not isinstance(steps, list) or len(files) > MAX_RECORDED_FILES:
            raise TypeError
        recorded = {
            f"recorded/{int(name.removeprefix('recorded/'))}": base64.b64decode(data)
            for name, data in files.items()
        }
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        raise Unsupported("the recording sent something that is no transcript") from None
    values = secrets.placeholders()
    return [_with_placeholders(step, values) for step in steps], recorded


def _with_placeholders(value: Any, values: Mapping[str, str]) -> Any:
    match value:
        case str():
            return _named(value, values)
        case list():
            return [_with_placeholders(v, values) for v in value]
        case {"bytes": str(text)}:
            return _bytes_with_placeholders(text, values)
        case dict():
            return {k: _with_placeholders(v, values) for k, v in value.items()}
    return value


def _named(text: str, values: Mapping[str, str]) -> str:
    for name in NAMES:
        text = text.replace(f"{{{name}}}", f"{{{{{name}}}}}")
    # The longest first: the work folder is the beginning of other paths.
    for name in sorted(NAMES, key=lambda n: -len(values[n])):
        text = text.replace(values[name], f"{{{name}}}")
    return text


def _bytes_with_placeholders(text: str, values: Mapping[str, str]) -> Any:
    try:
        plain = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return {"bytes": text}
    if not any(value in plain for value in values.values()):
        return {"bytes": text}
    return {"utf8": _named(plain, values)}


def _read(
    steps: Sequence[Any], files: Mapping[str, bytes], reproducer: Reproducer
) -> tuple[Step, ...]:
    try:
        return read_steps(
            list(steps), "transcript", runtime=reproducer.target.runtime, files=files
        )[0]
    except BadInput as bad:
        raise Unsupported(f"the script cannot be turned into steps: {one_line(str(bad))}") from None


def _one_begins_the_other(first: Sequence[Any], second: Sequence[Any]) -> bool:
    """Whether the calls are the same as far as both go; a raise ends one of them earlier."""
    plain = [
        [
            {k: v for k, v in s.items() if k != "may_raise"} if isinstance(s, dict) else s
            for s in steps
        ]
        for steps in (first, second)
    ]
    return all(a == b for a, b in zip(*plain, strict=False))
