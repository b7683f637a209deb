"""Ids that people read and say."""

import pytest

from seawall.core.public_ids import id_number, public_id, short_number


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "R-2026-000001"), (123456, "R-2026-123456"), (1234567, "R-2026-1234567")],
)
def test_an_id_is_written_and_read(number, text):
    assert public_id("R", year=2026, number=number) == text
    assert id_number("R", text) == number


@pytest.mark.parametrize("text", ["r-2026-123", " R-2026-000123 ", "R-2026-0123"])
def test_ids_are_read_as_people_write_them(text):
    assert id_number("R", text) == 123


@pytest.mark.parametrize(
    "text", ["", "F-2026-000001", "R-26-1", "R-2026-", "R-2026-x", "R-2026-1 or 1=1"]
)
def test_what_is_no_id_is_none(text):
    assert id_number("R", text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("A-1", 1),
        (" a-007 ", 7),
        ("A-", None),
        ("O-1", None),
        ("A-²", None),
        ("A-" + "9" * 19, None),
    ],
)
def test_short_ids_have_a_number_without_a_year(text, number):
    assert short_number("A", text) == number
