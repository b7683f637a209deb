"""Ids that people read and say: `R-2026-000123`."""

import re


def public_id(prefix: str, *, year: int, number: int) -> str:
    """`prefix`, the year of receipt and a running number of at least six digits."""
    return f"{prefix}-{year}-{number:06d}"


def id_number(prefix: str, text: str) -> int | None:
    """The number in `text`, or None when it is not an id of this prefix.

    Case does not matter and leading zeros may be left out: "r-2026-123" is "R-2026-000123".
    """
    match = re.fullmatch(rf"{re.escape(prefix)}-[0-9]{{4}}-([0-9]{{1,18}})", text.strip(), re.I)
    return int(match[1]) if match else None


def short_number(prefix: str, text: str) -> int | None:
    """The number in an id without a year, such as "A-12"; None when it is no such id."""
    match = re.fullmatch(rf"{re.escape(prefix)}-([0-9]{{1,18}})", text.strip(), re.I)
    return int(match[1]) if match else None
