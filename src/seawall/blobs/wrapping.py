"""What wraps data keys: an interface to key-encryption keys, and the errors of what holds them."""

from typing import Protocol

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES


class WrapperUnusable(RuntimeError):
    """The key-encryption key is absent, open to others or cannot be reached; the message says
    which. Nothing can be read or sealed until an operator mends it."""


class UnwrapFailed(ValueError):
    """These bytes were not wrapped by this key-encryption key for this use, or were altered."""


class KeyWrapper(Protocol):
    """Key-encryption keys (AES-256), one for each epoch. They never leave the wrapper.

    Wrapping is AES-256-GCM with a fresh random nonce (NIST SP 800-38D): WRAPPED_BYTES long, and
    bound to `context`, which says which data key it is.
    """

    @property
    def kind(self) -> str:
        """In words, for people: "key file", "PKCS#11 token"."""
        ...

    def ensure(self, epoch: int) -> None:
        """Make the key of `epoch` durably; nothing happens when it is there."""
        ...

    def wrap(self, key: bytes, *, epoch: int, context: bytes) -> bytes:
        """Raises WrapperUnusable when there is no key of this epoch."""
        ...

    def unwrap(self, wrapped: bytes, *, epoch: int, context: bytes) -> bytes:
        """Raises WrapperUnusable, or UnwrapFailed."""
        ...

    def destroy(self, epoch: int) -> None:
        """End the key of `epoch` for good; no error when it is absent."""
        ...
