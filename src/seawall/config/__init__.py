"""Settings, URLs and ASGI."""
