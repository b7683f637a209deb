"""Where the client keeps what it knows of a feed: one folder per feed, named by the user.

`$SEAWALL_HOME/feeds/<name>/` holds root.json and metadata/ (what is trusted), store.sqlite (the
releases and what was seen of the feed), index/ (for `seawall check`), checkpoint (the log's newest
seen), key.pem (signs receipts) and evidence/ (what was refused, kept for whoever asks).
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seawall.vocab.errors import BadInput

DEFAULT = "default"
STORE = "store.sqlite"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Busy(RuntimeError):
    """Another process is syncing this feed. Trying again later helps."""


def seawall_home() -> Path:
    """`$SEAWALL_HOME`, else `~/.local/share/seawall` (or below `$XDG_DATA_HOME`)."""
    if chosen := os.environ.get("SEAWALL_HOME"):
        return Path(chosen).expanduser()
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "seawall"


def feed_home(name: str = DEFAULT) -> Path:
    """The folder of the feed `name`; raises BadInput for what is no name."""
    if not _NAME.fullmatch(name) or name == "none":
        raise BadInput(
            f"{name!r} cannot name a feed",
            mend="letters, digits, dots, hyphens and underscores can; none means no feed",
        )
    return seawall_home() / "feeds" / name


def feed_names() -> tuple[str, ...]:
    """The feeds that were synced here, sorted."""
    return tuple(sorted(path.parent.name for path in (seawall_home() / "feeds").glob(f"*/{STORE}")))


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the folder of a feed for one process that changes it; raises Busy."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"another process is syncing the feed {home.name}") from None
        yield
