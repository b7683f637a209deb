"""Blinded points as they travel: which lists of them are taken, and multiplying them."""

from collections.abc import Collection, Iterable

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from seawall.dedup.private_curve import PRIME, is_on_curve
from seawall.vocab.errors import BadInput

POINT_BYTES = 32
SIZES = (64, 256, 1024, 4096, 16384)
"""How many points a list may have; every list is padded to one of these."""

LOW_ORDER = frozenset(
    {
        0,
        1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
        PRIME - 1,
    }
)
"""x of the points whose order divides eight, of curve and twist: multiplied, they say nothing
(RFC 7748 §6.1)."""


def size_for(points: int) -> int:
    """The smallest size of a list that holds so many points; BadInput when none does."""
    for size in SIZES:
        if points <= size:
            return size
    raise BadInput(
        f"{points} things to compare are more than the {SIZES[-1]} of one session",
        mend="compare part of the findings at a time",
    )


def read_points(data: bytes, *, at_most: int, apart_from: Collection[bytes] = ()) -> list[bytes]:
    """The points of a list as the other side sent it. BadInput unless it has one of the SIZES up
    to `at_most`, and every point is spelled canonically, on the curve, of large order, there
    once, and none of `apart_from`, which are one's own."""
    count, rest = divmod(len(data), POINT_BYTES)
    if rest or count not in SIZES:
        raise BadInput("a list of points has one of the sizes " + ", ".join(map(str, SIZES)))
    if count > at_most:
        raise BadInput(f"the list has {count} points, and this session takes {at_most}")
    points = [data[i : i + POINT_BYTES] for i in range(0, len(data), POINT_BYTES)]
    if len(set(points)) != count:
        raise BadInput("a point comes twice")
    if not set(points).isdisjoint(apart_from):
        raise BadInput("one's own points came back")
    for number, point in enumerate(points):
        _check(int.from_bytes(point, "little"), where=f"point {number}")
    return points


def _check(x: int, *, where: str) -> None:
    if x >= PRIME:
        raise BadInput("not a canonical point", where=where)
    if x in LOW_ORDER:
        raise BadInput("a point of low order", where=where)
    if not is_on_curve(x):
        raise BadInput("not a point of the curve", where=where)


def read_doubles(data: bytes, *, count: int) -> list[bytes]:
    """One's own points as the other side multiplied them, in one's own order; BadInput when they
    are not as many, or one comes twice."""
    if len(data) != count * POINT_BYTES:
        raise BadInput(f"the answer is not one of {count} points")
    found = [data[i : i + POINT_BYTES] for i in range(0, len(data), POINT_BYTES)]
    if len(set(found)) != count:
        raise BadInput("a point of the answer comes twice")
    return found


def multiply(key: X25519PrivateKey, points: Iterable[bytes]) -> list[bytes]:
    """Each point times the key; BadInput for a point of low order."""
    try:
        return [key.exchange(X25519PublicKey.from_public_bytes(point)) for point in points]
    except ValueError as error:
        raise BadInput("a point of low order") from error
