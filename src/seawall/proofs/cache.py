"""Prepared targets on disk: made once under a lock, moved into place whole, then only read."""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_FACTS = "prepared.json"


def cached_tree(
    cache: Path, *, kind: str, key: Mapping[str, object], make: Callable[[Path], Mapping[str, str]]
) -> tuple[Path, dict[str, str]]:
    """Give a folder and its facts, calling `make(folder)` only when the cache lacks `key`.

    `make` fills the empty folder and returns facts (text → text). Two processes that want the
    same key wait for one another; one that dies leaves nothing behind that looks complete.
    """
    name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:40]
    home = cache / kind
    home.mkdir(parents=True, exist_ok=True)
    final = home / name
    with _locked(home / f"{name}.lock"):
        if not (final / _FACTS).is_file():
            _make(home, final, make)
        facts: dict[str, str] = json.loads((final / _FACTS).read_text())
    return final, facts


def _make(home: Path, final: Path, make: Callable[[Path], Mapping[str, str]]) -> None:
    shutil.rmtree(final, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix=".making-", dir=home))
    try:
        facts = make(fresh)
        (fresh / _FACTS).write_text(json.dumps(dict(facts), indent=1, sort_keys=True))
        fresh.chmod(0o755)
        os.rename(fresh, final)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
