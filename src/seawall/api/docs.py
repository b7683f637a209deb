"""The API's documentation page, from files that come with django-ninja; no other host is asked."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Seawall API</title>
<link rel="icon" href="/static/ninja/favicon.svg">
<link rel="stylesheet" href="/static/ninja/swagger-ui.css">
</head>
<body data-csrf-token="" data-api-csrf="">
<script type="application/json" id="swagger-settings">
{"layout": "BaseLayout", "deepLinking": true, "url": "openapi.json", "validatorUrl": null}
</script>
<div id="swagger-ui"></div>
<script src="/static/ninja/swagger-ui-bundle.js"></script>
<script src="/static/ninja/swagger-ui-init.js"></script>
</body>
</html>
"""


class LocalDocs(DocsBase):
    """Swagger UI, served by this instance alone."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        response = HttpResponse(_PAGE)
        response["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
        )
        return response
