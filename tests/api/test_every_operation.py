"""What holds for every operation of the API, whatever it does."""

import re

import pytest

from api.doors import CVE, DIFF, JINJA, answer, kev, osv, sbom, ssvc
from seawall.api.root import api
from seawall.ledger.models import Event
from seawall.parties.models import Scope

pytestmark = pytest.mark.django_db

PAIR = {"one": "F-2026-999998", "other": "F-2026-999999", "because": "So."}
PARTS = {
    "id": "C-2026-999999",
    "name": "x.json",
    "file": "FILE-2026-999999",
    "number": "999",
    "voice": "lab",
    "folder": "ab" * 16,
}
PARTS |= dict.fromkeys(("pov", "patch", "bundle"), "00000000-0000-4000-8000-000000000000")
POV = {
    "architecture": "x86_64",
    "engine": "libfuzzer",
    "fuzzer_name": "fuzz",
    "sanitizer": "address",
    "testcase": "LQ==",
}
PINNED = {"model": "m", "version": "1", "safeguards": "none"}
TERMS = dict.fromkeys(
    (
        "confidentiality",
        "cybersecurity",
        "insider_risk",
        "intellectual_property",
        "permitted_use",
        "deletion",
    ),
    "agreed",
) | {"retain_days": 30}
GRANT = {
    "submission": "M-2026-999999",
    "partner": "T-2026-999999",
    "purpose": "So.",
    "starts_at": "2026-12-01T00:00:00Z",
    "ends_at": "2026-12-02T00:00:00Z",
}
DRAFT = {
    "pinned": PINNED,
    "terms": TERMS,
    "partner_release_at": "2026-12-01T00:00:00Z",
    "public_release_at": "2026-12-11T00:00:00Z",
}
READ, SUBMIT, COORDINATE = Scope.READ, Scope.SUBMIT, Scope.COORDINATE

# Each operation with the scope that it needs and a body that it would take.
OPERATIONS = {
    "post /reports": (SUBMIT, b"{}"),
    "get /reports": (READ, None),
    "get /reports/{id}": (READ, None),
    "get /findings": (READ, None),
    "get /findings/{id}": (READ, None),
    "post /duplicates": (COORDINATE, PAIR),
    "post /duplicates/undo": (COORDINATE, PAIR),
    "get /validations": (READ, None),
    "get /validations/{id}": (READ, None),
    "get /cases": (READ, None),
    "post /cases": (COORDINATE, {"finding": "F-2026-999999"}),
    "get /cases/{id}": (READ, None),
    "post /cases/{id}/report": (COORDINATE, {"step": "accept"}),
    "post /cases/{id}/events": (COORDINATE, {"event": "V"}),
    "post /cases/{id}/embargo": (COORDINATE, {"step": "accept"}),
    "post /cases/{id}/fixes": (COORDINATE, {"version": "2"}),
    "post /cases/{id}/fixes/diff": (COORDINATE, DIFF),
    "get /cases/{id}/timeline": (READ, None),
    "get /cases/{id}/messages": (READ, None),
    "post /cases/{id}/messages": (SUBMIT, {"text": "Hello."}),
    "get /cases/{id}/files": (READ, None),
    "post /cases/{id}/files": (SUBMIT, b"x"),
    "get /cases/{id}/files/{file}": (READ, None),
    "get /cases/{id}/participants": (READ, None),
    "post /cases/{id}/participants": (COORDINATE, {"party": "P-1", "part": "vendor"}),
    "post /cases/{id}/participants/{number}/tier": (COORDINATE, {"tier": "T1"}),
    "post /cases/{id}/participants/{number}/report": (COORDINATE, {"step": "accept"}),
    "post /cases/{id}/participants/{number}/part": (COORDINATE, None),
    "post /cases/{id}/participants/{number}/leave": (COORDINATE, None),
    "post /cases/{id}/consent": (COORDINATE, {"party": "P-1"}),
    "get /cases/{id}/read-ins": (READ, None),
    "post /cases/{id}/read-ins": (
        COORDINATE,
        {"party": "P-1", "tier": "T1", "reason": "So.", "until": "2026-12-01T00:00:00Z"},
    ),
    "post /cases/{id}/read-ins/{number}/revoke": (COORDINATE, None),
    "get /cases/{id}/bars": (READ, None),
    "post /cases/{id}/bars": (COORDINATE, {"party": "P-1", "reason": "So."}),
    "post /cases/{id}/bars/{number}/lift": (COORDINATE, None),
    "post /cases/{id}/marking": (COORDINATE, {"tlp": "TLP:AMBER"}),
    "get /cases/{id}/clocks": (READ, None),
    "post /cases/{id}/policies": (COORDINATE, {"policy": "cert-cc"}),
    "post /cases/{id}/policies/drop": (COORDINATE, {"policy": "cert-cc"}),
    "post /cases/{id}/signs": (COORDINATE, {"sign": "leak"}),
    "post /cases/{id}/promise": (COORDINATE, {"at": None}),
    "get /cases/{id}/credits": (READ, None),
    "post /cases/{id}/credits": (COORDINATE, {"name": "Ann", "role": "finder", "wish": "named"}),
    "post /cases/{id}/credits/wish": (SUBMIT, {"wish": "named"}),
    "post /cases/{id}/credits/{number}/drop": (COORDINATE, None),
    "get /cases/{id}/handling-ids": (READ, None),
    "post /cases/{id}/handling-ids": (COORDINATE, {"system": "JVN", "text": "1"}),
    "post /cases/{id}/handling-ids/{number}/drop": (COORDINATE, None),
    "get /cases/{id}/hops": (READ, None),
    "get /cases/{id}/readiness": (READ, None),
    "post /cases/{id}/handovers": (COORDINATE, {"vendor": "P-1"}),
    "get /handovers": (READ, None),
    "get /handovers/{id}": (READ, None),
    "post /handovers/{id}": (COORDINATE, {"answer": "acknowledge"}),
    "get /capacity/{id}": (READ, None),
    "post /capacity/{id}": (COORDINATE, {"per_week": 2}),
    "get /capacity/{id}/raw-feed": (READ, None),
    "get /merges": (READ, None),
    "get /merges/{id}": (READ, None),
    "post /merges/{id}": (COORDINATE, {"accept": True}),
    "get /advisories": (READ, None),
    "post /advisories": (COORDINATE, {"case": "C-2026-999999"}),
    "post /advisories/validate": (READ, osv()),
    "get /advisories/{id}": (READ, None),
    "get /advisories/{id}/documents/{name}": (READ, None),
    "get /advisories/{id}/release": (READ, None),
    "post /advisories/{id}/publish": (COORDINATE, None),
    "get /assets": (READ, None),
    "post /assets": (COORDINATE, {"owner": "Agency", "name": "portal"}),
    "get /assets/{id}": (READ, None),
    "put /assets/{id}/sbom": (COORDINATE, sbom(JINJA)),
    "get /assets/{id}/exposures": (READ, None),
    "post /checks": (READ, sbom(JINJA)),
    "get /obligations": (READ, None),
    "get /obligations/{id}": (READ, None),
    "post /obligations/{id}/close": (COORDINATE, {"as": "mitigated", "evidence": "WAF rule"}),
    "get /catalogue": (READ, None),
    "post /catalogue/advisories": (COORDINATE, osv()),
    "post /catalogue/kev": (COORDINATE, kev(CVE)),
    "post /catalogue/ssvc": (COORDINATE, ssvc(CVE)),
    "get /claims": (READ, None),
    "post /claims": (SUBMIT, {"target": JINJA, "model": "m", "party": "P-1"}),
    "get /claims/coverage": (READ, None),
    "get /claims/{id}": (READ, None),
    "post /claims/{id}/renew": (SUBMIT, {"until_at": "2026-12-01T00:00:00Z"}),
    "post /claims/{id}/release": (SUBMIT, {"because": "Done."}),
    "post /claims/{id}/finish": (SUBMIT, {"because": "Done."}),
    "get /submissions": (READ, None),
    "get /submissions/regimes": (READ, None),
    "post /submissions": (SUBMIT, DRAFT),
    "get /submissions/{id}": (READ, None),
    "get /submissions/{id}/head-start": (READ, None),
    "put /submissions/{id}": (SUBMIT, DRAFT),
    "post /submissions/{id}/submit": (SUBMIT, None),
    "post /submissions/{id}/evidence": (SUBMIT, {"id": "code", "digest": "ab" * 32}),
    "post /submissions/{id}/share": (COORDINATE, {"parts": ["verdict"]}),
    "post /submissions/{id}/window/open": (SUBMIT, None),
    "post /submissions/{id}/window/close": (COORDINATE, None),
    "post /submissions/{id}/withdraw": (SUBMIT, {"because": "So."}),
    "post /submissions/{id}/release": (SUBMIT, None),
    "post /submissions/{id}/delete": (COORDINATE, None),
    "post /evaluations": (
        COORDINATE,
        {"submission": "M-2026-999999", "bank": "practice", "bank_root": "ab" * 32},
    ),
    "get /evaluations/{id}": (READ, None),
    "get /evaluations/{id}/statistics": (READ, None),
    "get /evaluations/{id}/problems": (READ, None),
    "post /evaluations/{id}/nonces/{voice}/commit": (COORDINATE, {"commitment": "ab" * 32}),
    "post /evaluations/{id}/nonces/{voice}/reveal": (COORDINATE, {"nonce": "ab" * 32}),
    "post /evaluations/{id}/determine": (COORDINATE, {"verdict": "undecided"}),
    "get /partners": (READ, None),
    "post /partners": (SUBMIT, {"lab": "P-1", "kind": "hospital", "statement": "So."}),
    "get /partners/{id}": (READ, None),
    "post /partners/{id}/criteria": (COORDINATE, {"id": "mission", "met": True}),
    "post /partners/{id}/select": (COORDINATE, {"voice": "lab", "yes": True}),
    "post /partners/{id}/appeal": (SUBMIT, {"because": "So."}),
    "post /partners/{id}/renew": (COORDINATE, None),
    "post /partners/{id}/revoke": (COORDINATE, {"because": "So."}),
    "post /partners/{id}/withdraw": (SUBMIT, None),
    "get /grants": (READ, None),
    "post /grants": (COORDINATE, GRANT),
    "get /grants/{id}": (READ, None),
    "post /grants/{id}/approve": (COORDINATE, None),
    "post /grants/{id}/keys": (SUBMIT, {"binding": "dpop", "thumbprint": "A" * 43}),
    "post /grants/{id}/keys/{number}/revoke": (COORDINATE, None),
    "post /grants/{id}/suspend": (COORDINATE, {"because": "So."}),
    "post /grants/{id}/resume": (COORDINATE, None),
    "post /grants/{id}/revoke": (COORDINATE, {"because": "So."}),
    "post /grants/{id}/reports": (SUBMIT, {"report": "R-2026-999999"}),
    "get /matches": (READ, None),
    "post /matches": (SUBMIT, {"with": "P-2", "party": "P-1"}),
    "get /matches/{id}": (READ, None),
    "put /matches/{id}/points": (SUBMIT, {"data": ""}),
    "get /matches/{id}/points": (SUBMIT, None),
    "put /matches/{id}/answer": (SUBMIT, {"data": ""}),
    "get /matches/{id}/answer": (SUBMIT, None),
    "post /matches/{id}/end": (SUBMIT, {"because": "No."}),
    "get /approvals": (READ, None),
    "post /approvals": (COORDINATE, {"what": "shredding", "on": "C-2026-999999"}),
    "get /approvals/{id}": (READ, None),
    "get /me": (READ, None),
    "get /ledger/root": (READ, None),
    "get /ledger/inclusion": (READ, None),
    "get /ledger/consistency": (READ, None),
    "get /ledger/verify": (READ, None),
    "get /aixcc/v1/ping/": (SUBMIT, None),
    "get /aixcc/tasks": (READ, None),
    "post /aixcc/tasks": (COORDINATE, {"label": "x", "target": JINJA}),
    "post /aixcc/v1/task/{id}/pov/": (SUBMIT, POV),
    "get /aixcc/v1/task/{id}/pov/{pov}/": (SUBMIT, None),
    "post /aixcc/v1/task/{id}/patch/": (SUBMIT, {"patch": "LQ=="}),
    "get /aixcc/v1/task/{id}/patch/{patch}/": (SUBMIT, None),
    "post /aixcc/v1/task/{id}/submitted-sarif/": (SUBMIT, {"sarif": {}}),
    "post /aixcc/v1/task/{id}/bundle/": (SUBMIT, {"description": "x"}),
    "get /aixcc/v1/task/{id}/bundle/{bundle}/": (SUBMIT, None),
    "patch /aixcc/v1/task/{id}/bundle/{bundle}/": (SUBMIT, {"description": "x"}),
    "get /webhooks": (READ, None),
    "post /webhooks": (COORDINATE, {"url": "https://hooks.example/in"}),
    "get /webhooks/{id}": (READ, None),
    "post /webhooks/{id}/rotate": (COORDINATE, None),
    "post /webhooks/{id}/test": (COORDINATE, None),
    "post /webhooks/{id}/remove": (COORDINATE, None),
    "get /client-keys": (READ, None),
    "post /client-keys": (
        SUBMIT,
        {"public_key": "ab" * 32, "name": "gateway", "proof": "", "party": "P-1"},
    ),
    "post /client-keys/{id}/revoke": (SUBMIT, None),
    "get /receipts": (READ, None),
    "post /receipts": (SUBMIT, b"{}"),
    "get /receipts/{id}": (READ, None),
    "get /feed": (READ, None),
    "get /feed/times": (READ, None),
    "get /deliveries": (READ, None),
    "get /deliveries/{id}": (READ, None),
    "get /deliveries/{id}/file": (READ, None),
    "get /restricted/metadata/{name}": (READ, None),
    "get /restricted/targets/{folder}/{name}": (READ, None),
}
_QUERIES = {
    "/cases/{id}/files": "?name=x.txt",
    "/claims/coverage": f"?target={JINJA}",
    "/ledger/inclusion": "?index=0",
    "/ledger/consistency": "?old=1",
}


def documented() -> dict[str, dict]:
    paths = api.get_openapi_schema()["paths"]
    return {
        f"{method} {path.removeprefix('/api/v1')}": operation
        for path, operations in paths.items()
        for method, operation in operations.items()
    }


def call(door, operation: str):
    method, path = operation.split()
    url = re.sub(r"\{(\w+)\}", lambda part: PARTS[part[1]], path) + _QUERIES.get(path, "")
    return door.call(method, url, OPERATIONS[operation][1])


def test_the_table_of_this_file_has_every_operation(home):
    assert sorted(documented()) == sorted(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_it_documents_its_token_and_its_problems(home, operation):
    said = documented()[operation]
    assert said["security"] == [{"TokenAuth": []}]
    assert said["summary"] and said["description"]
    wanted = {400, 401, 403}
    wanted |= {404} if "{" in operation else set()
    wanted |= {413, 422} if OPERATIONS[operation][1] and operation[:4] != "get " else set()
    assert wanted <= set(said["responses"])
    for status, response in said["responses"].items():
        if status >= 400:
            assert set(response["content"]) == {"application/problem+json"}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_without_a_token_it_is_401(door, operation):
    assert "token" in answer(call(door(), operation), 401)["detail"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_with_every_other_scope_it_is_403_and_nothing_happens(door, operation):
    needed = OPERATIONS[operation][0]
    other = door(*(scope for scope in Scope if scope is not needed))
    events = Event.objects.count()
    assert needed in answer(call(other, operation), 403)["detail"]
    assert Event.objects.count() == events


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if "{id}" in each])
@pytest.mark.parametrize("id", ["C-2026-999999", "M-9", "A-0", "O-99999999999999999999", "x", "²"])
def test_what_does_not_exist_is_404_whatever_it_is_called(door, monkeypatch, operation, id):
    monkeypatch.setitem(PARTS, "id", id)
    assert answer(call(door(*Scope), operation), 404)["title"] == "Not Found"


@pytest.mark.parametrize("path", sorted({each.split()[1] for each in OPERATIONS}))
def test_a_method_that_is_not_offered_is_405(door, path):
    url = path.format(**PARTS)
    offered = {each.split()[0].upper() for each in OPERATIONS if each.split()[1] == path}
    response = door(*Scope).call("delete", url)
    answer(response, 405)
    # /advisories/validate is an address of /advisories/{id} as well.
    assert offered <= {each.strip() for each in response["Allow"].split(",")}


@pytest.mark.parametrize(
    "operation", [each for each, (_, body) in OPERATIONS.items() if isinstance(body, dict)]
)
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"finding": 1}', b"[" * 5000, b'{"finding": "\\u0000"}'],
)
def test_a_body_that_is_no_such_thing_is_refused_in_words(door, operation, body):
    method, path = operation.split()
    response = door(*Scope).call(method, path.format(**PARTS), body)
    if response.status_code == 200:
        assert (operation, body) == ("post /catalogue/advisories", b"[]")
        return
    assert answer(response, response.status_code)["status"] in (400, 404, 409, 422)


def test_the_document_is_a_whole_openapi_document(reader):
    schema = reader.get("/openapi.json")
    assert schema["openapi"].startswith("3.")
    assert schema["components"]["securitySchemes"]["TokenAuth"]["scheme"] == "bearer"
    references = set(re.findall(r'"#/components/schemas/(\w+)"', str(schema).replace("'", '"')))
    assert references <= set(schema["components"]["schemas"])
    names = [said["operationId"] for said in documented().values()]
    assert len(names) == len(set(names))
