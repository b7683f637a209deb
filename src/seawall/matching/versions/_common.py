"""What the version schemes share: the limits on input and the order of padded sequences."""

from collections.abc import Sequence
from typing import Any

from seawall.vocab.errors import BadInput, one_line

Key = tuple[Any, ...]

MAX_LENGTH = 256


def checked(version: str, scheme: str) -> str:
    """Give `version` without surrounding blanks; BadInput when it is empty, too long to be a
    version, or has blanks inside."""
    text = version.strip()
    if not text:
        raise BadInput(f"empty {scheme} version")
    if len(text) > MAX_LENGTH:
        raise BadInput(f"{scheme} version is longer than {MAX_LENGTH} characters")
    if any(character.isspace() for character in text):
        raise refuse(version, scheme, "it has blanks inside")
    return text


def refuse(version: str, scheme: str, why: str = "") -> BadInput:
    """Make the error for a version that the scheme does not allow."""
    reason = f": {why}" if why else ""
    return BadInput(f"{one_line(version, limit=60)!r} is not a {scheme} version{reason}")


def trim_zeros(numbers: Sequence[int]) -> tuple[int, ...]:
    """Drop zeros at the end: 1.2.0 and 1.2 are the same to most schemes."""
    end = len(numbers)
    while end > 1 and numbers[end - 1] == 0:
        end -= 1
    return tuple(numbers[:end])


def padded(tokens: Sequence[tuple[int, Key]]) -> Key:
    """Make a key of tokens whose order pads the shorter sequence with nulls.

    Each token is (sign, key): sign says how it compares with null (-1 before, 0 equal, 1
    after). A null stands for the end, so a token that equals null is placed by the first token
    after it that does not.
    """
    result: list[Key] = [(0,)]
    sign = 0
    for own, key in reversed(tokens):
        sign = own or sign
        if sign == 0:
            continue
        result.append((sign, *key))
    return tuple(reversed(result))
