"""What an attempt's sandbox shows of an item: the affected source, its dependencies, a way to run
it. Nothing of the fixed version is ever there."""

import fnmatch
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from seawall.evals.item import Item
from seawall.evals.prompts import source_path
from seawall.formats.archives import ArchiveLimits, read_archive
from seawall.proofs.cache import cached_tree
from seawall.proofs.interpreter import interpreter_mounts, python_path
from seawall.proofs.native_source import fetch_source
from seawall.proofs.prepare_node import node_mounts, node_path
from seawall.proofs.reproducer import Build, Reproducer
from seawall.proofs.runtime import Prepared, PrepareFailed, RuntimeDriver
from seawall.proofs.runtimes import driver_for
from seawall.sandbox.protocol import Mount, Sandbox
from seawall.vocab.evidence import Runtime, Side

_LIMITS = ArchiveLimits(
    total_bytes=512 << 20, member_bytes=256 << 20, members=50_000, ratio=2000, depth=40
)


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
    shown, folder = _shown(known, affected, cache_dir)
    return Material(
        mounts=(*interpreter_mounts(), *shown),
        files=item.files,
        environment=_environment(known),
        source=PurePosixPath(source_path(item.target)),
        source_folder=folder,
    )


def _shown(known: Reproducer, side: Prepared, cache: Path) -> tuple[tuple[Mount, ...], Path]:
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
            tree = native_tree(known, side, Side.AFFECTED, cache=cache)
            return (Mount(source=tree, target=target),), tree / "source"


def native_tree(known: Reproducer, built: Prepared, side: Side, *, cache: Path) -> Path:
    """A folder with `program` and `source`, the archive that it was built from, unpacked."""
    fetched = fetch_source(known, side, cache=cache / "sources")
    if known.build is None or len(fetched.files) != 1:
        raise PrepareFailed("only a source release that is one archive can be shown")
    build: Build = known.build
    archive = fetched.files[0]

    def make(folder: Path) -> Mapping[str, str]:
        files = _without_top(read_archive(archive.read_bytes(), limits=_LIMITS, name=archive.name))
        if build.inner:
            name = next((n for n in sorted(files) if fnmatch.fnmatch(n, build.inner)), "")
            if not name:
                raise PrepareFailed(f"no {build.inner} in the source archive")
            files = _without_top(read_archive(files[name], limits=_LIMITS, name=Path(name).name))
        for name, data in files.items():
            path = folder / "source" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        shutil.copy2(built.tree / "program", folder / "program")
        return {}

    key = {"source": fetched.digest, "inner": build.inner, "program": built.digest}
    return cached_tree(cache, kind="eval-sources", key=key, make=make)[0]


def _without_top(files: Mapping[str, bytes]) -> dict[str, bytes]:
    tops = {name.split("/", 1)[0] for name in files}
    if len(tops) != 1 or not all("/" in name for name in files):
        return dict(files)
    return {name.split("/", 1)[1]: data for name, data in files.items()}


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
