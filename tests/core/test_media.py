"""What uploaded files are, and names for them that are safe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.media import BINARY, MAX_NAME, safe_name, sniff


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<script>alert(1)</script>", "text/plain"),
        ("ü".encode() * 2048 + b"x", "text/plain"),
        (b"%PDF-1.7 ...", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"PK\x03\x04...", "application/zip"),
        (b"\x7fELF...", "application/x-elf"),
        (b"a\x00b", BINARY),
        (b"\xff\xfe\xfd text", BINARY),
        (b"", "text/plain"),
    ],
)
def test_the_type_is_what_the_bytes_show(data, kind):
    assert sniff(data) == kind


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("notes.txt", "notes.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\evil.exe", "evil.exe"),
        ("/", "file"),
        ("..", "file"),
        (".htaccess", "htaccess"),
        ("a\x00b\r\nc.txt", "a_b__c.txt"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ('a"b<c>.txt', "a_b_c_.txt"),
        ("CON", "_CON"),
        ("com1.txt", "_com1.txt"),
        ("x" * 300 + ".tar", "x" * (MAX_NAME - 4) + ".tar"),
        ("x" * 300, "x" * MAX_NAME),
    ],
)
def test_a_name_becomes_a_bare_safe_name(name, safe):
    assert safe_name(name) == safe


@given(st.text())
def test_every_name_is_short_printable_bare_and_not_empty(name):
    found = safe_name(name)
    assert 1 <= len(found) <= MAX_NAME + 1
    assert found.isprintable() and not set(found) & set('/\\<>:"|?*\0')
    assert found.strip(". ") and not found.startswith(".")
