"""The API: one router per resource, one way to log in, one form of error."""

from ninja import NinjaAPI

from seawall import __version__
from seawall.api import findings, reports, validations
from seawall.api.auth import TokenAuth
from seawall.api.docs import LocalDocs
from seawall.api.problems import add_handlers

api = NinjaAPI(
    title="Seawall",
    version="1",
    urls_namespace="api-1",
    description=f"Seawall {__version__}. Errors are RFC 9457 problem documents.",
    auth=TokenAuth(),
    docs=LocalDocs(),
    docs_url="/docs",
    openapi_url="/openapi.json",
)
add_handlers(api)
api.add_router("/reports", reports.router)
api.add_router("/findings", findings.router)
api.add_router("/validations", validations.router)
