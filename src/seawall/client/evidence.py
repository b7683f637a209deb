"""What was refused is kept: who asks later why, or reports a fork, needs the very bytes."""

import json
import secrets
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from seawall import __version__
from seawall.client.fetching import Source
from seawall.client.files import write_atomically

_SMALL = 1 << 20
_KEPT = 24


class Watched(Source):
    """A source whose last small answers are remembered, for when they do not verify."""

    def __init__(self, source: Source) -> None:
        super().__init__(source.name)
        self._source = source
        self.answers: deque[tuple[str, bytes]] = deque(maxlen=_KEPT)

    @property
    def is_folder(self) -> bool:
        """Whether reading costs no network."""
        return "://" not in self.name

    def _read(self, parts: list[str], limit: int) -> bytes:
        path = "/".join(parts)
        before = self._source.received
        data = self._source.read(path, limit=limit)
        self.received += self._source.received - before
        if len(data) <= _SMALL:
            self.answers.append((path, data))
        return data

    def close(self) -> None:
        self._source.close()


def keep_evidence(
    home: Path, sentence: str, *, source: Watched, now: datetime, files: Mapping[str, bytes]
) -> Path:
    """Write what was given and why it was refused into a new folder below `home`/evidence."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = home / "evidence" / f"{stamp}-{secrets.token_hex(3)}"
    folder.mkdir(parents=True)
    given = {path.replace("/", "-"): data for path, data in source.answers}
    for name, data in {**given, **files}.items():
        write_atomically(folder / name, data)
    about = {
        "refused": sentence,
        "source": source.name,
        "at": now.astimezone(UTC).isoformat(),
        "client": f"seawall {__version__}",
        "files": sorted({*given, *files}),
    }
    write_atomically(folder / "refused.json", json.dumps(about, indent=1).encode() + b"\n")
    return folder
