"""The patch of a release: found by the digest that its publisher signed, applied strictly."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from seawall.client.diffs import apply_diff
from seawall.client.errors import FeedRefused
from seawall.client.fetching import Source
from seawall.client.plans import Plan
from seawall.client.releases import SignedRelease
from seawall.client.rewriting import read_file
from seawall.client.store import Store
from seawall.client.trusted import TARGETS
from seawall.core.feed_paths import patch_path
from seawall.vocab.errors import BadInput


def patch_of(release: SignedRelease, *, package: str = "") -> str:
    """The sha256 (hex) of the one patch of a release, or of its package `package` (a purl).
    Raises BadInput when there is none, or more than one."""
    told = {fix.patch: fix.package for fix in release.statement.fixes if fix.patch}
    fitting = [digest for digest, named in told.items() if not package or named == package]
    if len(fitting) == 1:
        return fitting[0]
    if not told:
        raise BadInput(f"{release.statement.id} has no patch; a fixed version may mend it")
    names = ", ".join(sorted(told.values()))
    raise BadInput(f"{release.statement.id} has patches for {names}: say which with --package")


def patch_bytes(
    store: Store, release: SignedRelease, digest: str, *, source: Callable[[], Source]
) -> bytes:
    """The patch of this digest: what was synced, else fetched from `source` and kept. Raises
    FeedRefused when it is not what was signed, Unreachable."""
    data = store.file(digest)
    if data is None:
        path = patch_path(release.publisher.slug, digest)
        target = store.target(path)
        if target is None:
            raise FeedRefused(f"the feed does not have the patch {digest[:12]}…")
        folder, _, name = path.rpartition("/")
        data = source().read(f"{TARGETS}/{folder}/{digest}.{name}", limit=target[1])
    if hashlib.sha256(data).hexdigest() != digest:
        raise FeedRefused(f"the patch {digest[:12]}… is not the one that was signed")
    with store.change():
        store.keep_files({digest: data})
    return data


def plan_patch(folder: Path, patch: bytes) -> Plan:
    """What a patch makes of the sources in `folder`; nothing is written. Raises BadInput when it
    does not fit as it is."""
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder")
    real = folder.resolve()
    return Plan(project=real, rewrites=apply_diff(patch, lambda name: read_file(real, name)))
