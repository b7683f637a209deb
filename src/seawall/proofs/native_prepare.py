"""Prepare one side of a native target: fetch its source, build it in the sandbox, keep the result.

The cache key is everything that went in: digests of the sources and of the bundle's files, the
build script, the compiler's version. A build appears in the cache by one rename, complete.
"""

import fcntl
import hashlib
import io
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from seawall.formats.archives import ArchiveLimits, read_archive
from seawall.proofs.native_script import SOURCE, build_script
from seawall.proofs.native_source import Source, fetch_source
from seawall.proofs.native_tools import find_compiler
from seawall.proofs.reproducer import Build, Reproducer
from seawall.proofs.runtime import Prepared, PrepareFailed, Unsupported
from seawall.sandbox import Job, Limits, Mount, Outcome, Sandbox
from seawall.vocab.errors import BadInput, one_line
from seawall.vocab.evidence import Side

GUARD = b"seawall-guard-1"
BUILD_LIMITS = Limits(
    wall_seconds=1200,
    cpu_seconds=3600,
    memory_bytes=3 << 30,
    processes=512,
    file_bytes=512 << 20,
    disk_bytes=2 << 30,
    output_bytes=4 << 20,
    collect_bytes=256 << 20,
    collect_files=4,
)
_GUARD_SOURCE = Path(__file__).with_name("native_guard.c")
_FORMAT = 1


def prepare_native(
    reproducer: Reproducer, side: Side, *, sandbox: Sandbox, cache: Path
) -> Prepared:
    """Build the version of `side`; `tree` holds `program`. A control uses the affected build.

    Raises Unsupported or PrepareFailed, each with one sentence. Whether code of the reporter in
    the build is endorsed is the caller's to decide (`Reproducer.needs_endorsement`).
    """
    build = reproducer.build
    if build is None:
        raise Unsupported("a native target wants a [build] table")
    side = Side.FIXED if side is Side.FIXED else Side.AFFECTED
    if build.without_patches and reproducer.target.kind != "deb":
        raise Unsupported("without_patches is for Debian sources (pkg:deb) only")
    source = fetch_source(reproducer, side, cache=cache / "sources")
    compiler = find_compiler()
    affected = side is Side.AFFECTED
    take_back = build.without_patches if affected else ()
    script = build_script(
        build,
        sources=source.files,
        compiler=compiler,
        take_back=take_back,
        fix=bool(build.fix) and not affected,
    )
    files = _bundle_files(reproducer, build, fixed=not affected)
    key = _key(source, script, files, compiler.version)
    folder = cache / "native" / key
    if not (folder / "facts.json").is_file():
        with _lock(cache / "native" / f".{key}.lock"):
            if not (folder / "facts.json").is_file():
                _build(folder, source, script, files, sandbox, build, compiler.version, take_back)
    facts: Mapping[str, str] = json.loads((folder / "facts.json").read_text())
    version = reproducer.target.affected if affected else reproducer.target.fixed
    return Prepared(version=version, tree=folder, digest=facts["program sha256"], facts=facts)


def _build(
    folder: Path,
    source: Source,
    script: str,
    files: Mapping[str, bytes],
    sandbox: Sandbox,
    build: Build,
    compiler: str,
    taken_back: tuple[str, ...],
) -> None:
    with tempfile.TemporaryDirectory(prefix=".build-", dir=folder.parent) as scratch:
        mounts = _mounts(source, Path(scratch))
        outcome = sandbox.run(
            Job(
                argv=("/bin/sh", "/work/bundle/build.sh"),
                mounts=mounts,
                files={**files, "bundle/build.sh": script.encode()},
                environment={
                    "PATH": "/work/bin:/usr/local/bin:/usr/bin:/bin",
                    "HOME": "/tmp",  # noqa: S108 - the sandbox's own
                    "LC_ALL": "C.UTF-8",
                    "CC": "/work/bin/cc",
                    "CXX": "/work/bin/c++",
                    "ASAN_OPTIONS": "detect_leaks=0",
                    "SOURCE_DATE_EPOCH": "1700000000",
                },
                collect=("result/program",),
                limits=BUILD_LIMITS,
            )
        )
    program = outcome.files.get("result/program", b"")
    if outcome.exit_code != 0 or not program:
        raise PrepareFailed(f"the build failed: {_why(outcome)}")
    _check_program(program, build)
    _publish(folder, program, source, sandbox, compiler, taken_back)


def _publish(
    folder: Path,
    program: bytes,
    source: Source,
    sandbox: Sandbox,
    compiler: str,
    taken_back: tuple[str, ...],
) -> None:
    facts = {
        "source": ", ".join(f.name for f in source.files),
        "source sha256": source.digest,
        "source version": source.version,
        "program sha256": hashlib.sha256(program).hexdigest(),
        "compiler": compiler,
        "build sandbox": sandbox.name,
        "guard": "yes" if GUARD in program else "no",
    }
    if source.note:
        facts["note"] = source.note
    if taken_back:
        facts["patches taken back"] = ", ".join(taken_back)
    fresh = Path(tempfile.mkdtemp(prefix=".fresh-", dir=folder.parent))
    (fresh / "program").write_bytes(program)
    (fresh / "program").chmod(0o755)
    (fresh / "facts.json").write_text(json.dumps(facts, indent=1))
    fresh.chmod(0o755)
    if folder.exists():
        shutil.rmtree(folder)
    fresh.rename(folder)


def _mounts(source: Source, scratch: Path) -> tuple[Mount, ...]:
    """The fetched files in /sources; a zip is repacked as tar, which the sandbox can unpack."""
    mounts = []
    for file in source.files:
        shown = file
        if file.suffix == ".zip":
            shown = scratch / file.name
            shown.write_bytes(_zip_as_tar(file))
            scratch.chmod(0o755)
        mounts.append(Mount(source=shown, target=PurePosixPath("/sources") / file.name))
    return tuple(mounts)


def _zip_as_tar(file: Path) -> bytes:
    limits = ArchiveLimits(total_bytes=512 << 20, member_bytes=256 << 20, members=50_000)
    try:
        files = read_archive(file.read_bytes(), limits=limits, name=file.name)
    except BadInput as bad:
        raise PrepareFailed(f"the source archive is refused: {bad}") from None
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(content), 0o755
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _bundle_files(reproducer: Reproducer, build: Build, *, fixed: bool) -> dict[str, bytes]:
    files = {"bundle/guard.c": _GUARD_SOURCE.read_bytes()}
    if build.fix and fixed:
        files["bundle/fix"] = reproducer.files[build.fix]
    if build.driver:
        files["bundle/driver.c"] = reproducer.files[build.driver]
    for number, name in enumerate(build.files.values()):
        files[f"bundle/file{number}"] = reproducer.files[name]
    return files


def _key(source: Source, script: str, files: Mapping[str, bytes], compiler: str) -> str:
    parts = [str(_FORMAT), source.digest, script, compiler]
    parts += [f"{name} {hashlib.sha256(files[name]).hexdigest()}" for name in sorted(files)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _check_program(program: bytes, build: Build) -> None:
    if not program.startswith(b"\x7fELF"):
        raise PrepareFailed(
            f"{build.program} is not a program but a script (libtool?): build with --disable-shared"
        )
    wanted = {"address": b"__asan_init", "memory": b"__msan_init", "thread": b"__tsan_init"}
    for name in build.sanitizers:
        if name in wanted and wanted[name] not in program:
            raise PrepareFailed(f"{build.program} was built without the {name} sanitizer")
    if GUARD not in program and not set(wanted) & set(build.sanitizers):
        raise PrepareFailed(
            f"{build.program} was not built by the compiler given to the build: it lay ready in "
            "the source, or was linked by a compiler called by its full path"
        )


def _why(outcome: Outcome) -> str:
    if outcome.stopped_by:
        return f"stopped by the limit on {outcome.stopped_by}"
    text = outcome.stderr.decode("utf-8", "replace").strip() or outcome.stdout.decode(
        "utf-8", "replace"
    )
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower() and "Werror" not in line]
    return one_line(" | ".join(errors[:2] or lines[-3:])).replace(SOURCE + "/", "") or "no word"


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
