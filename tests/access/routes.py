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
  "room": something within the case's room, for which the stage has none. "" when the address
  names nothing; "open" for files and documents that are the same for everybody, whatever the
  method; any other word for things of which the worlds have none
  (their own tests say who sees them).
* `tier`: the least tier of the thing with which the answer is 200; who knows of it and reads less
  gets 403 or the same as for an absent one. Who may not know of it always gets what an absent one
  gets, byte for byte.
* `act`: what it takes to do this in the case of the thing; `needs` for other rules (see RULES in
  tests/access/oracle.py). Whoever may not must leave nothing behind in the ledger.
* `scope`, `body`: what a good request needs and sends. For the API both come from the table of
  tests/api/test_every_operation.py; for pages `body` has the form's fields.
* `query`: what a good address has after it, with its question mark.
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
    query: str = ""
    more: dict[str, str] = field(default_factory=dict)


PAIR = {"one": "F-2026-999998", "other": "F-2026-999999", "because": "So."}
SESSION = "00" * 16

API: dict[str, Door] = {
    "POST /reports": Door(scope=SUBMIT, needs="sends", body=b"{}"),
    "GET /reports": Door(),
    "GET /reports/{id}": Door(on="report"),
    "GET /findings": Door(),
    "GET /findings/{id}": Door(on="finding"),
    "POST /duplicates": Door(scope=COORDINATE, needs="coordinates", body=PAIR),
    "POST /duplicates/undo": Door(scope=COORDINATE, needs="coordinates", body=PAIR),
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
    "GET /cases/{id}/timeline": Door(on="case", tier=Tier.T1),
    "GET /cases/{id}/messages": Door(on="case", tier=Tier.T1),
    "POST /cases/{id}/messages": Door(
        scope=SUBMIT, on="case", act=Act.WRITE, body={"text": "Hello."}
    ),
    "GET /cases/{id}/files": Door(on="case", tier=Tier.T1),
    "POST /cases/{id}/files": Door(
        scope=SUBMIT, on="case", act=Act.ATTACH, body=b"x", query="?name=x.txt"
    ),
    "GET /cases/{id}/files/{file}": Door(on="room", more={"file": "FILE-2026-999999"}),
    "GET /cases/{id}/participants": Door(on="case", tier=Tier.T1),
    "POST /cases/{id}/participants": Door(
        scope=COORDINATE, on="case", act=Act.INVITE, body={"party": "P-1", "part": "vendor"}
    ),
    "POST /cases/{id}/participants/{number}/tier": Door(
        scope=COORDINATE, on="room", act=Act.INVITE, body={"tier": "T1"}
    ),
    "POST /cases/{id}/participants/{number}/report": Door(
        scope=COORDINATE, on="room", act=Act.DECIDE_REPORT, body={"step": "accept"}
    ),
    "POST /cases/{id}/participants/{number}/part": Door(
        scope=COORDINATE, on="room", act=Act.INVITE
    ),
    "POST /cases/{id}/participants/{number}/leave": Door(scope=COORDINATE, on="room"),
    "POST /cases/{id}/consent": Door(scope=COORDINATE, on="case", needs="leads", body={}),
    "GET /cases/{id}/read-ins": Door(on="case", tier=Tier.T1),
    "POST /cases/{id}/read-ins": Door(
        scope=COORDINATE,
        on="case",
        act=Act.READ_IN,
        body={"party": "P-1", "tier": "T1", "reason": "So.", "until": "2026-12-01T00:00:00Z"},
    ),
    "POST /cases/{id}/read-ins/{number}/revoke": Door(scope=COORDINATE, on="room", act=Act.READ_IN),
    "GET /cases/{id}/bars": Door(on="case", tier=Tier.T3, needs="bars"),
    "POST /cases/{id}/bars": Door(
        scope=COORDINATE, on="case", act=Act.BAR, body={"party": "P-999", "reason": "So."}
    ),
    "POST /cases/{id}/bars/{number}/lift": Door(scope=COORDINATE, on="room", act=Act.BAR),
    "POST /cases/{id}/marking": Door(
        scope=COORDINATE, on="case", act=Act.SET_TLP, body={"tlp": "TLP:AMBER"}
    ),
    "GET /cases/{id}/clocks": Door(on="case", tier=Tier.T1),
    "POST /cases/{id}/policies": Door(
        scope=COORDINATE, on="case", act=Act.END_EMBARGO, body={"policy": "cert-cc"}
    ),
    "POST /cases/{id}/policies/drop": Door(scope=COORDINATE, on="case", body={"policy": "cert-cc"}),
    "POST /cases/{id}/signs": Door(
        scope=COORDINATE, on="case", act=Act.OBSERVE, body={"sign": "leak"}
    ),
    "POST /cases/{id}/promise": Door(
        scope=COORDINATE, on="case", act=Act.OBSERVE, body={"at": None}
    ),
    "GET /cases/{id}/credits": Door(on="case", tier=Tier.T1),
    "POST /cases/{id}/credits": Door(
        scope=COORDINATE,
        on="case",
        act=Act.CREDIT,
        body={"name": "Ann", "role": "finder", "wish": "named"},
    ),
    "POST /cases/{id}/credits/wish": Door(scope=SUBMIT, on="case", body={"wish": "named"}),
    "POST /cases/{id}/credits/{number}/drop": Door(scope=COORDINATE, on="room", act=Act.CREDIT),
    "GET /cases/{id}/handling-ids": Door(on="case", tier=Tier.T1),
    "POST /cases/{id}/handling-ids": Door(
        scope=COORDINATE, on="case", act=Act.OBSERVE, body={"system": "JVN", "text": "1"}
    ),
    "POST /cases/{id}/handling-ids/{number}/drop": Door(scope=COORDINATE, on="room"),
    "GET /cases/{id}/hops": Door(on="case", tier=Tier.T1),
    "GET /cases/{id}/readiness": Door(on="case", tier=Tier.T2),
    "POST /cases/{id}/handovers": Door(
        scope=COORDINATE, on="case", act=Act.HAND_OVER, body={"vendor": "P-999"}
    ),
    "GET /handovers": Door(),
    "GET /handovers/{id}": Door(on="handover"),
    "POST /handovers/{id}": Door(scope=COORDINATE, on="handover", body={"answer": "acknowledge"}),
    "GET /capacity/{id}": Door(on="capacity"),
    "POST /capacity/{id}": Door(scope=COORDINATE, on="capacity", body={"per_week": 2}),
    "GET /capacity/{id}/raw-feed": Door(on="capacity"),
    "GET /merges": Door(),
    "GET /merges/{id}": Door(on="proposal", tier=Tier.T2),
    "POST /merges/{id}": Door(
        scope=COORDINATE, on="proposal", act=Act.MERGE, body={"accept": False}
    ),
    "GET /advisories": Door(),
    "POST /advisories": Door(scope=COORDINATE, needs="drafts", body={"case": "C-2026-999999"}),
    "GET /approvals": Door(),
    "POST /approvals": Door(
        scope=COORDINATE, on="asking", body={"what": "shredding", "on": "C-2026-999999"}
    ),
    "GET /approvals/{id}": Door(on="approval", more={"id": "AP-999999"}),
    "GET /me": Door(),
    "POST /advisories/validate": Door(body={"schema_version": "1.6.0", "id": "X-1"}),
    "GET /advisories/{id}": Door(on="advisory"),
    "GET /advisories/{id}/documents/{name}": Door(
        on="advisory", needs="a document", more={"name": "no.json"}
    ),
    "GET /advisories/{id}/release": Door(on="advisory", needs="public"),
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
    "GET /ledger/inclusion": Door(query="?index=0"),
    "GET /ledger/consistency": Door(query="?old=1"),
    "GET /ledger/verify": Door(),
    "GET /submissions": Door(),
    "GET /submissions/regimes": Door(),
    "POST /submissions": Door(scope=SUBMIT, body={}),
    "GET /submissions/{id}": Door(on="submission"),
    "GET /submissions/{id}/head-start": Door(on="submission"),
    "PUT /submissions/{id}": Door(scope=SUBMIT, on="submission", body={}),
    "POST /submissions/{id}/submit": Door(scope=SUBMIT, on="submission"),
    "POST /submissions/{id}/evidence": Door(scope=SUBMIT, on="submission", body={}),
    "POST /submissions/{id}/share": Door(scope=COORDINATE, on="submission", body={}),
    "POST /submissions/{id}/window/open": Door(scope=SUBMIT, on="submission"),
    "POST /submissions/{id}/window/close": Door(scope=COORDINATE, on="submission"),
    "POST /submissions/{id}/withdraw": Door(scope=SUBMIT, on="submission", body={}),
    "POST /submissions/{id}/release": Door(scope=SUBMIT, on="submission"),
    "POST /submissions/{id}/delete": Door(scope=COORDINATE, on="submission"),
    "POST /evaluations": Door(scope=COORDINATE, body={}),
    "GET /evaluations/{id}": Door(on="evaluation"),
    "GET /evaluations/{id}/statistics": Door(on="evaluation"),
    "GET /evaluations/{id}/problems": Door(on="evaluation"),
    "POST /evaluations/{id}/nonces/{voice}/commit": Door(
        scope=COORDINATE, on="evaluation", more={"voice": "lab"}, body={}
    ),
    "POST /evaluations/{id}/nonces/{voice}/reveal": Door(
        scope=COORDINATE, on="evaluation", more={"voice": "lab"}, body={}
    ),
    "POST /evaluations/{id}/determine": Door(scope=COORDINATE, on="evaluation", body={}),
    "GET /partners": Door(),
    "POST /partners": Door(scope=SUBMIT, body={}),
    "GET /partners/{id}": Door(on="partner"),
    "POST /partners/{id}/criteria": Door(scope=COORDINATE, on="partner", body={}),
    "POST /partners/{id}/select": Door(scope=COORDINATE, on="partner", body={}),
    "POST /partners/{id}/appeal": Door(scope=SUBMIT, on="partner", body={}),
    "POST /partners/{id}/renew": Door(scope=COORDINATE, on="partner"),
    "POST /partners/{id}/revoke": Door(scope=COORDINATE, on="partner", body={}),
    "POST /partners/{id}/withdraw": Door(scope=SUBMIT, on="partner"),
    "GET /grants": Door(),
    "POST /grants": Door(scope=COORDINATE, body={}),
    "GET /grants/{id}": Door(on="grant"),
    "POST /grants/{id}/approve": Door(scope=COORDINATE, on="grant"),
    "POST /grants/{id}/keys": Door(scope=SUBMIT, on="grant", body={}),
    "POST /grants/{id}/keys/{number}/revoke": Door(
        scope=COORDINATE, on="grant", more={"number": "999"}
    ),
    "POST /grants/{id}/suspend": Door(scope=COORDINATE, on="grant", body={}),
    "POST /grants/{id}/resume": Door(scope=COORDINATE, on="grant"),
    "POST /grants/{id}/revoke": Door(scope=COORDINATE, on="grant", body={}),
    "POST /grants/{id}/reports": Door(scope=SUBMIT, on="grant", body={}),
    "GET /claims": Door(),
    "POST /claims": Door(scope=SUBMIT, needs="sends", body={}),
    "GET /claims/coverage": Door(query="?target=pkg:pypi/x"),
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
    "GET /aixcc/v1/ping/": Door(scope=SUBMIT),
    "GET /aixcc/tasks": Door(),
    "POST /aixcc/tasks": Door(scope=COORDINATE, needs="coordinates", body={}),
    "POST /aixcc/v1/task/{id}/pov/": Door(scope=SUBMIT, on="task", needs="sends", body={}),
    "GET /aixcc/v1/task/{id}/pov/{pov}/": Door(scope=SUBMIT, on="task", more={"pov": "x"}),
    "POST /aixcc/v1/task/{id}/patch/": Door(scope=SUBMIT, on="task", needs="sends", body={}),
    "GET /aixcc/v1/task/{id}/patch/{patch}/": Door(scope=SUBMIT, on="task", more={"patch": "x"}),
    "POST /aixcc/v1/task/{id}/submitted-sarif/": Door(
        scope=SUBMIT, on="task", needs="sends", body={}
    ),
    "POST /aixcc/v1/task/{id}/bundle/": Door(scope=SUBMIT, on="task", needs="sends", body={}),
    "GET /aixcc/v1/task/{id}/bundle/{bundle}/": Door(scope=SUBMIT, on="task", more={"bundle": "x"}),
    "PATCH /aixcc/v1/task/{id}/bundle/{bundle}/": Door(
        scope=SUBMIT, on="task", needs="sends", body={}, more={"bundle": "x"}
    ),
    "GET /client-keys": Door(),
    "POST /client-keys": Door(scope=SUBMIT, needs="sends", body={}),
    "POST /client-keys/{id}/revoke": Door(scope=SUBMIT, on="client key", needs="sends"),
    "GET /receipts": Door(),
    "POST /receipts": Door(scope=SUBMIT, needs="sends", body=b"{}"),
    "GET /receipts/{id}": Door(on="receipt"),
    "GET /feed": Door(),
    "GET /feed/times": Door(needs="house or authority"),
    "GET /deliveries": Door(),
    "GET /deliveries/{id}": Door(on="delivery"),
    "GET /deliveries/{id}/file": Door(on="delivery"),
    "GET /restricted/metadata/{name}": Door(needs="recipient", more={"name": "timestamp.json"}),
    "GET /restricted/targets/{folder}/{name}": Door(
        on="delivery", more={"folder": "ab" * 16, "name": "x.json"}
    ),
}
"""The operations, without /api/v1."""

PAGES: dict[str, Door] = {
    "GET /api/v1/": Door(lets_in=EVERYBODY, on="open"),
    "GET /api/v1/docs": Door(lets_in=EVERYBODY, on="open"),
    "GET /api/v1/openapi.json": Door(lets_in=EVERYBODY, on="open"),
    "GET /healthz": Door(lets_in=EVERYBODY, on="open"),
    "GET /static/ninja/{path}": Door(lets_in=EVERYBODY, on="open", more={"path": "no.js"}),
    "GET /static/{digest}/{name}": Door(
        lets_in=EVERYBODY, on="open", more={"digest": "0", "name": "no.css"}
    ),
    "GET /": Door(lets_in=EVERYBODY),
    "GET /advisories": Door(lets_in=EVERYBODY),
    "GET /advisories/{advisory_id}": Door(lets_in=EVERYBODY, on="advisory"),
    "GET /advisories/{advisory_id}/documents/{name}": Door(
        lets_in=EVERYBODY, on="advisory", needs="a document", more={"name": "no.json"}
    ),
    "GET /advisories/{advisory_id}/proof": Door(lets_in=EVERYBODY, on="advisory", needs="public"),
    "GET /advisories/{advisory_id}/release": Door(lets_in=EVERYBODY, on="advisory", needs="public"),
    "GET /notices": Door(),
    "POST /notices/seen": Door(),
    "GET /notices/settings": Door(),
    "POST /notices/settings": Door(body={"minutes": "60"}),
    "GET /notices/webhooks": Door(lets_in=ADMINS),
    "POST /notices/webhooks": Door(lets_in=ADMINS, body={}),
    "GET /notices/webhooks/{webhook_id}": Door(lets_in=ADMINS, on="webhook"),
    "POST /notices/webhooks/{webhook_id}/rotate": Door(lets_in=ADMINS, on="webhook"),
    "POST /notices/webhooks/{webhook_id}/test": Door(lets_in=ADMINS, on="webhook"),
    "POST /notices/webhooks/{webhook_id}/remove": Door(lets_in=ADMINS, on="webhook"),
    "GET /audit": Door(lets_in=HOUSE),
    "GET /audit/events/{index}": Door(lets_in=HOUSE, on="event", more={"index": "0"}),
    "POST /audit/checks": Door(lets_in=COORDINATORS),
    "GET /audit/checks/{check_id}": Door(lets_in=HOUSE, on="check", more={"check_id": "1"}),
    "GET /log/checkpoint": Door(lets_in=EVERYBODY, on="open"),
    "GET /log/tile/entries/{place}": Door(lets_in=EVERYBODY, on="open", more={"place": "000"}),
    "GET /log/tile/{level}/{place}": Door(
        lets_in=EVERYBODY, on="open", more={"level": "0", "place": "000"}
    ),
    "GET /receipts": Door(),
    "POST /receipts/keys/{key_id}/revoke": Door(on="client key", needs="sends"),
    "GET /deliveries/{delivery_id}/file": Door(on="delivery"),
    "GET /follow": Door(lets_in=EVERYBODY),
    "GET /feed/": Door(lets_in=EVERYBODY, on="open"),
    "GET /feed/{path}": Door(lets_in=EVERYBODY, on="open", more={"path": "feed.json"}),
    "GET /.well-known/csaf/provider-metadata.json": Door(lets_in=EVERYBODY, on="open"),
    "GET /.well-known/security.txt": Door(lets_in=EVERYBODY, on="open"),
    "GET /live/work": Door(),
    "POST /preferences": Door(lets_in=EVERYBODY, body={"language": "en"}),
    "GET /search": Door(),
    "GET /scans": Door(),
    "GET /scans/new": Door(),
    "POST /scans/new": Door(needs="sends"),
    "GET /scans/coverage": Door(),
    "POST /scans/coverage": Door(),
    "GET /scans/matching": Door(),
    "POST /scans/matching/{session_id}/end": Door(on="match", needs="sends"),
    "GET /scans/{claim_id}": Door(on="claim"),
    "POST /scans/{claim_id}/renew": Door(on="claim", needs="sends"),
    "POST /scans/{claim_id}/release": Door(on="claim", needs="sends"),
    "POST /scans/{claim_id}/finish": Door(on="claim", needs="sends"),
    "GET /reviews": Door(),
    "GET /reviews/new": Door(),
    "POST /reviews/new": Door(),
    "GET /reviews/{submission_id}": Door(on="submission"),
    "GET /reviews/{submission_id}/edit": Door(on="submission"),
    "POST /reviews/{submission_id}/edit": Door(on="submission"),
    "GET /reviews/{submission_id}/head-start": Door(on="submission"),
    "POST /reviews/{submission_id}/submit": Door(on="submission"),
    "POST /reviews/{submission_id}/evidence/{evidence_id}": Door(
        on="submission", more={"evidence_id": "code"}
    ),
    "POST /reviews/{submission_id}/share": Door(on="submission"),
    "POST /reviews/{submission_id}/open": Door(on="submission"),
    "POST /reviews/{submission_id}/close": Door(on="submission"),
    "POST /reviews/{submission_id}/withdraw": Door(on="submission"),
    "POST /reviews/{submission_id}/release": Door(on="submission"),
    "POST /reviews/{submission_id}/delete": Door(on="submission"),
    "GET /reviews/{submission_id}/deletion": Door(on="submission"),
    "POST /reviews/{submission_id}/evaluations": Door(on="submission"),
    "GET /evaluations/{evaluation_id}": Door(on="evaluation"),
    "GET /evaluations/{evaluation_id}/progress": Door(on="evaluation"),
    "GET /evaluations/{evaluation_id}/report": Door(on="evaluation"),
    "POST /evaluations/{evaluation_id}/nonces/{voice}": Door(
        on="evaluation", more={"voice": "lab"}
    ),
    "POST /evaluations/{evaluation_id}/plan": Door(on="evaluation"),
    "POST /evaluations/{evaluation_id}/determine": Door(on="evaluation"),
    "GET /partners": Door(),
    "GET /partners/apply": Door(),
    "POST /partners/apply": Door(),
    "GET /partners/{partner_id}": Door(on="partner"),
    "POST /partners/{partner_id}/criteria": Door(on="partner"),
    "POST /partners/{partner_id}/select": Door(on="partner"),
    "POST /partners/{partner_id}/appeal": Door(on="partner"),
    "POST /partners/{partner_id}/renew": Door(on="partner"),
    "POST /partners/{partner_id}/revoke": Door(on="partner"),
    "POST /partners/{partner_id}/withdraw": Door(on="partner"),
    "GET /grants": Door(),
    "GET /grants/new": Door(),
    "POST /grants/new": Door(),
    "GET /grants/{grant_id}": Door(on="grant"),
    "POST /grants/{grant_id}/approve": Door(on="grant"),
    "POST /grants/{grant_id}/suspend": Door(on="grant"),
    "POST /grants/{grant_id}/resume": Door(on="grant"),
    "POST /grants/{grant_id}/revoke": Door(on="grant"),
    "POST /grants/{grant_id}/reports": Door(on="grant"),
    "POST /grants/{grant_id}/keys": Door(on="grant"),
    "POST /grants/{grant_id}/keys/{number}/revoke": Door(on="grant"),
    "POST /grants/{grant_id}/signals/{number}": Door(on="grant"),
    "GET /styleguide": Door(lets_in=DEBUG),
    "GET /sign-in": Door(lets_in=EVERYBODY),
    "POST /sign-in": Door(lets_in=EVERYBODY, body={"email": "x@example.org", "password": "x"}),
    "POST /sign-out": Door(lets_in=EVERYBODY),
    "POST /sign-in/passkey": Door(lets_in=EVERYBODY, body={}),
    "POST /sign-in/passkey/options": Door(lets_in=EVERYBODY),
    "GET /sign-in/oidc": Door(lets_in=EVERYBODY, on="provider"),
    "GET /sign-in/oidc/return": Door(lets_in=EVERYBODY, on="provider"),
    "GET /setup": Door(lets_in=EVERYBODY, on="set-up"),
    "GET /setup/{secret}": Door(lets_in=LINK, on="link", more={"secret": "x"}),
    "POST /setup/{secret}": Door(lets_in=LINK, on="link", more={"secret": "x"}),
    "POST /setup/{secret}/options": Door(lets_in=LINK, on="link", more={"secret": "x"}),
    "GET /welcome": Door(lets_in=HOUSE_ADMINS),
    "GET /account": Door(),
    "POST /account/language": Door(body={"language": "en"}),
    "POST /account/leave/{id}": Door(on="membership", more={"id": "999999"}),
    "POST /account/sessions/end": Door(),
    "POST /account/sessions/{id}/end": Door(on="session", more={"id": "999999"}),
    "POST /account/tokens": Door(body={}),
    "POST /account/tokens/{key}/end": Door(on="token", more={"key": "x"}),
    "GET /account/password": Door(),
    "POST /account/password": Door(body={}),
    "GET /account/passkeys": Door(),
    "POST /account/passkeys": Door(body={}),
    "POST /account/passkeys/options": Door(),
    "POST /account/passkeys/{id}/remove": Door(on="passkey", more={"id": "999999"}),
    "GET /account/oidc/link": Door(on="provider"),
    "POST /account/oidc/unlink": Door(),
    "GET /approvals": Door(),
    "GET /approvals/{id}": Door(on="approval", more={"id": "AP-999999"}),
    "POST /approvals/{id}/options": Door(on="approval", more={"id": "AP-999999"}),
    "POST /approvals/{id}/sign": Door(on="approval", more={"id": "AP-999999"}),
    "POST /approvals/{id}/withdraw": Door(on="approval", more={"id": "AP-999999"}),
    "POST /approvals/{id}/carry-out": Door(on="approval", more={"id": "AP-999999"}),
    "POST /approvals/ask/release/{id}": Door(on="advisory", act=Act.PUBLISH),
    "POST /approvals/ask/export/{id}": Door(on="finding", needs="asks"),
    "POST /approvals/ask/file/{id}/{file_id}": Door(
        on="room", more={"file_id": "FILE-2026-999999"}
    ),
    "POST /approvals/ask/shred/{id}": Door(on="case", act=Act.SHRED),
    "POST /approvals/ask/break-glass/{id}": Door(on="case", needs="asks"),
    "POST /advisories/{id}/publish": Door(on="advisory", act=Act.PUBLISH),
    "POST /cases/{id}/advisory": Door(on="case", act=Act.DRAFT),
    "GET /admin": Door(lets_in=ADMINS),
    "GET /admin/parties/new": Door(lets_in=HOUSE_ADMINS),
    "POST /admin/parties/new": Door(lets_in=HOUSE_ADMINS, body={}),
    "GET /admin/parties/{id}": Door(lets_in=ADMINS, on="party", more={"id": "P-999999"}),
    "POST /admin/parties/{id}/change": Door(
        lets_in=HOUSE_ADMINS, on="party", more={"id": "P-999999"}
    ),
    "POST /admin/parties/{id}/active": Door(
        lets_in=HOUSE_ADMINS, on="party", more={"id": "P-999999"}
    ),
    "POST /admin/parties/{id}/invite": Door(lets_in=ADMINS, on="party", more={"id": "P-999999"}),
    "POST /admin/invitations/{id}/revoke": Door(
        lets_in=ADMINS, on="invitation", more={"id": "999999"}
    ),
    "POST /admin/members/{id}": Door(lets_in=ADMINS, on="membership", more={"id": "999999"}),
    "POST /admin/members/{id}/end": Door(lets_in=ADMINS, on="membership", more={"id": "999999"}),
    "GET /admin/people": Door(lets_in=HOUSE_ADMINS),
    "GET /admin/people/{id}": Door(lets_in=ADMINS, on="person", more={"id": "U-999999"}),
    "POST /admin/people/{id}/reset": Door(lets_in=ADMINS, on="person", more={"id": "U-999999"}),
    "POST /admin/people/{id}/active": Door(
        lets_in=HOUSE_ADMINS, on="person", more={"id": "U-999999"}
    ),
    "POST /admin/people/{id}/end-sessions": Door(
        lets_in=HOUSE_ADMINS, on="person", more={"id": "U-999999"}
    ),
    "GET /admin/tokens": Door(lets_in=HOUSE_ADMINS),
    "POST /admin/tokens/{key}/end": Door(lets_in=ADMINS, on="token", more={"key": "x"}),
    "GET /admin/sessions": Door(lets_in=HOUSE_ADMINS),
    "GET /admin/installation": Door(lets_in=HOUSE_ADMINS),
    "GET /intake": Door(),
    "POST /intake/deed": Door(lets_in=COORDINATORS, body={}),
    "GET /intake/proofs": Door(lets_in=HOUSE),
    "GET /findings/{finding_id}": Door(on="finding"),
    "GET /findings/{finding_id}/preview": Door(on="finding"),
    "GET /findings/{finding_id}/progress": Door(on="finding", tier=Tier.T2),
    "GET /findings/{finding_id}/reproducer": Door(on="finding", tier=Tier.T3, needs="fetches"),
    "POST /findings/{finding_id}/reproducer/ask": Door(on="finding", needs="fetches", body={}),
    "GET /findings/{finding_id}/reproducer/file": Door(on="reproducer"),
    "GET /validations/{validation_id}/attestation": Door(on="validation", tier=Tier.T2),
    "GET /duplicates": Door(lets_in=HOUSE),
    "GET /duplicates/{one}/{other}": Door(lets_in=HOUSE, on="pair"),
    "POST /duplicates/{one}/{other}/decide": Door(lets_in=COORDINATORS, on="pair"),
    "POST /merges/{proposal_id}": Door(
        lets_in=COORDINATORS, on="proposal", act=Act.MERGE, body={"accept": ""}
    ),
    "GET /submit": Door(),
    "POST /submit": Door(body={}),
    "GET /reports": Door(),
    "GET /reports/{report_id}": Door(on="report"),
    "GET /reports/{report_id}/part": Door(on="report"),
    "GET /cases": Door(),
    "GET /cases/{case_id}": Door(on="case"),
    "GET /cases/{case_id}/timeline": Door(on="case", tier=Tier.T1),
    "GET /cases/{case_id}/files/{file_id}": Door(on="room"),
    "POST /cases/{case_id}/messages": Door(on="case", act=Act.WRITE, body={}),
    "POST /cases/{case_id}/files": Door(on="case", act=Act.ATTACH, body={}),
    "POST /cases/{case_id}/report": Door(on="case", act=Act.DECIDE_REPORT, body={}),
    "POST /cases/{case_id}/events": Door(on="case", act=Act.OBSERVE, body={}),
    "POST /cases/{case_id}/signs": Door(on="case", act=Act.OBSERVE, body={}),
    "POST /cases/{case_id}/promise": Door(on="case", act=Act.OBSERVE, body={}),
    "POST /cases/{case_id}/embargo": Door(on="case", act=Act.PROPOSE_EMBARGO, body={}),
    "POST /cases/{case_id}/embargo/answer": Door(on="case", act=Act.ANSWER_EMBARGO, body={}),
    "POST /cases/{case_id}/policies": Door(on="case", act=Act.END_EMBARGO, body={}),
    "POST /cases/{case_id}/policies/drop": Door(on="case", act=Act.END_EMBARGO, body={}),
    "POST /cases/{case_id}/fixes": Door(on="case", act=Act.ADD_FIX, body={}),
    "POST /cases/{case_id}/credits": Door(on="case", act=Act.CREDIT, body={}),
    "POST /cases/{case_id}/handling-ids": Door(on="case", act=Act.OBSERVE, body={}),
    "POST /cases/{case_id}/handovers": Door(on="case", act=Act.HAND_OVER, body={}),
    "POST /cases/{case_id}/participants": Door(on="case", act=Act.INVITE, body={}),
    "POST /cases/{case_id}/consent": Door(on="case", act=Act.CONSENT, body={}),
    "POST /cases/{case_id}/read-ins": Door(on="case", act=Act.READ_IN, body={}),
    "POST /cases/{case_id}/bars": Door(on="case", act=Act.BAR, body={}),
    "POST /cases/{case_id}/marking": Door(on="case", act=Act.SET_TLP, body={}),
    "POST /cases/{case_id}/wish": Door(on="case", body={}),
    "POST /cases/{case_id}/handovers/{handover_id}/withdraw": Door(
        on="room", act=Act.HAND_OVER, body={}
    ),
    "POST /cases/{case_id}/participants/{number}/tier": Door(on="room", act=Act.INVITE, body={}),
    "POST /cases/{case_id}/participants/{number}/part": Door(on="room", act=Act.INVITE, body={}),
    "POST /cases/{case_id}/participants/{number}/report": Door(
        on="room", act=Act.DECIDE_REPORT, body={}
    ),
    "POST /cases/{case_id}/read-ins/{number}/revoke": Door(on="room", act=Act.READ_IN, body={}),
    "POST /cases/{case_id}/bars/{number}/lift": Door(on="room", act=Act.BAR, body={}),
    "GET /maintainer": Door(),
    "POST /maintainer/handovers/{handover_id}": Door(on="handover", body={}),
    "POST /maintainer/{party_id}/budget": Door(on="capacity", body={}),
    "GET /operator": Door(),
    "POST /operator/systems": Door(body={}),
    "GET /operator/systems/{asset_id}": Door(on="asset"),
    "POST /operator/systems/{asset_id}/sbom": Door(on="asset", needs="owns", body={}),
    "GET /operator/obligations": Door(),
    "GET /operator/obligations/{obligation_id}": Door(on="obligation"),
    "POST /operator/obligations/{obligation_id}": Door(on="obligation", needs="owns", body={}),
    "GET /operator/check": Door(),
    "POST /operator/check": Door(body={}),
    "GET /confirm": Door(),
    "POST /confirm": Door(body={"password": "x"}),
    "POST /confirm/options": Door(),
    "GET /confirm/oidc": Door(on="provider"),
    "GET /reset/{secret}": Door(lets_in=LINK, on="link", more={"secret": "x"}),
    "POST /reset/{secret}": Door(lets_in=LINK, on="link", more={"secret": "x"}),
    "GET /join/{secret}": Door(lets_in=LINK, on="link", more={"secret": "x"}),
    "POST /join/{secret}": Door(lets_in=LINK, on="link", more={"secret": "x"}),
    "POST /join/{secret}/options": Door(lets_in=LINK, on="link", more={"secret": "x"}),
    "GET /join/{secret}/oidc": Door(lets_in=LINK, on="link", more={"secret": "x"}),
}
"""Everything that is no operation of the API."""
