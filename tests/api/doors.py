"""Clients that hold tokens, and what the tests of the API send."""

import json
from typing import Any

from django.test import Client

ROOT = "/api/v1"
JINJA = "pkg:pypi/jinja2@3.1.4"
CVE = "CVE-2024-56326"
SCORE = "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"
DIFF = b"--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n"


class Door:
    """A client of the API: addresses are relative to /api/v1, answers are parsed."""

    def __init__(self, token: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.client = Client(headers=headers, raise_request_exception=False)

    def call(self, method: str, url: str, body: Any = None, kind: str = "application/json") -> Any:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        send = getattr(self.client, method)
        if method == "get":
            return send(ROOT + url)
        return send(ROOT + url, data, content_type=kind)

    def get(self, url: str, status: int = 200) -> Any:
        return answer(self.call("get", url), status)

    def post(self, url: str, body: Any = None, status: int = 200) -> Any:
        return answer(self.call("post", url, body), status)

    def put(self, url: str, body: Any = None, status: int = 200) -> Any:
        return answer(self.call("put", url, body), status)


def answer(response: Any, status: int) -> Any:
    """The JSON of a response, which has that status and, as an error, the form of one."""
    document = json.loads(response.content)
    assert response.status_code == status, document
    if status >= 400:
        assert response["Content-Type"] == "application/problem+json"
        assert (document["status"], document["type"]) == (status, "about:blank")
    return document


def sbom(*purls: str) -> dict[str, Any]:
    components = [
        {
            "type": "library",
            "bom-ref": purl,
            "name": purl.split("/")[1].split("@")[0],
            "version": purl.split("@")[1],
            "purl": purl,
        }
        for purl in purls
    ]
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}


def osv(identifier: str = CVE, package: str = "jinja2", fixed: str = "3.1.5") -> dict[str, Any]:
    return {
        "schema_version": "1.6.0",
        "id": identifier,
        "modified": "2026-11-01T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": package},
                "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}
                ],
            }
        ],
    }


def kev(*cves: str) -> dict[str, Any]:
    return {
        "title": "CISA Catalog of Known Exploited Vulnerabilities",
        "catalogVersion": "2026.11.20",
        "dateReleased": "2026-11-20T00:00:00.0000Z",
        "count": len(cves),
        "vulnerabilities": [
            {
                "cveID": cve,
                "vendorProject": "Pallets",
                "product": "Jinja",
                "vulnerabilityName": "Sandbox escape",
                "dateAdded": "2026-11-20",
                "shortDescription": "",
                "requiredAction": "Update.",
                "dueDate": "2026-12-11",
                "knownRansomwareCampaignUse": "Unknown",
                "notes": "",
                "cwes": [],
            }
            for cve in cves
        ],
    }


def ssvc(cve: str, *, automatable: str = "yes", impact: str = "total") -> dict[str, Any]:
    options = [{"Exploitation": "poc"}, {"Automatable": automatable}, {"Technical Impact": impact}]
    content = {"id": cve, "options": options, "role": "CISA Coordinator", "version": "2.0.3"}
    return {"id": cve, "adp": [{"metrics": [{"other": {"type": "ssvc", "content": content}}]}]}
