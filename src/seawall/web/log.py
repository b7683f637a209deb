"""The public log (C2SP tlog-tiles): its newest checkpoint, tiles and entries, for everybody."""

import gzip
import re

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from seawall.ledger import checkpoints, cosigning, tiles
from seawall.signing.tiles import read_number_path

_YEAR = "public, max-age=31536000, immutable"
_SECONDS = "public, max-age=5"


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint that has the witnesses it needs, with their cosignatures."""
    newest = cosigning.newest_witnessed()
    if newest is None:
        raise Http404
    note = checkpoints.note_with_cosignatures(newest)
    return _open(HttpResponse(note, content_type="text/plain; charset=utf-8"), keep=_SECONDS)


@require_safe
def tile(request: HttpRequest, level: str, place: str) -> HttpResponse:
    """The hashes of one tile; such an address never changes what it gives."""
    number, width = _number(place)
    if not re.fullmatch("0|[1-9][0-9]?", level):
        raise Http404
    return _kept(tiles.tile(int(level), number, width))


@require_safe
def bundle(request: HttpRequest, place: str) -> HttpResponse:
    """The entries of one bundle; such an address never changes what it gives."""
    response = _kept(tiles.bundle(*_number(place)))
    response["Vary"] = "Accept-Encoding"
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.content = gzip.compress(response.content, mtime=0)
        response["Content-Encoding"] = "gzip"
    return response


def _number(place: str) -> tuple[int, int]:
    found = read_number_path(place)
    if found is None:
        raise Http404
    return found


def _kept(content: bytes | None) -> HttpResponse:
    if content is None:
        raise Http404
    return _open(HttpResponse(content, content_type="application/octet-stream"), keep=_YEAR)


def _open(response: HttpResponse, *, keep: str) -> HttpResponse:
    """Pages of others may load it too; it holds nothing of who asks."""
    response["Cache-Control"] = keep
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
