"""Strict reader of a reproducer bundle; every mistake says what, where and how to mend it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seawall.formats.purl import parse_purl
from seawall.proofs.archive import MANIFEST, MAX_ARCHIVE_BYTES, digest_of, read_archive, read_folder
from seawall.proofs.plausible import check_exception, check_target, flaw_of_control
from seawall.proofs.read_native import read_build, read_run
from seawall.proofs.read_steps import placeholders_of, read_steps
from seawall.proofs.reproducer import (
    Build,
    NativeRun,
    Oracle,
    ProofLimits,
    Reproducer,
    Step,
    Target,
)
from seawall.proofs.tables import Table
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.evidence import OracleKind, Runtime

MAX_MANIFEST_BYTES = 512 << 10
_TOP = (
    "format title description identifiers cwes target oracle limits step control script build run"
)
_VERSION = r"[0-9A-Za-z][0-9A-Za-z.+!~:_-]*"
_PIN = {
    Runtime.PYTHON: r"[A-Za-z0-9][A-Za-z0-9._-]*==[0-9A-Za-z.+!]+",
    Runtime.NODE: r"(@[a-z0-9~._-]+/)?[a-z0-9~.-][a-z0-9~._-]*@[0-9A-Za-z.+-]+",
}
_PURL_TYPES = {
    Runtime.PYTHON: ("pypi",),
    Runtime.NODE: ("npm",),
    Runtime.NATIVE: ("pypi", "npm", "deb", "generic"),
}
_ORACLES = {
    Runtime.PYTHON: "command file-write file-read callback hang exception check",
    Runtime.NODE: "command file-write file-read prototype callback hang exception check",
    Runtime.NATIVE: "sanitizer command file-write file-read hang",
}
_NEEDS = {
    OracleKind.COMMAND: {"command"},
    OracleKind.FILE_WRITE: {"canary"},
    OracleKind.FILE_READ: {"secret"},
    OracleKind.CALLBACK: {"url", "token"},
    OracleKind.PROTOTYPE: {"token"},
}


def load_reproducer(path: Path) -> Reproducer:
    """Read a bundle from a folder, .zip or .tar.gz. Raises BadInput or OSError."""
    if path.is_dir():
        return read_reproducer(read_folder(path))
    with path.open("rb") as stream:
        return read_reproducer_archive(stream.read(MAX_ARCHIVE_BYTES + 1))


def read_reproducer_archive(data: bytes) -> Reproducer:
    """Read a bundle from the bytes of a .zip or .tar.gz. Raises BadInput."""
    return read_reproducer(read_archive(data))


def read_reproducer(files: Mapping[str, bytes]) -> Reproducer:
    """Read a bundle from its files (relative path → content). Raises BadInput."""
    table = Table(_manifest(files), "", keys=_TOP.split())
    if table.raw("format") != 1:
        raise BadInput("this reader knows format 1", where="format", mend="write format = 1")
    target = _target(table.raw("target"))
    oracle = _oracle(table.raw("oracle"), target.runtime)
    steps, control, script = _proof(table, target, oracle, files)
    build, run, control_run = _native(table, target, files)
    made = Reproducer(
        digest=digest_of(files),
        title=one_line(table.text("title", limit=200)),
        description=table.text("description", "", limit=20_000),
        identifiers=table.texts("identifiers", pattern=r"[A-Za-z0-9][A-Za-z0-9:._-]+"),
        cwes=table.texts("cwes", pattern=r"CWE-[1-9][0-9]{0,4}", hint='such as "CWE-79"'),
        target=target,
        oracle=oracle,
        limits=_limits(table.raw("limits", {})),
        steps=steps,
        control=control,
        script=script,
        build=build,
        run=run,
        control_run=control_run,
        files=dict(files),
    )
    _check_whole(made)
    return made


def _check_whole(made: Reproducer) -> None:
    build = made.build
    both = build is not None and (build.without_patches or build.fix or build.archive)
    check_target(made.target, same_source=bool(both))
    if made.oracle.type:
        check_exception(made.oracle.type)
    flaw = flaw_of_control(made) if made.oracle.kind is OracleKind.HANG and made.control else ""
    if flaw and not made.script:
        raise BadInput(flaw, where="control", mend="change the values of the same calls only")


def _manifest(files: Mapping[str, bytes]) -> dict[str, Any]:
    data = files.get(MANIFEST)
    if data is None:
        raise BadInput(f"no {MANIFEST} in the bundle", mend=f"put {MANIFEST} at its top")
    if len(data) > MAX_MANIFEST_BYTES:
        raise BadInput(
            f"is larger than {MAX_MANIFEST_BYTES >> 10} kB",
            where=MANIFEST,
            mend="put large inputs in files of the bundle",
        )
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError:
        raise BadInput("is not UTF-8", where=MANIFEST) from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"is not TOML: {error}", where=MANIFEST) from None
    except (RecursionError, ValueError):
        raise BadInput(
            "is nested too deeply or holds an impossible number", where=MANIFEST
        ) from None


def _target(data: Any) -> Target:
    if data is None:
        raise BadInput("a [target] table is missing", where="target")
    table = Table(data, "target", keys=("purl", "affected", "fixed", "runtime", "with"))
    runtime = Runtime(table.choice("runtime", [r.value for r in Runtime]))
    purl = parse_purl(table.text("purl"))
    if purl.version or purl.qualifiers or purl.subpath:
        raise BadInput(
            "the purl goes without version and qualifiers",
            where="target.purl",
            mend="put the version in 'affected'",
        )
    if purl.type not in _PURL_TYPES[runtime]:
        raise BadInput(
            f"{purl.type!r} packages do not run as {runtime}",
            where="target.purl",
            mend=f"use one of {', '.join(_PURL_TYPES[runtime])}",
        )
    affected = table.text("affected", limit=80, pattern=_VERSION, hint="one exact version")
    fixed = table.text("fixed", "", limit=80, pattern=_VERSION, hint="one exact version")
    pins = table.texts("with", pattern=_PIN.get(runtime, ""), hint='"name==1.2" or "name@1.2"')
    return Target(purl=str(purl), affected=affected, fixed=fixed, runtime=runtime, pins=pins)


def _oracle(data: Any, runtime: Runtime) -> Oracle:
    if data is None:
        raise BadInput("an [oracle] table is missing", where="oracle")
    table = Table(data, "oracle", keys=("kind", "type", "cpu_seconds", "checker"))
    kind = OracleKind(table.choice("kind", _ORACLES[runtime].split()))
    parameter = {
        OracleKind.EXCEPTION: "type", OracleKind.HANG: "cpu_seconds", OracleKind.CHECK: "checker"
    }  # fmt: skip
    for owner, key in parameter.items():
        if key in table and kind is not owner:
            raise BadInput(f"{key!r} goes with the {owner} oracle", where="oracle")
    wanted = kind is OracleKind.EXCEPTION
    return Oracle(
        kind=kind,
        type=table.text(
            "type",
            None if wanted else "",
            limit=120,
            pattern=r"(?!((builtins\.)?(Base)?Exception|Error)$)[A-Za-z_][\w.]*",
            hint="the name of one kind of exception",
        ),
        cpu_seconds=(
            table.number("cpu_seconds", 5.0, least=1, most=60) if kind is OracleKind.HANG else 0.0
        ),
        checker=table.text(
            "checker", None if kind is OracleKind.CHECK else "", pattern=r"[a-z][a-z0-9-]*"
        ),
    )


def _limits(data: Any) -> ProofLimits:
    table = Table(data, "limits", keys=("wall_seconds", "memory_mb", "runs"))
    return ProofLimits(
        wall_seconds=table.number("wall_seconds", 30, least=1, most=300),
        memory_mb=int(table.number("memory_mb", 1024, least=64, most=4096)),
        runs=int(table.number("runs", 0, least=0, most=20)),
    )


def _proof(
    table: Table, target: Target, oracle: Oracle, files: Mapping[str, bytes]
) -> tuple[tuple[Step, ...], tuple[Step, ...], str]:
    """Give steps, control steps and script of a python or node proof."""
    if target.runtime is Runtime.NATIVE:
        for key in ("step", "script"):
            if key in table:
                raise BadInput(f"{key!r} is for python and node", where=key, mend="use [run]")
        return (), (), ""
    for key in ("build", "run"):
        if key in table:
            raise BadInput(f"[{key}] is for native targets", where=key)
    if ("step" in table) == ("script" in table):
        raise BadInput("wants exactly one of [[step]] and script", mend="write [[step]] tables")
    script = table.text("script", "")
    if script and script not in files:
        raise BadInput(f"no file {script!r} in the bundle", where="script")
    control, control_weight = (
        read_steps(table.raw("control"), "control", runtime=target.runtime, files=files)
        if "control" in table
        else ((), 0)
    )
    if script:
        return (), control, script
    steps, weight = read_steps(table.raw("step"), "step", runtime=target.runtime, files=files)
    _check_fit(oracle, steps, control, (weight, control_weight), files)
    return steps, control, ""


def _check_fit(
    oracle: Oracle,
    steps: tuple[Step, ...],
    control: tuple[Step, ...],
    weights: tuple[int, int],
    files: Mapping[str, bytes],
) -> None:
    """Refuse steps with which the oracle could never fire, or never be told from a slow machine."""
    check_placeholders(oracle, steps, files)
    if oracle.kind is OracleKind.HANG:
        if not control:
            raise BadInput(
                "a hang is told from a slow machine by a control input of equal size",
                where="control",
                mend="add [[control]] steps with a harmless input of the same size",
            )
        if weights[1] < 0.9 * weights[0]:
            raise BadInput(
                f"the control's values are smaller ({weights[1]} bytes) than the steps' "
                f"({weights[0]} bytes)",
                where="control",
                mend="give the control an input of equal size",
            )


def check_placeholders(oracle: Oracle, steps: tuple[Step, ...], files: Mapping[str, bytes]) -> None:
    """Refuse steps that do not name what the oracle watches."""
    wanted = _NEEDS.get(oracle.kind, set())
    if wanted and not wanted & placeholders_of(steps, files):
        names = " or ".join("{" + name + "}" for name in sorted(wanted, reverse=True))
        raise BadInput(
            f"no step names {names}, so the {oracle.kind} oracle cannot fire", where="step"
        )


def _native(
    table: Table, target: Target, files: Mapping[str, bytes]
) -> tuple[Build | None, NativeRun | None, NativeRun | None]:
    if target.runtime is not Runtime.NATIVE:
        return None, None, None
    if "run" not in table:
        raise BadInput("a native target wants a [run] table", where="run")
    build = read_build(table.raw("build"), files)
    if target.kind == "generic" and not build.archive:
        raise BadInput("a pkg:generic target wants its source", where="build.archive")
    if build.without_patches and target.kind != "deb":
        raise BadInput("is for Debian source packages", where="build.without_patches")
    control = read_run(table.raw("control"), "control", files) if "control" in table else None
    return build, read_run(table.raw("run"), "run", files), control
