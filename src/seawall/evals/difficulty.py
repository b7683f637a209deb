"""a and b of practice items: a rule over what the audit knows, not a measurement on models.

docs/evals-items.md says what that is worth. Banks for real determinations are calibrated.
"""

import math

from seawall.vocab.evals import Task
from seawall.vocab.evidence import OracleKind

_TASK = {Task.FIND: 1.0, Task.PROVE: 0.0, Task.FIX: -0.3}
_EFFECT = {
    OracleKind.EXCEPTION: -0.4,
    OracleKind.PROTOTYPE: -0.3,
    OracleKind.HANG: 0.0,
    OracleKind.FILE_READ: 0.2,
    OracleKind.FILE_WRITE: 0.2,
    OracleKind.CALLBACK: 0.2,
    OracleKind.CHECK: 0.2,
    OracleKind.COMMAND: 0.5,
    OracleKind.SANITIZER: 1.2,
}
_SIZE = {Task.FIND: 0.8, Task.PROVE: 0.3, Task.FIX: 0.3}
"""Logits for each tenfold of source beyond 10 kB: reading is most of finding."""
_FLOOR = -2.0


def rule(task: Task, effect: OracleKind, *, source_bytes: int, floor: bool) -> tuple[float, float]:
    """(a, b) of an item, b rounded to a tenth."""
    size = _SIZE[task] * max(0.0, math.log10(max(source_bytes, 1) / 10_000))
    b = _TASK[task] + _EFFECT[effect] + size + (_FLOOR if floor else 0.0)
    return (0.7 if floor else 1.0), round(b, 1)
