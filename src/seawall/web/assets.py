"""Style, script and pictures, served from memory by this application: no build step, no other
host. Addresses carry the digest of the content, so that browsers keep them for a year."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

_FOLDER = Path(__file__).with_name("static")
_TEXT = (".css", ".js", ".svg", ".txt", ".md")
_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file; `packed` is its gzip form, or empty where that is not smaller."""

    content: bytes
    packed: bytes
    kind: str
    digest: str


def asset_address(name: str) -> str:
    """The address of the file `name` below web/static; KeyError when there is none."""
    return f"/static/{_assets()[name].digest}/{name}"


@require_safe
def asset(request: HttpRequest, digest: str, name: str) -> HttpResponse:
    """The file's bytes. An older digest gets the present file, which must then not be kept."""
    found = _assets().get(name)
    if found is None:
        raise Http404
    packed = found.packed and "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(found.packed if packed else found.content, content_type=found.kind)
    if packed:
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = _YEAR if digest == found.digest else "no-cache"
    return response


def _assets() -> dict[str, Asset]:
    return _read() if settings.DEBUG else _kept()


@cache
def _kept() -> dict[str, Asset]:
    return _read()


def _read() -> dict[str, Asset]:
    files = (path for path in _FOLDER.rglob("*") if path.is_file())
    return {path.relative_to(_FOLDER).as_posix(): _asset(path) for path in files}


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    packed = gzip.compress(content, mtime=0) if path.suffix in _TEXT else b""
    kind = _KINDS.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain"
    return Asset(
        content=content,
        packed=packed if len(packed) < len(content) else b"",
        kind=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        digest=hashlib.sha256(content).hexdigest()[:12],
    )
