"""Media for a place without network: a copy of a feed that anybody can sync from, however far
behind. Made by following the feed from its first root, so that what is on it was verified."""

import tempfile
from datetime import datetime
from pathlib import Path

from seawall.client.errors import NotThere
from seawall.client.fetching import Source
from seawall.client.files import write_atomically
from seawall.client.logs import LOG
from seawall.client.store import Store
from seawall.client.sync import SyncReport, sync
from seawall.client.trusted import METADATA, TARGETS, trust_root
from seawall_verify import most_bytes
from seawall_verify.tiles import WIDTH, tile_path, tile_width

_LAST = (f"{LOG}/checkpoint", f"{METADATA}/timestamp.json")
"""What names all else is written last, so that a copy that was cut off is an older one."""
_MAX_ROOT = 512_000


class _Saving(Source):
    """A source of which every file that was read is kept below `folder`."""

    def __init__(self, source: Source, folder: Path) -> None:
        super().__init__(source.name)
        self._source = source
        self._folder = folder
        self._last: dict[str, bytes] = {}

    def _read(self, parts: list[str], limit: int) -> bytes:
        path = "/".join(parts)
        data = self._source.read(path, limit=limit)
        if path in _LAST:
            self._last[path] = data
        else:
            self.keep(path, data)
        return data

    def keep(self, path: str, data: bytes) -> None:
        place = self._folder / path
        if not place.exists() or place.read_bytes() != data:
            place.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(place, data)

    def finish(self) -> None:
        for path in _LAST:
            self.keep(path, self._last[path])


def write_media(home: Path, source: Source, folder: Path, *, now: datetime) -> SyncReport:
    """Bring `folder` to what `source` offers now, with every release, patch and tile of the log.
    What `home` holds already is not fetched again. Raises as `sync` does."""
    folder.mkdir(parents=True, exist_ok=True)
    saving = _Saving(source, folder)
    with tempfile.TemporaryDirectory(dir=home, prefix="media-") as made:
        fresh = Path(made)
        root = (home / "root.json").read_bytes()
        trust_root(fresh, root)
        _lend_files(home, fresh)
        report = sync(fresh, saving, now=now, patches=True)
        _keep_targets(fresh, saving)
    _read_log(saving, report.log_size)
    _read_first_root(saving)
    saving.finish()
    return report


def _lend_files(home: Path, fresh: Path) -> None:
    with Store.open(home) as own, Store.open(fresh) as store, store.change():
        for digest, data in own.files():
            store.keep_files({digest: data})


def _keep_targets(fresh: Path, saving: _Saving) -> None:
    """Every file that a bin names, one by one, also those that came in packs."""
    with Store.open(fresh) as store:
        for path, digest in store.targets():
            data = store.file(digest)
            if data is not None:
                place, _, name = path.rpartition("/")
                saving.keep(f"{TARGETS}/{place}/{digest}.{name}", data)


def _read_log(saving: _Saving, size: int) -> None:
    """Every tile of hashes, so that the log can be shown to continue any older checkpoint."""
    level = 0
    while size >> (8 * level):
        for index in range(-(-(size >> (8 * level)) // WIDTH)):
            path = tile_path(level, index, tile_width(level, index, size))
            try:
                saving.read(f"{LOG}/{path}", limit=most_bytes(path))
            except NotThere:
                path = tile_path(level, index)
                saving.read(f"{LOG}/{path}", limit=most_bytes(path))
        level += 1


def _read_first_root(saving: _Saving) -> None:
    """The root that a first sync with --root-sha256 looks for."""
    try:
        saving.read(f"{METADATA}/1.root.json", limit=_MAX_ROOT)
    except NotThere:
        return
