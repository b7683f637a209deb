"""multipart/form-data (RFC 7578) as bytes, with at most one file."""

from collections.abc import Mapping

from seawall.vocab.findings import Attachment


def write_form(
    fields: Mapping[str, str],
    *,
    file_field: str = "",
    file: Attachment | None = None,
    boundary: str,
) -> tuple[bytes, str]:
    """The body and its content type. `boundary` is random, so that no content holds it."""
    parts = [_part(_named(name), text.encode(), boundary) for name, text in fields.items()]
    if file is not None:
        head = f'{_named(file_field)}; filename="{_quoted(file.name)}"'
        kind = f"\r\nContent-Type: {_token(file.media_type)}"
        parts.append(_part(head + kind, file.data, boundary))
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def _named(name: str) -> str:
    return f'Content-Disposition: form-data; name="{_quoted(name)}"'


def _part(head: str, content: bytes, boundary: str) -> bytes:
    return f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"


def _quoted(text: str) -> str:
    """As browsers write names (WHATWG HTML, "multipart/form-data encoding algorithm")."""
    flat = text.rpartition("/")[2].replace("\r", "%0D").replace("\n", "%0A")
    return flat.replace('"', "%22")


def _token(media_type: str) -> str:
    ok = media_type.isascii() and all(c.isalnum() or c in "/+-.;= " for c in media_type)
    return media_type if ok and media_type else "application/octet-stream"
