"""The feed's releases as `seawall check` asks them: an index file of a state of the store, and a
small one of what changed since, so that one new release does not cost a whole new index."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from seawall.client.store import Store
from seawall.formats.csaf import is_csaf, read_csaf
from seawall.formats.csaf_advisories import to_advisories
from seawall.formats.osv import read_osv
from seawall.formats.release_bundle import ReleaseBundle
from seawall.matching.index import AdvisoryIndex
from seawall.matching.layers import Layer
from seawall.vocab.advisories import Advisory
from seawall.vocab.errors import BadInput

_NAME = re.compile(r"base-([0-9]+)|since-[0-9]+-[0-9]+")
_FEW = 500
_SHARE = 20
"""The whole index is made anew when more than a twentieth of the releases, and more than a few,
changed since it was made."""


def refresh_index(home: Path, store: Store, *, beside_others: bool = False) -> tuple[Layer, ...]:
    """The index of the store's state, made or completed where it is not there yet; newest layer
    first. With `beside_others` it replaces advisories of the same ids in layers after it."""
    *newer, last = _refresh(home, store)
    if beside_others:
        last = replace(last, replaces=frozenset(held.id for held in store.releases()))
    return (*newer, last)


def _refresh(home: Path, store: Store) -> tuple[Layer, ...]:
    folder, now = home / "index", store.generation
    base = _newest_base(folder, now)
    changed = store.count(after=base)
    if base == 0 or changed > max(_FEW, store.count() // _SHARE):
        whole = AdvisoryIndex.build(advisories_of(store))
        _save(whole, folder / f"base-{now}")
        _tidy(folder, base=now, now=now)
        return (Layer(index=whole),)
    layers = [Layer(index=_load_or_build(folder / f"base-{base}", store, after=0))]
    if changed:
        newer = _load_or_build(folder / f"since-{base}-{now}", store, after=base)
        ids = frozenset(held.id for held in store.releases(after=base))
        layers.insert(0, Layer(index=newer, replaces=ids))
    _tidy(folder, base=base, now=now)
    return tuple(layers)


def advisories_of(store: Store, *, after: int = 0) -> Iterator[Advisory]:
    """The advisories of all releases that changed after that generation. Their bundles were read
    strictly when they were installed."""
    for _, data in store.bundles(after=after):
        yield from _in_documents(json.loads(data)["documents"])


def advisories_in(bundle: ReleaseBundle) -> tuple[Advisory, ...]:
    """What a release says is affected: its OSV record, else its CSAF document."""
    return _in_documents(bundle.documents)


def _in_documents(documents: Mapping[str, str]) -> tuple[Advisory, ...]:
    for name, text in documents.items():
        if name.endswith(".osv.json"):
            return (read_osv(json.loads(text)),)
    for name, text in documents.items():
        if not name.endswith("-vex.json") and is_csaf(document := json.loads(text)):
            return to_advisories(read_csaf(document))
    return ()


def _load_or_build(path: Path, store: Store, *, after: int) -> AdvisoryIndex:
    try:
        return AdvisoryIndex.load(path)
    except (FileNotFoundError, BadInput):
        made = AdvisoryIndex.build(advisories_of(store, after=after))
        _save(made, path)
        return made


def _save(index: AdvisoryIndex, path: Path) -> None:
    """Keep the index where that is possible; who may only read the folder builds it each time."""
    with suppress(PermissionError):
        index.save(path)


def _newest_base(folder: Path, now: int) -> int:
    """The newest generation, not after `now`, of which there is a whole index; 0 for none."""
    names = (_NAME.fullmatch(path.name) for path in folder.glob("base-*"))
    return max((int(n[1]) for n in names if n and n[1] and int(n[1]) <= now), default=0)


def _tidy(folder: Path, *, base: int, now: int) -> None:
    """Remove indexes of older states; who has one open keeps reading it."""
    for path in folder.glob("*-*"):
        if _NAME.fullmatch(path.name) and path.name not in (f"base-{base}", f"since-{base}-{now}"):
            with suppress(PermissionError):
                path.unlink(missing_ok=True)
