"""Changing the key-encryption key of this installation."""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from seawall.blobs.key_file import KeyFile
from seawall.blobs.keyring import KeyringState
from seawall.ledger import actions as ledger
from seawall.parties import sealing
from seawall.vocab.actors import Actor


def rotate(*, by: Actor, now: datetime, from_file: Path | None = None) -> KeyringState:
    """Wrap all data keys anew under a fresh key-encryption key and destroy the old one.

    Work goes on meanwhile. One that was killed is finished by the next call. From then on older
    copies of the keyring open nothing. `from_file` is the key file of before, when the settings
    name another file or a token now. Raises WrapperUnusable.
    """
    sealing.keyring().rewrap(old=KeyFile(path=from_file) if from_file else None)
    state = sealing.keyring().state()
    with transaction.atomic():
        facts = {"epoch": state.epoch, "keys": state.keys}
        ledger.record(by=by, what="keys.rotated", on="keyring", facts=facts, at=now)
    return state
