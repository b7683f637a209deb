"""Foreign JSON and compressed bytes behind limits."""

import bz2
import gzip
import lzma
import tracemalloc

import pytest
import zstandard

from seawall.formats import bounded
from seawall.formats.bounded import decompress, parse_json
from seawall.vocab.errors import BadInput


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            b'{"a": [1, 2.5, null, true, "\\u00e9\\ud83d\\ude00"]}',
            {"a": [1, 2.5, None, True, "é😀"]},
        ),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": 1}'.encode("utf-16"), {"a": 1}),
        (b'"[[[[{{{{"', "[[[[{{{{"),
        (b'"\\\\\\"["', '\\"['),
        (b"[0.1234567890123456789012345]", [0.12345678901234568]),
    ],
)
def test_json_is_parsed(text, value):
    assert parse_json(text, max_depth=2) == value


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "the key 'c' stands twice in one object", "f"),
        (b"[NaN]", "NaN is not a JSON number", "f"),
        (b"[-Infinity]", "-Infinity is not a JSON number", "f"),
        (b"[1e999]", "the number 1e999 is too large", "f"),
        (b"[" + b"1" * 21 + b"]", "a whole number of 21 digits, more than 20", "f"),
        (b'{"a": ["x", "\\ud800"]}', "a lone surrogate or NUL character in a string", "f /a/1"),
        (b'{"a/b": "\\u0000"}', "a lone surrogate or NUL character in a string", "f /a~1b"),
        (b'{"a": 1', "not JSON: Expecting ',' delimiter", "f line 1 column 8"),
        (b'{"a": 1}\n{}', "not JSON: Extra data", "f line 2 column 1"),
        (b"", "not JSON: Expecting value", "f line 1 column 1"),
        (b'"\xff"', "not valid UTF-8: invalid start byte", "f byte 1"),
        (b'"\xed\xa0\x80"', "not valid UTF-8: invalid continuation byte", "f byte 1"),
    ],
)
def test_bad_json_is_refused_with_its_place(text, what, where):
    with pytest.raises(BadInput) as caught:
        parse_json(text, name="f")
    assert (caught.value.what, caught.value.where) == (what, where)


def test_characters_that_no_database_stores_can_be_replaced():
    text = b'{"a\\u0000": ["\\udfff", "\\ud83d\\ude00"]}'
    assert parse_json(text, replace_unstorable=True) == {"a\ufffd": ["\ufffd", "😀"]}


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (b"[" * 11 + b"]" * 11, {"max_depth": 10}),
        (b'{"a":' * 11 + b"1" + b"}" * 11, {"max_depth": 10}),
        (b"[1,2,3,4]", {"max_nodes": 4}),
        (b"[1,2,3,4]", {"max_bytes": 8}),
    ],
)
def test_what_is_beyond_a_limit_is_refused_and_what_is_within_is_not(text, limit):
    with pytest.raises(BadInput):
        parse_json(text, **limit)
    ((key, value),) = limit.items()
    parse_json(text, **{key: value + 1})


@pytest.mark.parametrize(
    "text",
    [b"[" * 3_000_000, b'{"a":' * 600_000, b"[[]," * 700_000, b'"' + b'\\"' * 1_500_000 + b"\\"],
    ids=["arrays", "objects", "wide", "string"],
)
def test_a_json_bomb_is_refused_before_memory_grows(text):
    tracemalloc.start()
    with pytest.raises(BadInput):
        parse_json(text, max_nodes=100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * len(text)


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_compressed_data_is_unpacked_up_to_a_limit(pack):
    data = bytes(range(256)) * 500
    assert decompress(pack(data), max_bytes=len(data)) == data
    assert decompress(pack(data) + pack(b"x")) == data + b"x"
    assert decompress(pack(b"")) == b""
    with pytest.raises(BadInput, match="more than the limit"):
        decompress(pack(data), max_bytes=len(data) - 1)
    with pytest.raises(BadInput, match="ends too early"):
        decompress(pack(data)[:-9])


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_a_compression_bomb_uses_little_memory(pack):
    bomb = pack(bytes(100 << 20))
    tracemalloc.start()
    with pytest.raises(BadInput, match="more than the limit"):
        decompress(bomb, max_bytes=1 << 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 70 << 20


@pytest.mark.parametrize(
    "data", [b"\x1f\x8bgarbage", b"BZhgarbage", b"\xfd7zXZ\0garbage", b"(\xb5/\xfdx"]
)
def test_damaged_compressed_data_is_refused(data):
    with pytest.raises(BadInput, match="damaged compressed data"):
        decompress(data)


def test_data_that_is_not_compressed_is_refused():
    with pytest.raises(BadInput, match="neither gzip"):
        decompress(b"plain")


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda: bounded.text({"a": 1}, "a", "/x"), "/x/a"),
        (lambda: bounded.text({}, "a", "/x", required=True), "/x"),
        (lambda: bounded.whole({"a": True}, "a", "/x"), "/x/a"),
        (lambda: bounded.flag({"a": 0}, "a", "/x"), "/x/a"),
        (lambda: bounded.texts({"a": ["b", None]}, "a", "/x"), "/x/a/1"),
        (lambda: list(bounded.objects({"a~/": [1]}, "a~/", "")), "/a~0~1/0"),
        (lambda: bounded.inner({"a": []}, "a", ""), "/a"),
    ],
)
def test_a_field_of_the_wrong_type_is_named_by_its_pointer(call, where):
    with pytest.raises(BadInput) as caught:
        call()
    assert caught.value.where == where
