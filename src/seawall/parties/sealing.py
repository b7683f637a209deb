"""Sealing for the apps: this installation's keyring and vault, sealed columns, sealed files.

A data key belongs to one report or to one case. Plaintext and keys are never kept: a key that any
process destroys is gone for all at once. `opening` fetches each key once for one transaction.
"""

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from seawall.blobs.key_file import KeyFile
from seawall.blobs.keyring import KeyMissing, Keyring, Shredded
from seawall.blobs.sealed import Damaged, SealedBlobs, key_of, remains_of, seal_part, unseal_part
from seawall.blobs.sealed import commitment as commitment_under
from seawall.blobs.store import BlobDamaged, BlobMissing, Blobs, FolderBlobs, blob_digest
from seawall.blobs.token_keys import TokenKeys
from seawall.blobs.wrapping import KeyWrapper, WrapperUnusable

__all__ = [
    "BlobDamaged",
    "BlobMissing",
    "Damaged",
    "KeyMissing",
    "Shredded",
    "WrapperUnusable",
    "blobs",
    "commitment",
    "destroy_at_commit",
    "destroy_now",
    "discard",
    "exact",
    "keep",
    "kept",
    "key_of",
    "keyring",
    "new_key",
    "opening",
    "remains_of",
    "seal",
    "sealed_json",
    "sealed_text",
    "unseal",
]

_open_keys: ContextVar[dict[str, bytes] | None] = ContextVar("open_keys", default=None)


def keyring() -> Keyring:
    """The keyring of this installation, as the settings name it."""
    home = Path(settings.SEAWALL_HOME)
    return _keyring(
        Path(settings.SEAWALL_KEYRING or home / "keyring" / "keyring.sqlite3"),
        Path(settings.SEAWALL_KEY_FILE or home / "keys" / "sealing.key"),
        settings.SEAWALL_PKCS11_MODULE,
        settings.SEAWALL_PKCS11_TOKEN,
        settings.SEAWALL_PKCS11_PIN_FILE,
        settings.SEAWALL_PKCS11_LABEL,
    )


@cache
def _keyring(
    path: Path, key_file: Path, module: str, token: str, pin_file: str, label: str
) -> Keyring:
    wrapper: KeyWrapper = KeyFile(path=key_file)
    if module:
        wrapper = TokenKeys(module=module, token=token, pin_file=Path(pin_file), label=label)
    return Keyring(path=path, wrapper=wrapper)


def blobs() -> Blobs:
    """Where sealed files lie, under the digest of their sealed form."""
    return FolderBlobs(folder=Path(settings.SEAWALL_HOME) / "blobs")


def new_key() -> str:
    """Make a data key, durably; give its id."""
    return keyring().new()


@contextmanager
def opening() -> Iterator[None]:
    """Within it each key is fetched once. For one transaction or one request, no longer: a key
    that is destroyed meanwhile is still used here."""
    if _open_keys.get() is not None:
        yield
        return
    held = _open_keys.set({})
    try:
        yield
    finally:
        _open_keys.reset(held)


def seal(key_id: str, data: bytes, *, what: str, place: str) -> bytes:
    """See `blobs.sealed.seal_part`. Raises Shredded, KeyMissing, or WrapperUnusable."""
    return seal_part(_key(key_id), key_id, data, what=what, place=place)


def unseal(sealed: bytes, *, what: str, place: str) -> bytes:
    """What `seal` sealed. Raises Shredded, Damaged, KeyMissing, or WrapperUnusable."""
    return unseal_part(_key(key_of(sealed)), sealed, what=what, place=place)


def commitment(key_id: str, text: str) -> str:
    """What may stand in the ledger for a digest; see `blobs.sealed.commitment`."""
    return commitment_under(_key(key_id), text)


def _key(key_id: str) -> bytes:
    if not key_id:
        raise KeyMissing("This has no data key.")
    held = _open_keys.get()
    if held is None:
        return keyring().get(key_id)
    if key_id not in held:
        held[key_id] = keyring().get(key_id)
    return held[key_id]


def keep(key_id: str, data: bytes) -> str:
    """Keep a file sealed and durable; give the name of its blob, which says nothing about it."""
    return _sealed_blobs(key_id).put(data)


def kept(key_id: str, blob: str, *, digest: str = "") -> bytes:
    """The bytes of a file; when its sha256 is known, they are checked against it. Raises
    BlobMissing, BlobDamaged, and what `unseal` raises."""
    data = _sealed_blobs(key_id).get(blob)
    if digest and blob_digest(data) != digest:
        raise Damaged("This is not the file that was kept here.")
    return data


def _sealed_blobs(key_id: str) -> SealedBlobs:
    return SealedBlobs(inner=blobs(), key_id=key_id, key=_key(key_id))


def discard(names: Collection[str]) -> None:
    """Throw blobs away; no error for those that are gone."""
    store = blobs()
    for name in names:
        if name:
            store.delete(name)


def destroy_at_commit(key_ids: Collection[str], *, blobs: Collection[str], at: datetime) -> None:
    """Destroy keys, and throw away what was sealed under them, once the transaction is safe.

    A crash in between leaves them: whoever calls this sends outbox work that destroys them again.
    """
    ids, names = tuple(key_ids), tuple(blobs)
    transaction.on_commit(lambda: destroy_now(ids, blobs=names, at=at))


def destroy_now(key_ids: Collection[str], *, blobs: Collection[str], at: datetime) -> None:
    """Destroy keys for good, then the blobs; twice is no error."""
    keyring().destroy(*(key_id for key_id in key_ids if key_id), at=at)
    discard(blobs)


def sealed_json(
    column: str,
    *,
    what: str,
    place: Callable[[Any], str],
    key: Callable[[Any], str],
    empty: Callable[[], Any] | None = None,
) -> Any:
    """A property of a model that reads and writes a JSON value sealed in the binary `column`.

    `place(row)` says where it belongs and must give the same text before the row is saved and
    after it is read; `key(row)` the data key to write with. Each reading unseals anew and raises
    what `unseal` raises. A column never written gives `empty()`.
    """
    return _sealed(column, what, place, key, _from_json, _to_json, empty)


def sealed_text(
    column: str, *, what: str, place: Callable[[Any], str], key: Callable[[Any], str]
) -> Any:
    """Like `sealed_json`, for text."""
    return _sealed(column, what, place, key, bytes.decode, str.encode, None)


def exact(moment: datetime) -> str:
    """A moment as text for a `place`: the same whatever time zone it is given in."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _sealed(
    column: str,
    what: str,
    place: Callable[[Any], str],
    key: Callable[[Any], str],
    read: Callable[[bytes], Any],
    write: Callable[[Any], bytes],
    empty: Callable[[], Any] | None,
) -> property:
    def fget(row: Any) -> Any:
        sealed = bytes(getattr(row, column))
        if not sealed and empty is not None:
            return empty()
        return read(unseal(sealed, what=what, place=place(row)))

    def fset(row: Any, value: Any) -> None:
        setattr(row, column, seal(key(row), write(value), what=what, place=place(row)))

    return property(fget, fset)


def _from_json(data: bytes) -> Any:
    return json.loads(data)


def _to_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
