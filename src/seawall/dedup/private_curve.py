"""Hashing to Curve25519, x-coordinates only (RFC 9380 §8.5, curve25519_XMD:SHA-512_ELL2_NU_).

The cofactor is not cleared here: every scalar of X25519 is a multiple of it (RFC 7748 §5), so a
blinded point is in the subgroup of prime order all the same. Squares are told by Jacobi symbols,
whose time depends on the value: call this only where nobody else can time it.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha512

PRIME = 2**255 - 19
J = 486662
"""The curve's coefficient: y² = x³ + Jx² + x."""
_FIELD_BYTES = 48
"""RFC 9380 §5: ceil((255 + 128) / 8)."""
_BLOCK = 128
_DIGEST = 64
_PAD = bytes(_BLOCK)


def expand(message: bytes, *, dst: bytes, length: int) -> bytes:
    """`length` uniform bytes of a message (RFC 9380 §5.3.1, expand_message_xmd with SHA-512);
    ValueError when `dst` is over 255 bytes or `length` over 255 digests."""
    blocks = -(-length // _DIGEST)
    if len(dst) > 255 or blocks > 255:
        raise ValueError("too long for expand_message_xmd")
    tail = dst + bytes([len(dst)])
    first = sha512(_PAD + message + length.to_bytes(2, "big") + b"\0" + tail).digest()
    block = sha512(first + b"\1" + tail).digest()
    found = [block]
    for number in range(2, blocks + 1):
        mixed = bytes(x ^ y for x, y in zip(first, block, strict=True))
        block = sha512(mixed + bytes([number]) + tail).digest()
        found.append(block)
    return b"".join(found)[:length]


def field_element(message: bytes, *, dst: bytes) -> int:
    """The one field element of a message (RFC 9380 §5.2, count 1)."""
    return int.from_bytes(expand(message, dst=dst, length=_FIELD_BYTES), "big") % PRIME


def map_to_curve(elements: Sequence[int]) -> list[int]:
    """The x-coordinate of each element's point (RFC 9380 §6.7.1, Elligator 2 with Z = 2).

    1 + 2u² is never zero, as -1/2 is no square; the elements share one inversion.
    """
    below = [(1 + 2 * u * u) % PRIME for u in elements]
    found = []
    for d, inverse in zip(below, _inverses(below), strict=True):
        x = -J * inverse % PRIME
        # g(x1) = -J (J² (1 - d) + d²) / d³ is a square exactly when its product with d⁴ is.
        square = is_square(-J * (J * J * (1 - d) + d * d) * d % PRIME)
        found.append(x if square else (-x - J) % PRIME)
    return found


def hash_to_curve(messages: Iterable[bytes], *, dst: bytes) -> list[bytes]:
    """A point for each message, as X25519 takes it; multiply it by a clamped scalar before use."""
    elements = [field_element(message, dst=dst) for message in messages]
    return [x.to_bytes(32, "little") for x in map_to_curve(elements)]


def clear_cofactor(x: int) -> int | None:
    """The x-coordinate of eight times the point; None for the point at infinity."""
    for _ in range(3):
        above = pow(x * x - 1, 2, PRIME)
        below = 4 * x * (x * x + J * x + 1) % PRIME
        if below == 0:
            return None
        x = above * pow(below, -1, PRIME) % PRIME
    return x


def is_on_curve(x: int) -> bool:
    """Say whether x belongs to a point of the curve itself and not of its twist."""
    return is_square((x * x + J * x + 1) * x % PRIME)


def is_square(value: int) -> bool:
    """Say whether 0 <= value < PRIME is a square of the field; zero is."""
    a, n, sign = value, PRIME, 1
    while a:
        twos = (a & -a).bit_length() - 1
        a >>= twos
        if twos & 1 and n & 7 in (3, 5):
            sign = -sign
        if a & 3 == 3 and n & 3 == 3:
            sign = -sign
        a, n = n % a, a
    return sign == 1


def _inverses(values: Sequence[int]) -> list[int]:
    """The inverse of each value, none of them zero, for one inversion and three products each."""
    products, product = [], 1
    for value in values:
        products.append(product)
        product = product * value % PRIME
    inverse = pow(product, -1, PRIME)
    found = [0] * len(values)
    for number in range(len(values) - 1, -1, -1):
        found[number] = inverse * products[number] % PRIME
        inverse = inverse * values[number] % PRIME
    return found
