"""Fetch the source archive of a native target at a version, running nothing of it.

Registries are asked through their own clients where those do not run a package's code (npm, apt).
pip builds metadata of a source archive, which is the package's code, so the index is read directly
(simple repository API, PEP 691) and the file is checked against the hash given there.
"""

import hashlib
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from seawall.proofs.native_debian import fetch_debian
from seawall.proofs.reproducer import Reproducer
from seawall.proofs.runtime import PrepareFailed, Unsupported
from seawall.vocab.errors import one_line
from seawall.vocab.evidence import Side

_DEFAULT_INDEX = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
"""Asks pip for the index that it uses when nothing else is configured."""
_ARCHIVES = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
_MAX_BYTES = 256 << 20
_TIMEOUT = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The files of one source release. `version` is what was really fetched; `note` says, in
    words, when that is not what was asked for."""

    files: tuple[Path, ...]
    version: str
    digest: str
    """sha256 over the names and contents of `files`, hex."""
    note: str = ""


def fetch_source(reproducer: Reproducer, side: Side, *, cache: Path) -> Source:
    """Get the source archive that `side` is built from, from `cache` or the registry.

    Raises Unsupported for a kind of package that has no sources here, PrepareFailed otherwise.
    """
    target, build = reproducer.target, reproducer.build
    patched = side is Side.FIXED and build is not None and bool(build.fix)
    version = target.fixed if side is Side.FIXED and not patched else target.affected
    if target.kind == "generic":
        return _from_bundle(reproducer, version, side, cache=cache, patched=patched)
    if build is not None and build.archive:
        raise Unsupported("an archive in the bundle is for pkg:generic targets only")
    match target.kind:
        case "pypi":
            where = cache / "pypi" / _key(target.name) / _key(version)
            return _cached(where, version, lambda into: fetch_pypi(target.name, version, into))
        case "npm":
            where = cache / "npm" / _key(target.path) / _key(version)
            return _cached(where, version, lambda into: fetch_npm(target.path, version, into))
        case "deb":
            shipped = target.fixed or target.affected
            where = cache / "deb" / _key(target.name) / _key(shipped)
            return _cached(
                where, shipped, lambda into: fetch_debian(target.name, shipped, into, cache=cache)
            )
    raise Unsupported(f"no native sources are known for pkg:{target.kind}")


def fetch_pypi(name: str, version: str, into: Path) -> str:
    """Download the source archive of a Python project from the index that pip is set to use."""
    index, certificates = _pip_settings()
    page = f"{index.rstrip('/')}/{quote(_normal(name))}/"
    context = ssl.create_default_context(cafile=certificates or None)
    try:
        listing = json.loads(
            _get(page, context, limit=64 << 20, accept="application/vnd.pypi.simple.v1+json")
        )
    except ValueError:
        raise PrepareFailed(f"the package index gave no JSON for {name}") from None
    chosen = _sdist(listing, name, version)
    url = urljoin(page, str(chosen["url"]))
    content = _get(url, context, limit=_MAX_BYTES, accept="*/*")
    if hashlib.sha256(content).hexdigest() != chosen["hashes"]["sha256"]:
        raise PrepareFailed(f"{chosen['filename']} does not have the hash that the index names")
    (into / Path(str(chosen["filename"])).name).write_bytes(content)
    return version


def fetch_npm(name: str, version: str, into: Path) -> str:
    """Download the tarball of an npm package; its scripts do not run."""
    npm = shutil.which("npm")
    if npm is None:
        raise PrepareFailed("npm is not installed: apt-get install npm")
    specifier = f"{name}@{version}"
    if name.startswith("-") or any(c.isspace() for c in specifier):
        raise Unsupported(f"not an npm package: {one_line(specifier)}")
    _call(
        [npm, "pack", specifier, "--ignore-scripts", "--silent", "--pack-destination", str(into)],
        folder=into,
        what=f"npm could not fetch {specifier}",
    )
    return version


def _from_bundle(
    reproducer: Reproducer, version: str, side: Side, *, cache: Path, patched: bool
) -> Source:
    build = reproducer.build
    assert build is not None  # noqa: S101 - the reader gives every native target a build
    name = build.fixed_archive if side is Side.FIXED and not patched else build.archive
    if not name:
        raise Unsupported("a pkg:generic target wants [build] archive (and fixed_archive or fix)")
    content = reproducer.files[name]
    digest = hashlib.sha256(content).hexdigest()

    def write(into: Path) -> str:
        (into / _key(Path(name).name)).write_bytes(content)
        return version

    # By name and version too: whoever sent the same bytes first must not name them for others.
    where = cache / "generic" / digest / _key(Path(name).name) / _key(version)
    return _cached(where, version, write)


def _sdist(listing: Any, name: str, version: str) -> dict[str, Any]:
    """The entry of the wanted source archive in a PEP 691 project page."""
    for entry in listing.get("files", []):
        filename = str(entry.get("filename", ""))
        for ending in _ARCHIVES:
            stem = filename.removesuffix(ending)
            if stem != filename and stem.endswith(f"-{version}"):
                if _normal(stem.removesuffix(f"-{version}")) != _normal(name):
                    continue
                if "sha256" not in entry.get("hashes", {}):
                    raise PrepareFailed(f"the package index names no hash for {filename}")
                return dict(entry)
    raise PrepareFailed(f"{name} {version} has no source archive in the package index")


def _pip_settings() -> tuple[str, str]:
    """Index address and certificate file as pip is configured; defaults of pip if it is not."""
    found = {
        "index-url": os.environ.get("PIP_INDEX_URL", ""),
        "cert": os.environ.get("PIP_CERT", ""),
    }
    for key, value in found.items():
        if not value:
            done = subprocess.run(
                [sys.executable, "-m", "pip", "config", "get", f"global.{key}"],
                capture_output=True,
                text=True,
                timeout=_TIMEOUT,
                check=False,
            )
            found[key] = done.stdout.strip() if done.returncode == 0 else ""
    return found["index-url"] or _pips_own_index(), found["cert"]


def _pips_own_index() -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-c", _DEFAULT_INDEX], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PrepareFailed("pip does not say which index it uses: set index-url in its settings")
    return done.stdout.strip()


def _get(url: str, context: ssl.SSLContext, *, limit: int, accept: str) -> bytes:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1"):
        raise PrepareFailed(f"the package index is not reached by https: {one_line(url)}")
    request = urllib.request.Request(url, headers={"Accept": accept})  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT, context=context) as answer:  # noqa: S310
            content: bytes = answer.read(limit + 1)
    except urllib.error.HTTPError as error:
        error.close()
        missing = error.code == 404
        raise PrepareFailed(
            f"the package index answers {error.code} for {parts.path}", retry=not missing
        ) from None
    except OSError as error:
        raise PrepareFailed(
            f"the package index cannot be reached: {one_line(str(error))}", retry=True
        ) from None
    if len(content) > limit:
        raise PrepareFailed(f"more than {limit >> 20} MB: {parts.path}")
    return content


def _cached(where: Path, version: str, fetch: Any) -> Source:
    """The files in the folder `where`, fetched into it (all or nothing) when it is not there."""
    if not where.is_dir():
        where.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".fetch-", dir=where.parent))
        try:
            fetched = fetch(fresh)
            (fresh / "VERSION").write_text(fetched)
            fresh.chmod(0o755)
            try:
                fresh.rename(where)
            except OSError:
                if not where.is_dir():  # another worker was faster otherwise
                    raise
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    real = (where / "VERSION").read_text()
    files = tuple(sorted(f for f in where.iterdir() if f.name != "VERSION"))
    note = "" if real == version else f"{version} is no longer in the archive; built from {real}"
    return Source(files=files, version=real, digest=_digest(files), note=note)


def _digest(files: Sequence[Path]) -> str:
    total = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
        total.update(f"{content}  {file.name}\n".encode())
    return total.hexdigest()


def _call(argv: list[str], *, folder: Path, what: str) -> str:
    try:
        done = subprocess.run(
            argv,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=10 * _TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PrepareFailed(f"{what}: no answer", retry=True) from None
    if done.returncode != 0:
        raise PrepareFailed(f"{what}: {one_line(done.stderr[-400:])}", retry=True)
    return done.stdout


def _normal(name: str) -> str:
    """PEP 503."""
    return "-".join(filter(None, name.lower().replace("_", "-").replace(".", "-").split("-")))


def _key(text: str) -> str:
    """`text` as one harmless file name."""
    return quote(text, safe="@+~:").lstrip(".") or "_"
