"""The house's marking key: what tells whose copy a leaked file is. Nobody else must have it."""

import secrets
from pathlib import Path

from django.conf import settings

from seawall.distribution.models import Delivery
from seawall.feed.marks import Mark, Marker
from seawall.signing.keys import KeyUnusable, make_once

_BYTES = 32


def marker() -> Marker:
    """Computes marks; the key is made with the first delivery and never again: without it no
    earlier copy is known any more. Raises KeyUnusable."""
    path = Path(settings.SEAWALL_HOME) / "keys" / "marks.key"
    if not path.exists():
        if Delivery.objects.exists():
            raise KeyUnusable(
                f"{path} is lost: bring it back, or no copy can be told from another."
            )
        make_once(path, secrets.token_bytes(_BYTES))
    key = path.read_bytes()
    if len(key) != _BYTES or path.stat().st_mode & 0o077:
        raise KeyUnusable(f"{path} must hold {_BYTES} bytes that only its owner can read.")
    return Marker(key)


def mark_of(row: Delivery) -> Mark:
    """The mark of a copy that was made."""
    return Mark(id=row.mark, made_at=row.made_at)
