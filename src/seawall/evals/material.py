"""What an attempt's sandbox shows of an item: the affected source, its dependencies, a way to run
it. Nothing of the fixed version is ever there."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from seawall.evals.item import Item
from seawall.evals.prompts import source_path
from seawall.proofs.cache import cached_tree
from seawall.proofs.interpreter import interpreter_mounts, python_path
from seawall.proofs.native_source import fetch_source
from seawall.proofs.prepare_node import node_mounts, node_path
from seawall.proofs.reproducer import Reproducer
from seawall.proofs.runtime import Prepared, PrepareFailed, RuntimeDriver
from seawall.proofs.runtimes import driver_for
from seawall.sandbox.protocol import Job, Limits, Mount, Sandbox
from seawall.vocab.errors import one_line
from seawall.vocab.evidence import Runtime, Side

_LIMITS = Limits(wall_seconds=120, cpu_seconds=120, disk_bytes=1 << 30, file_bytes=256 << 20)
# $1 is the archive, $2 a pattern for the archive inside it that is wanted, or nothing.
_UNPACK = r"""
set -eu
unpack() {
  rm -rf /work/fresh && mkdir /work/fresh
  tar -xf "$1" -C /work/fresh --no-same-owner --no-same-permissions
}
top() {
  set -- /work/fresh/*
  if [ $# -eq 1 ] && [ -d "$1" ]; then echo "$1"; else echo /work/fresh; fi
}
unpack "$1"
if [ -n "$2" ]; then
  cd "$(top)"
  cp -- $2 /work/inner
  cd /work
  unpack /work/inner
fi
cd "$(top)"
find . ! -type f ! -type d -delete
cp -R . /out
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything that the sandbox of an attempt is made with."""

    mounts: tuple[Mount, ...]
    files: Mapping[str, bytes]
    """Relative path below /work → content."""
    environment: Mapping[str, str]
    source: PurePosixPath
    """Where the affected source is in the sandbox."""
    source_folder: Path
    """The same folder on this machine."""


def material(
    item: Item, *, sandbox: Sandbox, cache_dir: Path, driver: RuntimeDriver | None = None
) -> Material:
    """Fetch or build the affected side, as far as it is not in the cache, and say what to show.

    Raises PrepareFailed or Unsupported when this machine cannot have it.
    """
    known = item.solution.reproducer
    driver = driver or driver_for(known, sandbox, cache_dir)
    affected = driver.prepare(known, Side.AFFECTED)
    shown, folder = _shown(known, affected, sandbox, cache_dir)
    return Material(
        mounts=(*interpreter_mounts(), *shown),
        files=item.files,
        environment=_environment(known),
        source=PurePosixPath(source_path(item.target)),
        source_folder=folder,
    )


def _shown(
    known: Reproducer, side: Prepared, sandbox: Sandbox, cache: Path
) -> tuple[tuple[Mount, ...], Path]:
    target = PurePosixPath("/target")
    match known.target.runtime:
        case Runtime.PYTHON:
            folder = side.tree / "target"
            deps = Mount(source=side.tree / "deps", target=PurePosixPath("/deps"))
            return (Mount(source=folder, target=target), deps), folder
        case Runtime.NODE:
            modules = side.tree / "node_modules"
            shown = Mount(source=modules, target=target / "node_modules")
            return (*node_mounts(), shown), modules / known.target.path
        case Runtime.NATIVE:
            tree = native_tree(known, side, Side.AFFECTED, sandbox=sandbox, cache=cache)
            return (Mount(source=tree, target=target),), tree / "source"


def native_tree(
    known: Reproducer, built: Prepared, side: Side, *, sandbox: Sandbox, cache: Path
) -> Path:
    """A folder with `program` and `source`, the archive that it was built from, unpacked: as the
    build unpacks it, in the sandbox, and without links and special files."""
    fetched = fetch_source(known, side, cache=cache / "sources")
    if known.build is None or len(fetched.files) != 1:
        raise PrepareFailed("only a source release that is one archive can be shown")
    archive, inner = fetched.files[0], known.build.inner

    def make(folder: Path) -> Mapping[str, str]:
        (folder / "source").mkdir()
        outcome = sandbox.run(
            Job(
                argv=("/bin/sh", "-c", _UNPACK, "sh", f"/a/{archive.name}", inner),
                mounts=(Mount(source=archive, target=PurePosixPath("/a") / archive.name),),
                writable=((folder / "source", PurePosixPath("/out")),),
                environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
                limits=_LIMITS,
            )
        )
        if outcome.exit_code != 0:
            why = one_line((outcome.stdout + outcome.stderr)[-300:].decode("utf-8", "replace"))
            raise PrepareFailed(f"the source could not be unpacked: {why or outcome.stopped_by}")
        shutil.copy2(built.tree / "program", folder / "program")
        return {}

    key = {"source": fetched.digest, "inner": inner, "program": built.digest, "layout": 2}
    return cached_tree(cache, kind="eval-sources", key=key, make=make)[0]


def _environment(known: Reproducer) -> dict[str, str]:
    folders = [str(Path(python_path()[0]).parent), "/usr/bin", "/bin"]
    if known.target.runtime is Runtime.NODE:
        folders.insert(0, str(node_path().parent))
    return {
        "PATH": ":".join(dict.fromkeys(folders)),
        "HOME": "/work",
        "LANG": "C.UTF-8",
        "PYTHONPATH": "/target:/deps",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NODE_PATH": "/target/node_modules",
    }
