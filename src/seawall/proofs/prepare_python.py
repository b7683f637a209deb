"""Prepare a Python target: its wheel and those of its dependencies, fetched and unpacked.

Nothing of a package runs on the host: pip only downloads wheels, which are unpacked as archives
(no scripts, no .pth handling); a source-only release is built in the sandbox without network.
The package index is whatever pip is set to use.
"""

import hashlib
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from seawall.formats.archives import ArchiveLimits, read_archive, unpack
from seawall.proofs.cache import cached_tree
from seawall.proofs.interpreter import interpreter_mounts, python_path
from seawall.proofs.native_source import fetch_pypi
from seawall.proofs.pins import check_wheel_pins
from seawall.proofs.reproducer import Target
from seawall.proofs.runtime import Prepared, PrepareFailed, Unsupported
from seawall.sandbox.protocol import Job, Limits, Mount, Sandbox
from seawall.vocab.errors import one_line

_WHEEL_LIMITS = ArchiveLimits(
    total_bytes=1 << 30, member_bytes=512 << 20, members=50_000, ratio=2000, depth=40
)
_FETCH_SECONDS = 600
_BUILD_LIMITS = Limits(wall_seconds=300, cpu_seconds=300, memory_bytes=2 << 30, processes=64)
_BUILD_SCRIPT = """
import glob, os, sys
sys.path.insert(0, "/tools")
os.chdir(glob.glob("/source/*/")[0])
sys.path.insert(0, os.getcwd())
from setuptools import build_meta
build_meta.build_wheel("/wheel")
"""


def prepare_python(target: Target, version: str, *, cache: Path, sandbox: Sandbox) -> Prepared:
    """Give the packages of `target` at `version`, from the cache or the index.

    Raises Unsupported when no such release runs here, PrepareFailed when fetching failed.
    """
    key = {
        "name": target.name,
        "version": version,
        "pins": sorted(target.pins),
        "python": sys.version,
        "platform": platform.platform(),
        "layout": 2,
    }

    def make(folder: Path) -> Mapping[str, str]:
        return _fetch(target, version, folder, cache, sandbox)

    tree, facts = cached_tree(cache, kind="python", key=key, make=make)
    return Prepared(version=version, tree=tree, digest=facts["digest"], facts=facts)


def unpack_wheels(wheels: list[Path], name: str, folder: Path) -> dict[str, str]:
    """Unpack wheels into `folder`/target and `folder`/deps and give the facts about them."""
    packages, listing = [], ""
    for part in ("target", "deps"):
        (folder / part).mkdir()
    for wheel in sorted(wheels, key=lambda path: path.name):
        data = wheel.read_bytes()
        distribution, version = wheel.name.split("-")[:2]
        part = "target" if _normal(distribution) == _normal(name) else "deps"
        _unpack(read_archive(data, limits=_WHEEL_LIMITS, name=wheel.name), folder / part)
        packages.append(f"{distribution}=={version}")
        listing += f"{hashlib.sha256(data).hexdigest()}  {part}/{wheel.name}\n"
    digest = hashlib.sha256(listing.encode()).hexdigest()
    return {"digest": digest, "packages": " ".join(packages), "python": platform.python_version()}


def _fetch(
    target: Target, version: str, folder: Path, cache: Path, sandbox: Sandbox
) -> Mapping[str, str]:
    with tempfile.TemporaryDirectory(prefix="seawall-wheels-") as name:
        into = Path(name)
        failure = _download(target, version, into, extra=())
        note = ""
        if failure is not None:
            built = into / "built"
            built.mkdir()
            note = _build(target, version, built, cache, sandbox, failure)
            failure = _download(target, version, into, extra=("--find-links", str(built)))
        if failure is not None:
            raise failure
        wheels = list(into.glob("*.whl"))
        check_wheel_pins(target, wheels)
        facts = unpack_wheels(wheels, target.name, folder)
    _compile(folder, sandbox)
    return {**facts, **({"note": note} if note else {})}


def _download(
    target: Target, version: str, into: Path, *, extra: tuple[str, ...]
) -> PrepareFailed | None:
    """Let pip fetch wheels only; give the failure when it could not."""
    command = [
        *(sys.executable, "-m", "pip", "download", "--only-binary", ":all:", "--quiet"),
        *("--disable-pip-version-check", "--no-input", "--dest", str(into), *extra),
        *(f"{target.name}=={version}", *target.pins),
    ]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=_FETCH_SECONDS, check=False, cwd=into
        )
    except subprocess.TimeoutExpired:
        return PrepareFailed(f"fetching {target.name} {version} took too long", retry=True)
    if done.returncode == 0:
        return None
    errors = [
        line.removeprefix("ERROR: ")
        for line in done.stderr.decode("utf-8", "replace").splitlines()
        if line.startswith("ERROR: ")
    ]
    why = one_line(errors[-1] if errors else "pip gave no reason")
    return PrepareFailed(
        f"{target.name} {version} could not be fetched as wheels: {why}",
        retry="No matching distribution" not in why and "conflict" not in why,
    )


def _build(
    target: Target,
    version: str,
    built: Path,
    cache: Path,
    sandbox: Sandbox,
    failure: PrepareFailed,
) -> str:
    """Build the wheel of a source-only release in the sandbox and give a note about it."""
    if failure.retry:
        raise failure
    with tempfile.TemporaryDirectory(prefix="seawall-sdist-") as name:
        source = Path(name) / "source"
        fetch_pypi(target.name, version, Path(name))
        archive = next(path for path in Path(name).iterdir() if path.is_file())
        unpack(archive.read_bytes(), source, limits=_WHEEL_LIMITS, name=archive.name)
        tools = _build_tools(cache)
        outcome = sandbox.run(
            Job(
                argv=(*python_path(), "-c", _BUILD_SCRIPT),
                mounts=(
                    *interpreter_mounts(),
                    Mount(source=tools, target=PurePosixPath("/tools")),
                ),
                writable=(
                    (source, PurePosixPath("/source")),
                    (built, PurePosixPath("/wheel")),
                ),
                environment={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
                limits=_BUILD_LIMITS,
            )
        )
    if outcome.exit_code != 0 or not list(built.glob("*.whl")):
        tail = one_line(outcome.stderr.decode("utf-8", "replace")[-300:])
        raise Unsupported(
            f"{target.name} {version} has no wheel for this Python, and building it from source "
            f"in the sandbox failed: {tail}"
        )
    return "built from source in the sandbox"


def _build_tools(cache: Path) -> Path:
    """Give a folder with setuptools and wheel, unpacked, not installed."""

    def make(folder: Path) -> Mapping[str, str]:
        with tempfile.TemporaryDirectory(prefix="seawall-tools-") as name:
            command = [
                *(sys.executable, "-m", "pip", "download", "--only-binary", ":all:", "--no-deps"),
                *("--quiet", "--disable-pip-version-check", "--no-input", "--dest", name),
                *("setuptools<81", "wheel<0.46"),
            ]
            done = subprocess.run(
                command, capture_output=True, timeout=_FETCH_SECONDS, check=False, cwd=name
            )
            if done.returncode != 0:
                raise PrepareFailed("setuptools and wheel could not be fetched", retry=True)
            for wheel in sorted(Path(name).glob("*.whl")):
                _unpack(read_archive(wheel.read_bytes(), limits=_WHEEL_LIMITS), folder)
        return {}

    return cached_tree(cache, kind="build-tools", key={"tools": "setuptools<81"}, make=make)[0]


def _unpack(files: Mapping[str, bytes], folder: Path) -> None:
    """Write a wheel's libraries; scripts, headers and data files are left out."""
    for name, data in files.items():
        top, _, rest = name.partition("/")
        if top.endswith(".data"):
            scheme, _, rest = rest.partition("/")
            if scheme not in ("purelib", "platlib"):
                continue
            name = rest
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _compile(folder: Path, sandbox: Sandbox) -> None:
    """Compile the packages once, in the sandbox, so that runs start fast. Best effort: what does
    not compile is compiled, or fails, when it is imported."""
    sandbox.run(
        Job(
            argv=(*python_path(), "-m", "compileall", "-q", "-j", "1", "/t/target", "/t/deps"),
            mounts=interpreter_mounts(),
            writable=((folder, PurePosixPath("/t")),),
            environment={"PATH": "/usr/bin:/bin"},
            limits=_BUILD_LIMITS,
        )
    )


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
