"""The ASGI application: body limits around Django."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seawall.config.settings")

from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import get_resolver

from seawall.api.limits import BodyLimit
from seawall.config.collecting import settle
from seawall.config.staying import stay_open

_django: Any = get_asgi_application()
application = BodyLimit(_django, max_bytes=settings.SEAWALL_MAX_REPORT_BYTES + (64 << 10))
len(get_resolver().url_patterns)  # imports all pages and operations, which every request may need
settle()
stay_open()
