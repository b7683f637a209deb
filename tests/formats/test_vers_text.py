"""Spans as VERS text and in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.formats.release_packages import Span
from seawall.formats.vers_text import read_vers, vers_of, words_of

_SIGNS = {"fixed": "<", "limit": "<", "last_affected": "<=", "": ""}


@pytest.mark.parametrize(
    ("span", "text", "words"),
    [
        (Span(start="0"), "vers:pypi/*", "in every version"),
        (Span(start="0", end="2.0", end_kind="fixed"), "vers:pypi/<2.0", "before 2.0"),
        (
            Span(start="1.0", end="2.0", end_kind="last_affected"),
            "vers:pypi/>=1.0|<=2.0",
            "from 1.0 up to and including 2.0",
        ),
        (Span(start="1!2|3"), "vers:pypi/>=1%212%7C3", "from 1!2|3"),
        (Span(start="a1", end="b2", end_kind="fixed", git=True), ">=a1|<b2", "from a1 before b2"),
    ],
)
def test_a_span_is_written_for_machines_and_people(span: Span, text: str, words: str) -> None:
    assert (vers_of("pypi", span), words_of(span)) == (text, words)


def test_an_unknown_type_of_package_has_the_generic_scheme() -> None:
    assert vers_of("bitnami", Span(start="1")) == "vers:generic/>=1"


@given(start=st.text(min_size=1), end=st.text(min_size=1), kind=st.sampled_from(list(_SIGNS)))
def test_any_span_is_read_back(start: str, end: str, kind: str) -> None:
    end = end if kind else ""
    span = Span(start=start, end=end, end_kind=kind)
    assert read_vers(vers_of("npm", span)) == (start, _SIGNS[kind], end)


@pytest.mark.parametrize("text", ["vers:npm/1.0", "vers:npm/>1.0", "1.0", ""])
def test_other_texts_are_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="is not a bound"):
        read_vers(text)
