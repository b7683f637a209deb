"""Changing the key-encryption key of this installation."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from seawall.blobs.keyring import KeyringState
from seawall.ledger import actions as ledger
from seawall.parties import sealing
from seawall.vocab.actors import Actor


def rotate(
    *, by: Actor, now: datetime, progress: Callable[[int], None] = lambda done: None
) -> KeyringState:
    """Wrap all data keys anew under a fresh key-encryption key and destroy the old one.

    Work goes on meanwhile. One that was killed is finished by the next call. From then on older
    copies of the keyring open nothing. Raises WrapperUnusable.
    """
    sealing.keyring().rewrap(progress=progress)
    state = sealing.keyring().state()
    with transaction.atomic():
        facts = {"epoch": state.epoch, "keys": state.keys}
        ledger.record(by=by, what="keys.rotated", on="keyring", facts=facts, at=now)
    return state
