"""Which address leads where."""

from pathlib import Path

import ninja
from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView
from django.views.static import serve

from seawall.api.health import healthz
from seawall.api.root import api

_DOCS_FILES = Path(ninja.__file__).parent / "static" / "ninja"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(url="/api/v1/docs")),
    path("api/v1/", api.urls),
    path("healthz", healthz),
    # What the API's documentation page loads; it needs no other host.
    path("static/ninja/<path:path>", serve, {"document_root": _DOCS_FILES}),
]
