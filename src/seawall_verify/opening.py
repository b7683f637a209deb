"""Verifying a log that somebody named on a command line: where it is, and what was seen before."""

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seawall_verify.checkpoints import Checkpoint, open_checkpoint
from seawall_verify.keys import VerifierKey
from seawall_verify.logs import Report, verify_log
from seawall_verify.notes import MAX_NOTE_BYTES
from seawall_verify.places import Folder, Web
from seawall_verify.proofs import MAX_PROOF_CHARACTERS, Proven, verify_proof
from seawall_verify.texts import utf8
from seawall_verify.tiles import Fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to verify against. `since` is a file with the checkpoint seen before, `save` the file
    that gets the new one when everything verified; they may be the same file."""

    keys: Sequence[VerifierKey]
    origin: str | None = None
    witnesses: Sequence[VerifierKey] = ()
    need: int = 0
    since: Path | None = None
    save: Path | None = None
    first: int = 0
    growing: bool = False


class Unusable(ValueError):
    """A file named in the call cannot be read; the caller is wrong."""


Tell = Callable[[int, int], None]


def _silent(done: int, size: int) -> None:
    """Nobody watches."""


def verify_place(place: str, asked: Asked, tell: Tell = _silent) -> Report:
    """Verify the log in the folder or behind the URL `place`.

    Raises VerificationFailed, Unreachable, WrongAddress or Unusable.
    """
    with _opened(place) as (fetch, files):
        return verify_files(fetch, asked, files=files, tell=tell)


def verify_files(
    fetch: Fetch,
    asked: Asked,
    *,
    files: Callable[[], Iterable[str]] | None = None,
    tell: Tell = _silent,
) -> Report:
    """Verify the log that `fetch` gives out, as `verify_place` does."""
    since = None if asked.since is None else _seen_before(asked.since, asked)
    report = verify_log(
        fetch,
        keys=asked.keys,
        origin=asked.origin,
        witnesses=asked.witnesses,
        need=asked.need,
        since=since,
        first=asked.first,
        files=files,
        growing=asked.growing,
        tell=tell,
    )
    if asked.save is not None:
        _save(asked.save, report.checkpoint.text)
    return report


def verify_proof_file(proof: Path, entry: Path, asked: Asked) -> Proven:
    """Verify that the entry in one file is in the log, by the proof in another."""
    return verify_proof(
        utf8(_content(proof, 4 * MAX_PROOF_CHARACTERS), "The proof"),
        entry=_content(entry, 0xFFFF),
        keys=asked.keys,
        origin=asked.origin,
        witnesses=asked.witnesses,
        need=asked.need,
    )


@contextmanager
def _opened(place: str) -> Iterator[tuple[Fetch, Callable[[], Iterable[str]] | None]]:
    if place.startswith(("https://", "http://")):
        with Web(place) as web:
            yield web.fetch, None
    else:
        folder = Folder(Path(place))
        yield folder.fetch, folder.files


def _seen_before(path: Path, asked: Asked) -> Checkpoint:
    text = utf8(_content(path, MAX_NOTE_BYTES), f"{path}")
    return open_checkpoint(text, keys=asked.keys, origin=asked.origin)


def _content(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}.") from None
    if len(data) > most:
        raise Unusable(f"{path} is longer than {most} bytes.")
    return data


def _save(path: Path, text: str) -> None:
    """Replace the file in one step: a remembered checkpoint is never half written."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with draft.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise Unusable(f"{path} cannot be written: {error.strerror}.") from None
