"""Prepare a Node target: the package and its dependencies, installed by npm without scripts.

npm only downloads and unpacks; everything must come from the registry that npm is set to use,
and every package must have been checked against an integrity value.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from seawall.proofs.cache import cached_tree
from seawall.proofs.pins import check_lock_pins
from seawall.proofs.reproducer import Target
from seawall.proofs.runtime import Prepared, PrepareFailed, Unsupported
from seawall.sandbox.protocol import Mount, Sandbox
from seawall.vocab.errors import one_line

_FETCH_SECONDS = 600


def prepare_node(target: Target, version: str, *, cache: Path, sandbox: Sandbox) -> Prepared:
    """Give the packages of `target` at `version`, from the cache or the registry.

    Raises Unsupported when the release wants something from outside a registry, PrepareFailed
    when fetching failed.
    """
    del sandbox  # nothing of a package runs while it is prepared
    node = node_version()
    key = {"name": target.path, "version": version, "pins": sorted(target.pins), "node": node}

    def make(folder: Path) -> Mapping[str, str]:
        return {**_install(target, version, folder), "node": node}

    tree, facts = cached_tree(cache, kind="node", key=key, make=make)
    return Prepared(version=version, tree=tree, digest=facts["digest"], facts=facts)


def node_path() -> Path:
    """Give the node program of this machine, or raise PrepareFailed."""
    found = shutil.which("node")
    if found is None:
        raise PrepareFailed("node proofs need Node.js: apt-get install nodejs npm")
    return Path(found).resolve()


def node_mounts() -> tuple[Mount, ...]:
    """Give the mounts that node needs: none when it belongs to the system."""
    node = node_path()
    if node.is_relative_to("/usr"):
        return ()
    prefix = node.parent.parent
    return (Mount(source=prefix, target=PurePosixPath(prefix)),)


def node_version() -> str:
    """Give what `node --version` prints."""
    done = subprocess.run(
        [str(node_path()), "--version"], capture_output=True, timeout=60, check=True
    )
    return done.stdout.decode().strip()


def check_lock(lock: Any) -> str:
    """Give a digest of what an npm lock (version 2 or 3) says was installed.

    The lock was written with `omit-lockfile-registry-resolved`: an entry names an address only
    when it came from elsewhere than a registry. Raises Unsupported for such an entry and for one
    that was not checked against an integrity value.
    """
    listing = []
    for place, entry in sorted(lock.get("packages", {}).items()):
        name = place.removeprefix("node_modules/")
        if not place:
            continue
        if entry.get("inBundle"):  # came inside a package that is checked itself
            listing.append(f"bundled {place}")
            continue
        if entry.get("link") or not place.startswith("node_modules/") or "resolved" in entry:
            origin = one_line(str(entry.get("resolved", "a link")), limit=100)
            raise Unsupported(f"{name} does not come from a registry but from {origin}")
        if not str(entry.get("integrity", "")).startswith(("sha512-", "sha384-", "sha1-")):
            raise Unsupported(f"{name} has no integrity value")
        listing.append(f"{entry['integrity']}  {place}@{entry.get('version')}")
    return hashlib.sha256("\n".join(listing).encode()).hexdigest()


def _install(target: Target, version: str, folder: Path) -> dict[str, str]:
    npm = shutil.which("npm")
    if npm is None:
        raise PrepareFailed("node proofs need npm: apt-get install npm")
    wanted = [f"{target.path}@{version}", *target.pins]
    (folder / "package.json").write_text('{"name": "prepared", "private": true}')
    # A dependency on git would make npm run git, and a git package's scripts.
    environment = {**os.environ, "npm_config_git": "false"}
    command = [
        *(npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev"),
        *("--save-exact", "--no-update-notifier", "--loglevel=error"),
        "--omit-lockfile-registry-resolved",  # see check_lock
        *wanted,
    ]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            timeout=_FETCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PrepareFailed(f"fetching {wanted[0]} took too long", retry=True) from None
    if done.returncode != 0:
        raise _failure(wanted[0], done.stderr.decode("utf-8", "replace"))
    lock = json.loads((folder / "package-lock.json").read_text())
    digest = check_lock(lock)
    check_lock_pins(target, lock)
    installed = lock["packages"].get(f"node_modules/{target.path}", {}).get("version")
    if installed != version:
        raise PrepareFailed(f"npm installed {target.path} {installed} in place of {version}")
    packages = [
        f"{place.removeprefix('node_modules/')}@{entry.get('version')}"
        for place, entry in sorted(lock["packages"].items())
        if place
    ]
    return {"digest": digest, "packages": " ".join(packages)}


def _failure(wanted: str, errors: str) -> PrepareFailed:
    lines = [
        line.removeprefix("npm ERR! ").removeprefix("npm error ") for line in errors.splitlines()
    ]
    code = next((line.split()[-1] for line in lines if line.startswith("code ")), "")
    why = next((line for line in lines if line and not line.startswith("code ")), "no reason given")
    if code in ("ETARGET", "E404"):
        return PrepareFailed(f"{wanted} is not in the registry")
    return PrepareFailed(f"npm could not fetch {wanted}: {one_line(why)}", retry=code != "ERESOLVE")
