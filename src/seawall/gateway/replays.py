"""Remembering proofs of possession as long as they are fresh, so that each is good for once."""

from collections import Counter

from seawall.gateway.proofs import FRESH_SECONDS, Proof

_KEPT_SECONDS = 2 * FRESH_SECONDS
"""A proof may be made up to FRESH_SECONDS ahead of this clock, and is good as long again."""
MOST_OF_A_KEY = 50_000


class Replays:
    """Two generations of proofs; each lives for at least _KEPT_SECONDS."""

    def __init__(self) -> None:
        self._new: set[str] = set()
        self._old: set[str] = set()
        self._by_key: Counter[str] = Counter()
        self._turned_at = 0.0

    def is_first(self, proof: Proof, *, now: float) -> bool:
        """Whether the proof was not seen before; from then on it was. A key that makes more than
        MOST_OF_A_KEY of them within a generation is not believed either."""
        if now - self._turned_at >= _KEPT_SECONDS:
            self._old, self._new = self._new, set()
            self._by_key.clear()
            self._turned_at = now
        if proof.id in self._new or proof.id in self._old:
            return False
        self._by_key[proof.thumbprint] += 1
        if self._by_key[proof.thumbprint] > MOST_OF_A_KEY:
            return False
        self._new.add(proof.id)
        return True
