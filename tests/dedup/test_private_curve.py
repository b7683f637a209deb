"""Hashing to the curve, against the vectors of RFC 9380 and the library's X25519."""

import json
from hashlib import sha512
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from seawall.dedup.private_curve import (
    PRIME,
    clear_cofactor,
    expand,
    field_element,
    hash_to_curve,
    is_on_curve,
    is_square,
    map_to_curve,
)

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "private" / "curve25519_ell2_nu.json").read_text()
)
DST = VECTORS["dst"].encode()


@pytest.mark.parametrize("case", VECTORS["vectors"], ids=lambda case: case["msg"][0][:5] or "empty")
def test_a_message_hashes_to_the_point_of_rfc_9380(case):
    text, letter, times = case["msg"]
    u = field_element((text + letter * times).encode(), dst=DST)
    [x] = map_to_curve([u])
    assert (f"{u:064x}", f"{x:064x}") == (case["u"], case["q"])
    assert f"{clear_cofactor(x):064x}" == case["p"]


def test_points_of_a_batch_are_those_of_single_messages():
    messages = [b"", b"abc", b"abcdef0123456789"]
    alone = [hash_to_curve([message], dst=DST)[0] for message in messages]
    assert hash_to_curve(messages, dst=DST) == alone
    assert hash_to_curve([], dst=DST) == []


def test_expanding_agrees_with_its_definition_over_several_blocks():
    tail = b"D\x01"
    first = sha512(bytes(128) + b"m" + b"\x00\x82\x00" + tail).digest()
    blocks = [sha512(first + b"\x01" + tail).digest()]
    for number in (2, 3):
        mixed = bytes(x ^ y for x, y in zip(first, blocks[-1], strict=True))
        blocks.append(sha512(mixed + bytes([number]) + tail).digest())
    assert expand(b"m", dst=b"D", length=130) == b"".join(blocks)[:130]


@pytest.mark.parametrize(("dst", "length"), [(b"d" * 256, 48), (b"d", 255 * 64 + 1)])
def test_what_cannot_be_expanded_is_refused(dst, length):
    with pytest.raises(ValueError, match="too long"):
        expand(b"", dst=dst, length=length)


@given(st.integers(0, PRIME - 1))
def test_squares_are_told_as_by_eulers_criterion(value):
    assert is_square(value) == (pow(value, (PRIME - 1) // 2, PRIME) in (0, 1))


@given(st.binary(max_size=80))
def test_every_hashed_point_is_on_the_curve_and_multiplies_as_in_the_library(message):
    [point] = hash_to_curve([message], dst=DST)
    x = int.from_bytes(point, "little")
    assert is_on_curve(x)
    # Both have the same multiples up to the cofactor: k·Q for k = 8 is clear_cofactor.
    one, two = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    forth = two.exchange(X25519PublicKey.from_public_bytes(multiple(one, point)))
    back = one.exchange(X25519PublicKey.from_public_bytes(multiple(two, point)))
    assert forth == back


def multiple(key: X25519PrivateKey, point: bytes) -> bytes:
    return key.exchange(X25519PublicKey.from_public_bytes(point))
