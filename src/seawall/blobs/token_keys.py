"""Key-encryption keys in a PKCS#11 token: a hardware security module, a smart card, SoftHSM."""

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seawall.blobs.wrapping import (
    KEY_BYTES,
    NONCE_BYTES,
    TAG_BYTES,
    UnwrapFailed,
    WrapperUnusable,
)

_lock = threading.RLock()
_sessions: dict[tuple[int, str, str], Any] = {}
"""Open sessions by process, module and token: a session does not survive a fork."""
_loaded: dict[str, int] = {}
"""The process in which a module was loaded last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKeys:
    """AES-256 keys `LABEL-EPOCH`, made on the token, sensitive and not extractable; data keys are
    encrypted and decrypted there (CKM_AES_GCM, PKCS #11 v3.1 §6.13). Needs the extra `pkcs11`.

    `pin_file` holds the user PIN, has mode 0600, and is read when a session begins.
    """

    module: str
    token: str
    pin_file: Path
    label: str = "seawall-kek"

    @property
    def kind(self) -> str:
        return "PKCS#11 token"

    def ensure(self, epoch: int) -> None:
        with self._session() as (pkcs11, session):
            if self._find(pkcs11, session, epoch) is None:
                session.generate_key(
                    pkcs11.KeyType.AES,
                    KEY_BYTES * 8,
                    label=self._name(epoch),
                    store=True,
                    capabilities=pkcs11.MechanismFlag.ENCRYPT | pkcs11.MechanismFlag.DECRYPT,
                    template={
                        pkcs11.Attribute.SENSITIVE: True,
                        pkcs11.Attribute.EXTRACTABLE: False,
                    },
                )

    def wrap(self, key: bytes, *, epoch: int, context: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        with self._session() as (pkcs11, session):
            sealed: bytes = self._key(pkcs11, session, epoch).encrypt(
                key, **self._gcm(pkcs11, nonce, context)
            )
        return nonce + sealed

    def unwrap(self, wrapped: bytes, *, epoch: int, context: bytes) -> bytes:
        nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        with self._session() as (pkcs11, session):
            held = self._key(pkcs11, session, epoch)
            try:
                key: bytes = held.decrypt(sealed, **self._gcm(pkcs11, nonce, context))
            except (
                pkcs11.EncryptedDataInvalid,
                pkcs11.EncryptedDataLenRange,
                pkcs11.FunctionFailed,
                pkcs11.GeneralError,
            ):
                raise UnwrapFailed(f"Not wrapped by the keys in {self.token}.") from None
        return key

    def destroy(self, epoch: int) -> None:
        with self._session() as (pkcs11, session):
            if (found := self._find(pkcs11, session, epoch)) is not None:
                found.destroy()

    def _name(self, epoch: int) -> str:
        return f"{self.label}-{epoch}"

    def _gcm(self, pkcs11: Any, nonce: bytes, context: bytes) -> dict[str, Any]:
        params = pkcs11.GCMParams(nonce, context, TAG_BYTES * 8)
        return {"mechanism": pkcs11.Mechanism.AES_GCM, "mechanism_param": params}

    def _find(self, pkcs11: Any, session: Any, epoch: int) -> Any:
        wanted = {
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY,
            pkcs11.Attribute.LABEL: self._name(epoch),
        }
        return next(iter(list(session.get_objects(wanted))), None)

    def _key(self, pkcs11: Any, session: Any, epoch: int) -> Any:
        found = self._find(pkcs11, session, epoch)
        if found is None:
            raise WrapperUnusable(f"The token {self.token} lacks the key {self._name(epoch)}.")
        return found

    @contextmanager
    def _session(self) -> Iterator[tuple[Any, Any]]:
        """The module `pkcs11` and this process's session, for one thread at a time."""
        try:
            import pkcs11
        except ImportError:
            raise WrapperUnusable(
                "Keys in a token need the extra: pip install 'seawall[pkcs11]'."
            ) from None
        with _lock:
            where = (os.getpid(), self.module, self.token)
            try:
                if where not in _sessions:
                    _sessions[where] = self._begin(pkcs11)
                yield pkcs11, _sessions[where]
            except pkcs11.PKCS11Error as error:
                if (broken := _sessions.pop(where, None)) is not None:
                    with suppress(pkcs11.PKCS11Error):
                        broken.close()
                raise WrapperUnusable(
                    f"The token {self.token} cannot be used: {type(error).__name__} {error}".strip()
                ) from error

    def _begin(self, pkcs11: Any) -> Any:
        library = pkcs11.lib(self.module)
        if _loaded.setdefault(self.module, os.getpid()) != os.getpid():
            library.reinitialize()
            _loaded[self.module] = os.getpid()
        return library.get_token(token_label=self.token).open(rw=True, user_pin=self._pin())

    def _pin(self) -> str:
        try:
            with self.pin_file.open("rb") as file:
                open_to = os.fstat(file.fileno()).st_mode & 0o077
                pin = file.read(4096).decode().strip()
        except OSError as error:
            raise WrapperUnusable(f"{self.pin_file} cannot be read: {error.strerror}.") from error
        if open_to:
            raise WrapperUnusable(f"{self.pin_file} can be read by others: chmod 600 it.")
        return pin
