"""The API: one router per resource, one way to log in, one form of error."""

from seawall import __version__
from seawall.api import (
    advisories,
    aixcc,
    approvals,
    assets,
    cases,
    catalogue,
    checks,
    claims,
    client_keys,
    deliveries,
    duplicates,
    evaluations,
    feed,
    findings,
    grants,
    handovers,
    ledger,
    matching,
    merges,
    obligations,
    partners,
    people,
    receipts,
    reports,
    room_clocks,
    room_credits,
    room_files,
    room_people,
    submissions,
    validations,
    webhooks,
)
from seawall.api.auth import TokenAuth
from seawall.api.docs import LocalDocs
from seawall.api.openapi import BoundedParser, DocumentedAPI
from seawall.api.problems import add_handlers
from seawall.api.refusals import add_refusals

api = DocumentedAPI(
    title="Seawall",
    version="1",
    urls_namespace="api-1",
    description=f"Seawall {__version__}. Errors are RFC 9457 problem documents.",
    auth=TokenAuth(),
    parser=BoundedParser(),
    docs=LocalDocs(),
    docs_url="/docs",
    openapi_url="/openapi.json",
)
add_handlers(api)
add_refusals(api)
api.add_router("/reports", reports.router)
api.add_router("/findings", findings.router)
api.add_router("/duplicates", duplicates.router)
api.add_router("/validations", validations.router)
api.add_router("/cases", cases.router)
for room in (room_files, room_people, room_clocks, room_credits):
    api.add_router("/cases", room.router)
api.add_router("/cases", handovers.rooms)
api.add_router("/handovers", handovers.router)
api.add_router("/capacity", handovers.capacity)
api.add_router("/merges", merges.router)
api.add_router("/advisories", advisories.router)
api.add_router("/assets", assets.router)
api.add_router("/checks", checks.router)
api.add_router("/obligations", obligations.router)
api.add_router("/catalogue", catalogue.router)
api.add_router("/approvals", approvals.router)
api.add_router("/me", people.router)
api.add_router("/ledger", ledger.router)
api.add_router("/claims", claims.router)
api.add_router("/matches", matching.router)
api.add_router("/submissions", submissions.router)
api.add_router("/evaluations", evaluations.router)
api.add_router("/partners", partners.router)
api.add_router("/grants", grants.router)
api.add_router("/webhooks", webhooks.router)
api.add_router("/client-keys", client_keys.router)
api.add_router("/feed", feed.router)
api.add_router("/receipts", receipts.router)
api.add_router("/deliveries", deliveries.router)
api.add_router("/restricted", deliveries.restricted)
api.add_router("/aixcc", aixcc.router)
