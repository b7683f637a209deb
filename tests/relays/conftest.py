"""The servers of `notices`, to which relays send too."""

from notices.conftest import post, receiver

__all__ = ["post", "receiver"]
