"""Indented JSON is what the standard library writes, to the byte."""

import json
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.varied_releases import varied
from seawall.formats.indented import indented
from seawall.formats.release_documents import document_text, write_documents

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
)


class Word(StrEnum):
    ONE = "one"


def standard(value):
    return json.dumps(value, indent=2, ensure_ascii=False)


@given(VALUES)
def test_any_value(value):
    assert indented(value) == standard(value)


@pytest.mark.parametrize(
    "value", [{}, [], "", {"a": {}, "b": []}, [[[]]], Word.ONE, {"a": Word.ONE}, True, -1, 1e300]
)
def test_edges(value):
    assert indented(value) == standard(value)


def test_documents():
    for release in varied(20):
        for document in write_documents(release).documents.values():
            assert document_text(document) == standard(document) + "\n"


@pytest.mark.parametrize("value", [{1: 2}, {None: 1}, object(), {1, 2}])
def test_what_is_no_json_is_refused(value):
    with pytest.raises(TypeError):
        indented(value)
