"""The sandbox job of one replay: the watcher, the plan with the run's values, the mounts."""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any

from seawall.proofs.checkers import checker_file
from seawall.proofs.interpreter import interpreter_mounts, python_path
from seawall.proofs.placeholders import RunSecrets
from seawall.proofs.reproducer import Reproducer, Step
from seawall.proofs.values import fill_value
from seawall.sandbox.protocol import Job, Limits, Mount
from seawall.vocab.evidence import OracleKind, Runtime

HARNESS = PurePosixPath("/harness")
TREE = PurePosixPath("/t")
CHECKERS = PurePosixPath("/checkers")
BUNDLE = "bundle"
MAX_WALL_SECONDS = 120.0
MAX_MEMORY = 2 << 30


def harness_folder() -> Path:
    """Give the folder of the trusted programs that run inside."""
    return Path(str(files("seawall.proofs"))) / "harness"


def replay_job(
    reproducer: Reproducer,
    steps: Sequence[Step],
    *,
    tree: Path,
    secrets: RunSecrets,
    argv: tuple[str, ...],
    child: Mapping[str, Any],
    checkers: Path | None = None,
    mounts: Sequence[Mount] = (),
) -> Job:
    """Give the job that replays `steps` in `argv` under the watcher; `child` is what the runtime's
    own harness wants to be told beyond the steps."""
    oracle = reproducer.oracle
    wall = min(reproducer.limits.wall_seconds, MAX_WALL_SECONDS)
    hang = oracle.kind is OracleKind.HANG
    plan = {
        "argv": argv,
        "environment": {"PATH": "/usr/bin:/bin", "HOME": secrets.work, "LANG": "C.UTF-8"},
        "oracle": oracle.kind.value,
        "secrets": {
            name: getattr(secrets, name)
            for name in (
                "token", "work", "command", "canary", "secret", "port", "effect", "effect_path",
                "secret_content",
            )
        },
        "wall_seconds": min(max(wall, 4 * oracle.cpu_seconds), MAX_WALL_SECONDS) if hang else wall,
        "cpu_seconds": oracle.cpu_seconds if hang else wall,
        "dump_by": "signal" if reproducer.target.runtime is Runtime.PYTHON else "control",
        "checker": _checker(reproducer, checkers),
        "child_plan": {
            "key": secrets.key,
            "steps": filled_steps(reproducer, steps, secrets),
            "bundle": f"/work/{BUNDLE}",
            "watch": {
                "command": secrets.command,
                "canary": secrets.canary,
                "secret": secrets.secret,
                "port": secrets.port,
                "token": secrets.token,
            },
            **child,
        },
    }  # fmt: skip
    shown = [
        *interpreter_mounts(),
        *mounts,
        Mount(source=harness_folder(), target=HARNESS),
        Mount(source=tree, target=TREE),
    ]
    if checkers is not None:
        shown.append(Mount(source=checkers, target=CHECKERS))
    total = float(plan["wall_seconds"]) + 15  # type: ignore[arg-type]
    return Job(
        argv=(*python_path(), f"{HARNESS}/watch.py"),
        mounts=tuple(shown),
        files={f"{BUNDLE}/{name}": data for name, data in _shown(reproducer).items()},
        environment={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        stdin=json.dumps(plan).encode(),
        limits=Limits(
            wall_seconds=total,
            cpu_seconds=total,
            memory_bytes=min(reproducer.limits.memory_mb << 20, MAX_MEMORY),
            output_bytes=16 << 20,
        ),
    )


def recording(reproducer: Reproducer, secrets: RunSecrets) -> dict[str, Any]:
    """Give what a recorder is told beyond a replay: the script and the run's values."""
    text = reproducer.files[reproducer.script].decode("utf-8", "replace")
    return {
        "script": text,
        "script_name": f"/proof/{reproducer.script}",
        "given": dict(secrets.placeholders()),
    }


def filled_steps(
    reproducer: Reproducer, steps: Sequence[Step], secrets: RunSecrets
) -> list[dict[str, Any]]:
    """Give the steps as JSON with the run's values put in."""
    values = secrets.placeholders()
    made = []
    for step in steps:
        data = step.as_json()
        for part in ("args", "kwargs", "value"):
            data[part] = fill_value(data[part], values, reproducer.files)
        made.append(data)
    return made


def modules_of(steps: Sequence[Step]) -> list[str]:
    """Give the modules that steps name, each once."""
    named = (s.ref.partition(":")[0] for s in steps if s.op in ("call", "new", "get"))
    return list(dict.fromkeys(m for m in named if not m.startswith("$")))


def _shown(reproducer: Reproducer) -> Mapping[str, bytes]:
    """The bundle's files that steps may name by path; never its script."""
    hidden = {"reproducer.toml", reproducer.script}
    return {name: data for name, data in reproducer.files.items() if name not in hidden}


def _checker(reproducer: Reproducer, checkers: Path | None) -> list[str] | None:
    if reproducer.oracle.kind is not OracleKind.CHECK or checkers is None:
        return None
    return [*python_path(), f"{CHECKERS}/{checker_file(reproducer.oracle.checker)}"]
