"""What an uploaded file is, by its first bytes, and a name for it that is safe everywhere.

Nothing is ever shown or run as what it claims to be: the type is kept for people to read, and
files leave as attachments only.
"""

import re
import unicodedata

MAX_NAME = 150
BINARY = "application/octet-stream"
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"BZh", "application/x-bzip2"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x7fELF", "application/x-elf"),
    (b"MZ", "application/x-msdownload"),
)
_LOOKED_AT = 4096
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def sniff(data: bytes) -> str:
    """The media type that the bytes themselves show; text is only ever text/plain, so that no
    browser finds a page in it."""
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return media_type
    head = data[:_LOOKED_AT]
    if b"\0" in head:
        return BINARY
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # not merely a character that was cut off
            return BINARY
    return "text/plain"


def safe_name(name: str, *, default: str = "file") -> str:
    """`name` as a bare file name: no folders, no control or invisible characters, no leading dot,
    no name that some system reserves, at most 150 characters with the ending kept."""
    flat = unicodedata.normalize("NFC", name.replace("\\", "/")).rsplit("/", 1)[-1]
    shown = "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in flat)
    shown = re.sub(r"\s+", " ", shown).strip(" .")
    if not shown:
        return default
    if _RESERVED.fullmatch(shown):
        shown = f"_{shown}"
    if len(shown) <= MAX_NAME:
        return shown
    stem, dot, ending = shown.rpartition(".")
    if not dot or len(ending) > 12:
        return shown[:MAX_NAME]
    return f"{stem[: MAX_NAME - len(ending) - 1]}.{ending}"
