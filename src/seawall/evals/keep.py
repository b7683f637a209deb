"""Whether a patch keeps what a package is for: each feature ends as before and answers the same."""

import dataclasses
import random
from pathlib import Path

from seawall.evals.item import Feature, Item
from seawall.proofs.judge import ALL_RAN
from seawall.proofs.patched import prepare_patched
from seawall.proofs.placeholders import draw_secrets
from seawall.proofs.reproducer import Reproducer
from seawall.proofs.runtime import Prepared, PrepareFailed, RuntimeDriver, Unsupported
from seawall.sandbox.protocol import Sandbox
from seawall.vocab.evidence import RunRecord, Runtime, Side

_SEED = 20261123
"""Both sides get the same run values, so that their answers can be compared."""


def lost_features(
    item: Item, diff: bytes, *, driver: RuntimeDriver, sandbox: Sandbox, cache: Path
) -> str:
    """Say which feature of the item `diff` breaks and how; "" when it keeps all."""
    known = item.solution.reproducer
    try:
        before = driver.prepare(known, Side.AFFECTED)
        patched, after = prepare_patched(known, diff, driver=driver, cache=cache, sandbox=sandbox)
    except (PrepareFailed, Unsupported) as error:
        return str(error)
    for feature in item.solution.features:
        use = _use(known, feature)
        fixed = _use(patched, feature)
        lost = _difference(_run(use, before, driver), _run(fixed, after, driver), item)
        if lost:
            return f"{feature.name}: {lost}"
    return ""


def _use(known: Reproducer, feature: Feature) -> Reproducer:
    files = {**known.files, **feature.files}
    return dataclasses.replace(known, control=feature.steps, control_run=feature.run, files=files)


def _run(use: Reproducer, tree: Prepared, driver: RuntimeDriver) -> RunRecord:
    secrets = draw_secrets(random.Random(_SEED))
    return driver.run(use, tree, side=Side.CONTROL, index=0, secrets=secrets)


def _difference(before: RunRecord, after: RunRecord, item: Item) -> str:
    native = item.target.runtime is Runtime.NATIVE
    if _unusable(before) or (not native and before.detail != ALL_RAN):
        return f"it does not work on the affected version either ({_unusable(before)})"
    if after.fired:
        return "the effect shows in benign use"
    if _unusable(after):
        return f"it no longer works ({_unusable(after)})"
    if (before.exit, before.detail) != (after.exit, after.detail):
        return f"it ends otherwise ({after.detail or after.exit})"
    return "" if before.answers == after.answers else "it gives other answers than before"


def _unusable(run: RunRecord) -> str:
    return run.problem or run.refused or run.suspicion
