"""Files that leave by a page: as attachments only, of no type that a browser would show or run."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def attachment(data: bytes, *, name: str) -> HttpResponse:
    """`data` to be saved under `name`; never shown, whatever it is."""
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "no-store"
    return response
