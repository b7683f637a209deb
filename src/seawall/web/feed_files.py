"""The public tree as any web server would give it out: files below `current`, for everybody."""

import gzip
import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from seawall.feed.tree import Tree
from seawall.vocab.errors import BadInput

_YEAR = "public, max-age=31536000, immutable"
_MINUTE = "public, max-age=60"
_SECONDS = "public, max-age=5"
_AT_ONCE = ("tuf/metadata/timestamp.json", "log/checkpoint")
_NEVER_CHANGE = ("tuf/", "log/tile/")
_TYPES = {
    ".asc": "application/pgp-signature",
    ".atom": "application/atom+xml; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".patch": "text/plain; charset=utf-8",
    ".sha256": "text/plain; charset=utf-8",
    ".sha512": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".zip": "application/zip",
    ".zst": "application/zstd",
}
_EXACT = {"feed.json": "application/feed+json", "log/checkpoint": "text/plain; charset=utf-8"}
_OPENPGP_KEYS = "application/pgp-keys"
_MOST_GZIPPED = 8 << 20


@require_safe
def feed_file(request: HttpRequest, path: str) -> HttpResponseBase:
    """One file of the public tree; for the tree itself and for a folder, its page of contents."""
    return _answer(request, f"{path}index.html" if path.endswith("/") or not path else path)


@require_safe
def well_known(request: HttpRequest, path: str) -> HttpResponseBase:
    """What others look for at the root of a host (RFC 8615): CSAF's provider metadata and
    security.txt."""
    return _answer(request, f".well-known/{path}")


def _answer(request: HttpRequest, path: str) -> HttpResponseBase:
    file = _open(path)
    stat = os.fstat(file.fileno())
    etag = _etag(path, stat)
    known = get_conditional_response(request, etag=etag)
    if known is not None:
        file.close()
        return _headed(known, path, etag)
    kind = _type(path)
    if _wants_gzip(request, path, stat.st_size):
        with file:
            packed = HttpResponse(gzip.compress(file.read(), mtime=0), content_type=kind)
        packed["Content-Encoding"] = "gzip"
        return _headed(packed, path, etag)
    return _headed(FileResponse(file, content_type=kind), path, etag)


def _open(path: str) -> BinaryIO:
    """A file below `current`, opened once, so that a change meanwhile does no harm."""
    tree = Tree(Path(settings.SEAWALL_PUBLIC))
    try:
        found = tree.path(path).resolve(strict=True)
        if not found.is_relative_to(tree.folder.resolve()) or not found.is_file():
            raise Http404
        return found.open("rb")
    except (BadInput, OSError) as error:
        raise Http404 from error


def _headed(response: HttpResponseBase, path: str, etag: str) -> HttpResponseBase:
    """Pages of others may load it too; it holds nothing of who asks."""
    response["ETag"] = etag
    response["Cache-Control"] = _keep(path)
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Access-Control-Allow-Origin"] = "*"
    if _is_text(path):
        response["Vary"] = "Accept-Encoding"
    return response


def _keep(path: str) -> str:
    if path in _AT_ONCE:
        return _SECONDS
    return _YEAR if path.startswith(_NEVER_CHANGE) else _MINUTE


def _type(path: str) -> str:
    if path in _EXACT:
        return _EXACT[path]
    if "/openpgp/" in path and path.endswith(".asc"):
        return _OPENPGP_KEYS
    return _TYPES.get(Path(path).suffix, "application/octet-stream")


def _etag(path: str, stat: os.stat_result) -> str:
    """Weak: the same for a file and its compressed form."""
    seen = f"{path} {stat.st_ino} {stat.st_mtime_ns} {stat.st_size}"
    return f'W/"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'


def _wants_gzip(request: HttpRequest, path: str, size: int) -> bool:
    asked = request.headers.get("Accept-Encoding", "")
    coded = [part.partition(";")[0].strip() for part in asked.split(",") if "q=0" not in part]
    return "gzip" in coded and _is_text(path) and 256 < size <= _MOST_GZIPPED


def _is_text(path: str) -> bool:
    return path.endswith((".json", ".txt", ".csv", ".atom", ".html"))
