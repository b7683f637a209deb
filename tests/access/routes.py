"""Every way in: each method of each address, whom it lets in, and what it is about.

HOW TO ADD A LINE. A page or an operation that is missing here fails
tests/access/test_matrix.py. Add one line per method that it takes:

    "GET /cases/{case_id}": Door(lets_in=SIGNED_IN, on="case", tier=Tier.T0),
    "POST /cases/{case_id}/messages": Door(lets_in=SIGNED_IN, on="case", act=Act.WRITE,
                                           body={"text": "x"}),

* The key is the method and the address; `<str:case_id>` and `<case_id>` are written `{case_id}`.
* `lets_in`: EVERYBODY (also nobody in particular), SIGNED_IN, HOUSE (coordinators, viewers too),
  COORDINATORS (members and leads of the house), ADMINS (of any party), HOUSE_ADMINS, DEBUG (only
  with SEAWALL_DEBUG), LINK (whoever has the secret in the address).
* `on`: the kind of thing whose id stands in the address: "case", "finding", "report",
  "validation", "advisory", "asset", "obligation", "proposal" are in the worlds of the matrix.
  "" when the address names nothing; any other word for things of which the worlds have none
  (their own tests say who sees them).
* `tier`: the least tier of the thing with which the answer is 200; who knows of it and reads less
  gets 403 or the same as for an absent one. Who may not know of it always gets what an absent one
  gets, byte for byte.
* `act`: what it takes to do this in the case of the thing; `needs` for other rules (see RULES in
  tests/access/oracle.py). Whoever may not must leave nothing behind in the ledger.
* `body`: what a good request sends; for pages form fields.
* `more`: the other parts of the address.

Whatever is listed or not, no answer may show what the reader's tier does not reach: the matrix
plants words of each tier in each world and looks for them in all answers of all methods.
"""

from dataclasses import dataclass, field
from typing import Any

from seawall.vocab.access import Act, Tier

EVERYBODY = "everybody"
SIGNED_IN = "signed in"
HOUSE = "house"
COORDINATORS = "coordinators"
ADMINS = "admins"
HOUSE_ADMINS = "house admins"
DEBUG = "debug"
LINK = "link"

READ, SUBMIT, COORDINATE = "read", "submit", "coordinate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """See the top of this file."""

    lets_in: str = SIGNED_IN
    on: str = ""
    tier: Tier = Tier.T0
    act: Act | None = None
    needs: str = ""
    scope: str = READ
    body: Any = None
    more: dict[str, str] = field(default_factory=dict)


API: dict[str, Door] = {
    "POST /reports": Door(scope=SUBMIT, needs="sends", body=b"{}"),
    "GET /reports": Door(),
    "GET /reports/{id}": Door(on="report"),
    "GET /findings": Door(),
    "GET /findings/{id}": Door(on="finding"),
    "POST /duplicates": Door(scope=COORDINATE, needs="coordinates", body={}),
    "POST /duplicates/undo": Door(scope=COORDINATE, needs="coordinates", body={}),
    "GET /validations": Door(),
    "GET /validations/{id}": Door(on="validation", tier=Tier.T1),
    "GET /cases": Door(),
    "POST /cases": Door(scope=COORDINATE, needs="coordinates", body={"finding": "F-2026-999999"}),
    "GET /cases/{id}": Door(on="case"),
    "POST /cases/{id}/report": Door(
        scope=COORDINATE, on="case", act=Act.DECIDE_REPORT, body={"step": "accept"}
    ),
    "POST /cases/{id}/events": Door(
        scope=COORDINATE, on="case", act=Act.OBSERVE, body={"event": "V"}
    ),
    "POST /cases/{id}/embargo": Door(
        scope=COORDINATE, on="case", act=Act.ANSWER_EMBARGO, body={"step": "accept"}
    ),
    "POST /cases/{id}/fixes": Door(scope=SUBMIT, on="case", act=Act.ADD_FIX, body={"version": "2"}),
    "POST /cases/{id}/fixes/diff": Door(
        scope=SUBMIT, on="case", act=Act.ADD_FIX, body=b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
    ),
    "GET /merges": Door(),
    "GET /merges/{id}": Door(on="proposal", tier=Tier.T2),
    "POST /merges/{id}": Door(
        scope=COORDINATE, on="proposal", act=Act.MERGE, body={"accept": False}
    ),
    "GET /advisories": Door(),
    "POST /advisories": Door(scope=COORDINATE, needs="drafts", body={"case": "C-2026-999999"}),
    "POST /advisories/validate": Door(body={"schema_version": "1.6.0", "id": "X-1"}),
    "GET /advisories/{id}": Door(on="advisory"),
    "GET /advisories/{id}/documents/{name}": Door(on="advisory", more={"name": "no.json"}),
    "POST /advisories/{id}/publish": Door(scope=COORDINATE, on="advisory", act=Act.PUBLISH),
    "GET /assets": Door(),
    "POST /assets": Door(
        scope=COORDINATE, needs="owns", body={"owner": "Somebody else", "name": "portal"}
    ),
    "GET /assets/{id}": Door(on="asset"),
    "PUT /assets/{id}/sbom": Door(
        scope=COORDINATE,
        on="asset",
        needs="owns",
        body={"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": []},
    ),
    "GET /assets/{id}/exposures": Door(on="asset"),
    "POST /checks": Door(body={"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1}),
    "GET /obligations": Door(),
    "GET /obligations/{id}": Door(on="obligation"),
    "POST /obligations/{id}/close": Door(
        scope=COORDINATE, on="obligation", needs="owns", body={"as": "mitigated", "evidence": "W"}
    ),
    "GET /catalogue": Door(),
    "POST /catalogue/advisories": Door(scope=COORDINATE, needs="coordinates", body=[]),
    "POST /catalogue/kev": Door(scope=COORDINATE, needs="coordinates", body={}),
    "POST /catalogue/ssvc": Door(scope=COORDINATE, needs="coordinates", body={}),
    "GET /ledger/root": Door(),
    "GET /ledger/inclusion": Door(),
    "GET /ledger/consistency": Door(),
    "GET /ledger/verify": Door(),
    "GET /claims": Door(),
    "POST /claims": Door(scope=SUBMIT, needs="sends", body={}),
    "GET /claims/coverage": Door(),
    "GET /claims/{id}": Door(on="claim"),
    "POST /claims/{id}/renew": Door(scope=SUBMIT, on="claim", needs="sends", body={}),
    "POST /claims/{id}/release": Door(scope=SUBMIT, on="claim", needs="sends"),
    "POST /claims/{id}/finish": Door(scope=SUBMIT, on="claim", needs="sends", body={}),
    "GET /matches": Door(),
    "POST /matches": Door(scope=SUBMIT, needs="sends", body={}),
    "GET /matches/{id}": Door(on="match"),
    "GET /matches/{id}/points": Door(on="match"),
    "PUT /matches/{id}/points": Door(scope=SUBMIT, on="match", needs="sends", body={}),
    "GET /matches/{id}/answer": Door(on="match"),
    "PUT /matches/{id}/answer": Door(scope=SUBMIT, on="match", needs="sends", body={}),
    "POST /matches/{id}/end": Door(scope=SUBMIT, on="match", needs="sends"),
    "GET /webhooks": Door(),
    "POST /webhooks": Door(scope=COORDINATE, needs="manages", body={}),
    "GET /webhooks/{id}": Door(on="webhook"),
    "POST /webhooks/{id}/rotate": Door(scope=COORDINATE, on="webhook", needs="manages"),
    "POST /webhooks/{id}/test": Door(scope=COORDINATE, on="webhook", needs="manages"),
    "POST /webhooks/{id}/remove": Door(scope=COORDINATE, on="webhook", needs="manages"),
}
"""The operations, without /api/v1."""

PAGES: dict[str, Door] = {
    "GET /api/v1/": Door(lets_in=EVERYBODY, on="api"),
    "GET /api/v1/docs": Door(lets_in=EVERYBODY),
    "GET /api/v1/openapi.json": Door(lets_in=EVERYBODY),
    "GET /healthz": Door(lets_in=EVERYBODY),
    "GET /static/ninja/{path}": Door(lets_in=EVERYBODY, on="file", more={"path": "no.js"}),
    "GET /static/{digest}/{name}": Door(
        lets_in=EVERYBODY, on="file", more={"digest": "0", "name": "no.css"}
    ),
    "GET /": Door(lets_in=EVERYBODY),
    "GET /advisories": Door(lets_in=EVERYBODY),
    "GET /advisories/{advisory_id}": Door(lets_in=EVERYBODY, on="advisory"),
    "GET /advisories/{advisory_id}/documents/{name}": Door(
        lets_in=EVERYBODY, on="advisory", more={"name": "no.json"}
    ),
    "GET /advisories/{advisory_id}/proof": Door(lets_in=EVERYBODY, on="advisory"),
    "GET /audit": Door(lets_in=HOUSE),
    "GET /audit/events/{index}": Door(lets_in=HOUSE, on="event", more={"index": "0"}),
    "POST /audit/checks": Door(lets_in=HOUSE),
    "GET /audit/checks/{check_id}": Door(lets_in=HOUSE, on="check", more={"check_id": "1"}),
    "GET /live/work": Door(lets_in=HOUSE),
    "POST /preferences": Door(lets_in=EVERYBODY, body={"language": "en"}),
    "GET /search": Door(lets_in=EVERYBODY),
    "GET /styleguide": Door(lets_in=DEBUG),
    "GET /sign-in": Door(lets_in=EVERYBODY),
    "POST /sign-in": Door(lets_in=EVERYBODY, body={"email": "x@example.org", "password": "x"}),
    "POST /sign-out": Door(lets_in=EVERYBODY),
    "POST /sign-in/passkey": Door(lets_in=EVERYBODY, body={}),
    "POST /sign-in/passkey/options": Door(lets_in=EVERYBODY),
    "GET /sign-in/oidc": Door(lets_in=EVERYBODY, on="provider"),
    "POST /sign-in/oidc": Door(lets_in=EVERYBODY, on="provider"),
    "GET /sign-in/oidc/return": Door(lets_in=EVERYBODY, on="provider"),
    "GET /confirm": Door(),
    "POST /confirm": Door(body={"password": "x"}),
    "POST /confirm/options": Door(),
    "POST /confirm/oidc": Door(on="provider"),
    "GET /reset/{secret}": Door(lets_in=LINK, on="link", more={"secret": "x"}),
    "POST /reset/{secret}": Door(lets_in=LINK, on="link", more={"secret": "x"}),
    "GET /join/{secret}": Door(lets_in=LINK, on="link", more={"secret": "x"}),
    "POST /join/{secret}": Door(lets_in=LINK, on="link", more={"secret": "x"}),
    "POST /join/{secret}/options": Door(lets_in=LINK, on="link", more={"secret": "x"}),
    "POST /join/{secret}/oidc": Door(lets_in=LINK, on="link", more={"secret": "x"}),
}
"""Everything that is no operation of the API."""
