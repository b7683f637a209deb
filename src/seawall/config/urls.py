"""Which address leads where."""

from pathlib import Path

import ninja
from django.urls import URLPattern, URLResolver, include, path
from django.views.static import serve

from seawall.api.health import healthz
from seawall.api.root import api
from seawall.web.assets import asset

_DOCS_FILES = Path(ninja.__file__).parent / "static" / "ninja"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
    path("healthz", healthz),
    # What the API's documentation page loads; it needs no other host.
    path("static/ninja/<path:path>", serve, {"document_root": _DOCS_FILES}),
    path("static/<slug:digest>/<path:name>", asset),
    path("", include("seawall.web.urls")),
]

handler400 = "seawall.web.errors.bad_request"
handler403 = "seawall.web.errors.forbidden"
handler404 = "seawall.web.errors.not_found"
handler500 = "seawall.web.errors.broken"
