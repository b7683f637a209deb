"""Strict reader of the native tables: `[build]`, `[run]`, `[control]`."""

from collections.abc import Mapping
from typing import Any

from seawall.formats.archives import check_path
from seawall.proofs.reproducer import Build, NativeRun
from seawall.proofs.tables import Table
from seawall.vocab.errors import BadInput

SANITIZERS = ("address", "undefined", "memory", "thread", "leak")
_WORD = r"[^\s\x00-\x1f][^\x00-\x1f]*"
_PATH = r"[A-Za-z0-9_][A-Za-z0-9_.+/@-]*"
_FLAG = (
    r"-(std=[a-z0-9+]+|O[0-3gs]?|g[0-9]?|W[a-z0-9=-]+|w|pthread|f(no-)?(strict-aliasing|common"
    r"|exceptions|rtti|PIC|PIE|pic|pie|permissive|gnu89-inline|ms-extensions|visibility=[a-z]+"
    r"|visibility-inlines-hidden|asynchronous-unwind-tables|omit-frame-pointer|char8_t))"
)
"""Flags that change neither what the program means nor what a sanitizer calls an error."""
_BUILD_KEYS = [
    "root",
    "sources",
    "commands",
    "include",
    "defines",
    "flags",
    "libs",
    "program",
    "sanitizers",
    "without_patches",
    "inner",
    "archive",
    "fixed_archive",
    "fix",
    "files",
    "driver",
]
_RUN_KEYS = ("args", "stdin", "inputs")
MAX_HEADER_BYTES = 256 << 10


def read_build(data: Any, files: Mapping[str, bytes]) -> Build:
    """Give the build of a native target, or raise BadInput."""
    if data is None:
        raise BadInput("a native target wants a [build] table", where="build")
    table = Table(data, "build", keys=_BUILD_KEYS)
    build = Build(
        root=_path(table, "root"),
        sources=_paths(table, "sources", pattern=r"[A-Za-z0-9_][A-Za-z0-9_.+/*?@-]*"),
        commands=_commands(table),
        include=_paths(table, "include", pattern=r"\.|" + _PATH),
        defines=table.texts("defines", pattern=r"[A-Za-z_]\w*(=[^\x00-\x1f]*)?"),
        flags=table.texts(
            "flags",
            pattern=_FLAG,
            hint="-std, -O, -g, -W…, -w, -pthread and those of -f… that keep what C means",
        ),
        libs=table.texts("libs", pattern=r"[A-Za-z0-9_.+-]+"),
        program=_path(table, "program", required=True),
        sanitizers=table.texts("sanitizers") or ("address", "undefined"),
        without_patches=table.texts("without_patches", pattern=r"[A-Za-z0-9][A-Za-z0-9_.+/-]*"),
        inner=_inner(table),
        archive=_bundle_file(table, "archive", files),
        fixed_archive=_bundle_file(table, "fixed_archive", files),
        fix=_bundle_file(table, "fix", files),
        files=_headers(table, files),
        driver=_bundle_file(table, "driver", files),
    )
    if bool(build.sources) == bool(build.commands):
        raise BadInput("wants exactly one of 'sources' and 'commands'", where="build")
    for name in build.sanitizers:
        if name not in SANITIZERS:
            raise BadInput(f"{name!r} is not one of {', '.join(SANITIZERS)}", where="build")
    if build.fix and build.fixed_archive:
        raise BadInput("wants at most one of 'fix' and 'fixed_archive'", where="build")
    return build


def read_run(data: Any, where: str, files: Mapping[str, bytes]) -> NativeRun:
    """Give arguments and input of one run, or raise BadInput."""
    table = Table(data, where, keys=_RUN_KEYS)
    inputs = table.texts("inputs", count=32)
    for name in inputs:
        if name not in files:
            raise BadInput(f"no file {name!r} in the bundle", where=table.place("inputs"))
    return NativeRun(
        args=table.texts("args", count=64, limit=20_000),
        stdin=_bundle_file(table, "stdin", files),
        inputs=inputs,
    )


def _path(table: Table, key: str, *, required: bool = False) -> str:
    text = table.text(key, None if required else "", pattern=_PATH, hint="a plain relative path")
    return check_path(text) if text else ""


def _inner(table: Table) -> str:
    pattern = r"[A-Za-z0-9_][A-Za-z0-9_.+/*@-]*"
    text = table.text("inner", "", pattern=pattern, hint="a path in the source archive")
    return check_path(text) if text else ""


def _paths(table: Table, key: str, *, pattern: str) -> tuple[str, ...]:
    names = table.texts(key, count=400, pattern=pattern, hint="a plain relative path")
    for name in names:
        if name != ".":
            check_path(name)
    return names


def _commands(table: Table) -> tuple[tuple[str, ...], ...]:
    commands = table.raw("commands", [])
    where = table.place("commands")
    if not isinstance(commands, list) or len(commands) > 16:
        raise BadInput("wants at most 16 argv arrays", where=where)
    for argv in commands:
        if (
            not isinstance(argv, list)
            or not 1 <= len(argv) <= 64
            or not all(isinstance(a, str) and a and len(a) <= 1000 for a in argv)
        ):
            raise BadInput('wants arrays of strings such as ["make", "-j4"]', where=where)
    return tuple(tuple(argv) for argv in commands)


def _headers(table: Table, files: Mapping[str, bytes]) -> dict[str, str]:
    data = table.raw("files", {})
    where = table.place("files")
    if not isinstance(data, dict) or len(data) > 20:
        raise BadInput("wants a table of at most 20 paths", where=where)
    headers: dict[str, str] = {}
    for path, name in data.items():
        check_path(path)
        if not isinstance(name, str) or name not in files:
            raise BadInput(f"no file {name!r} in the bundle", where=f"{where}.{path}")
        if len(files[name]) > MAX_HEADER_BYTES:
            raise BadInput(f"is larger than {MAX_HEADER_BYTES >> 10} kB", where=f"{where}.{path}")
        headers[path] = name
    return headers


def _bundle_file(table: Table, key: str, files: Mapping[str, bytes]) -> str:
    name = table.text(key, "")
    if name and name not in files:
        raise BadInput(f"no file {name!r} in the bundle", where=table.place(key))
    return name
