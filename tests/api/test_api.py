"""The REST API: closed but to a token, and every error a problem document."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from findings.reports import seawall_report
from seawall.findings.models import Finding, Receipt, Report
from seawall.parties.actions import issue_token, revoke_token
from seawall.parties.models import Scope
from seawall.vocab.actors import LOCAL

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(home):
    def token(*scopes: Scope) -> str:
        made = issue_token(
            label="", scopes=scopes, life=timedelta(days=1), by=LOCAL, now=timezone.now()
        )
        return made.text

    return token


@pytest.fixture
def client(token) -> Client:
    """A client that may read and submit."""
    return holding(token(Scope.READ, Scope.SUBMIT))


def holding(token: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)


def post(client: Client, data: bytes, url: str = "/api/v1/reports", **more):
    return client.post(url, data, content_type="application/json", **more)


def problem(response) -> dict:
    assert response["Content-Type"] == "application/problem+json"
    document = json.loads(response.content)
    assert document["status"] == response.status_code
    assert document["type"] == "about:blank"
    return document


def test_a_report_is_taken_and_can_be_followed(client):
    response = post(client, seawall_report("One", "Two"))
    assert response.status_code == 201
    made = response.json()
    assert (made["is_new"], len(made["findings"]), made["rejected"]) == (True, 2, [])
    shown = client.get(response["Location"]).json()
    assert shown["id"] == made["report"]
    assert shown["findings"] == made["findings"]
    assert shown["reporters"] == ["Ann Lab"]
    assert shown["provenance"]["tools"] == [{"name": "m-1", "version": "", "kind": "model"}]
    finding = client.get(f"/api/v1/findings/{made['findings'][0]}").json()
    assert (finding["title"], finding["evidence"]["level"]) == ("One", "E0")
    assert finding["content"]["target"] == "pkg:pypi/jinja2@3.1.4"


def test_the_same_bytes_again_are_200_and_the_same_report(client):
    first, second = post(client, seawall_report()), post(client, seawall_report())
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["report"] == second.json()["report"]


def test_a_report_may_come_as_a_form(client):
    file = SimpleUploadedFile("r.json", seawall_report(reporter=""))
    response = client.post("/api/v1/reports", {"file": file, "reporter": "Bob"})
    assert response.status_code == 201
    assert client.get(response["Location"]).json()["reporters"] == ["Bob"]


def test_names_of_strangers_are_kept_on_one_printable_line(client):
    url = "/api/v1/reports?name=a%0Ab%1B.json&reporter=Bob%0A%1B[31m"
    response = post(client, seawall_report(reporter=""), url)
    receipt = Receipt.objects.select_related("reporter").get()
    assert response.status_code == 201
    assert (receipt.sent_as, receipt.reporter.name) == ("a b .json", "Bob [31m")


def test_a_form_without_a_file_says_what_is_missing(client):
    document = problem(client.post("/api/v1/reports", {"reporter": "Bob"}))
    assert (document["status"], document["where"]) == (422, "file")


def test_a_bad_report_is_422_with_what_where_and_how_to_mend_it(client):
    document = problem(post(client, b'{"seawall_report": 9}', name="r.json"))
    assert document["status"] == 422
    assert document["title"] == "Unprocessable Entity"
    assert document["where"] == "/seawall_report"
    assert document["mend"] == "write 1"
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "header",
    [{}, {"Authorization": "Bearer swl_x_y"}, {"Authorization": "Basic YTpi"}, {"X-Token": "x"}],
)
@pytest.mark.parametrize("url", ["/reports", "/findings", "/validations", "/reports/R-2026-000001"])
def test_without_a_token_nothing_is_shown(home, header, url):
    response = Client(headers=header).get(f"/api/v1{url}")
    assert problem(response)["status"] == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_every_operation_needs_a_token(home):
    from seawall.api.root import api

    schema = api.get_openapi_schema()
    operations = [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    assert len(operations) >= 7
    for path, method, operation in operations:
        assert operation.get("security"), f"{method} {path} is open"


def test_the_description_is_made_once_for_each_prefix(home):
    from django.urls import set_script_prefix

    from seawall.api.root import api

    made = api.get_openapi_schema()
    assert api.get_openapi_schema() is made
    set_script_prefix("/below/")
    try:
        assert all(path.startswith("/below/api/v1/") for path in api.get_openapi_schema()["paths"])
    finally:
        set_script_prefix("/")
    assert api.get_openapi_schema() is made


def test_a_revoked_token_opens_nothing(token):
    text = token(Scope.READ)
    assert holding(text).get("/api/v1/reports").status_code == 200
    revoke_token(text.split("_")[1], by=LOCAL, now=timezone.now())
    assert holding(text).get("/api/v1/reports").status_code == 401


def test_a_token_does_only_what_its_scopes_say(token):
    reader, sender = holding(token(Scope.READ)), holding(token(Scope.SUBMIT))
    assert problem(post(reader, seawall_report()))["status"] == 403
    assert post(sender, seawall_report()).status_code == 201
    for url in ("/reports", "/findings", "/validations", "/findings/F-2026-000001"):
        assert problem(sender.get(f"/api/v1{url}"))["status"] == 403
    assert Report.objects.count() == 1


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("get", "/api/v1/nothing", 404),
        ("get", "/api/v1/reports/R-2026-999999", 404),
        ("get", "/api/v1/findings/F-2026-999999", 404),
        ("get", "/api/v1/validations/V-2026-999999", 404),
        ("delete", "/api/v1/reports", 405),
        ("put", "/api/v1/findings/F-2026-000001", 405),
        ("get", "/api/v1/reports?limit=0", 422),
        ("get", "/api/v1/reports?limit=501", 422),
        ("get", "/api/v1/findings?level=E9", 422),
        ("get", "/api/v1/findings?text=a%00b", 400),
        ("get", "/api/v1/reports/R%00", 400),
        ("get", "/api/v1/findings?report=R-2026-999999", 404),
        ("get", "/api/v1/findings?before=99999999999999999999999", 422),
    ],
)
def test_every_error_is_a_problem_document(client, method, url, status):
    assert problem(getattr(client, method)(url))["status"] == status


def test_a_wrong_method_names_the_right_ones(client):
    allowed = client.delete("/api/v1/reports")["Allow"]
    assert sorted(allowed.split(", ")) == ["GET", "POST"]


def test_too_large_a_body_is_413(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert problem(post(client, b"x" * 101))["status"] == 413


def test_a_foreign_host_name_is_400(client):
    assert problem(client.get("/healthz", headers={"Host": "evil.example"}))["status"] == 400


def test_what_breaks_inside_says_nothing_of_the_inside(client, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("seawall.findings.access.reports", broken)
    response = client.get("/api/v1/reports")
    assert problem(response)["status"] == 500
    assert b"secret detail" not in response.content


def test_a_list_goes_on_where_it_ended(client):
    for number in range(5):
        post(client, seawall_report(f"Finding {number}"))
    seen, url = [], "/api/v1/findings?limit=2"
    for _ in range(3):
        page = client.get(url).json()
        seen.append([item["title"] for item in page["items"]])
        url = f"/api/v1/findings?limit=2&before={page['next']}"
    assert seen == [["Finding 4", "Finding 3"], ["Finding 2", "Finding 1"], ["Finding 0"]]
    assert page["next"] is None


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("url", "queries"), [("reports", 8), ("findings", 6), ("validations", 2)])
def test_a_list_takes_a_fixed_number_of_queries(
    client, count, url, queries, django_assert_num_queries
):
    for number in range(count):
        post(client, seawall_report(f"Finding {number}", identifiers=[f"CVE-2024-000{number}"]))
    with django_assert_num_queries(queries):
        response = client.get(f"/api/v1/{url}")
    assert response.status_code == 200
    assert len(response.json()["items"]) == (0 if url == "validations" else count)


def test_findings_are_narrowed(client):
    post(client, seawall_report("One", "Two", identifiers=["CVE-2024-56326"]))

    def titles(query: str) -> list[str]:
        return [item["title"] for item in client.get(f"/api/v1/findings?{query}").json()["items"]]

    assert titles("identifier=CVE-2024-56326") == ["One"]
    assert titles("text=two") == ["Two"]
    assert titles("level=E1") == []
    assert titles("verdict=forged") == []
    assert titles("distinct=true&target=pkg:pypi/jinja2") == ["Two", "One"]
    assert Finding.objects.count() == 2


def test_health_needs_no_token_and_says_when_the_database_is_gone(monkeypatch):
    client = Client()
    assert client.get("/healthz").json() == {"status": "ok"}

    def gone():
        raise DatabaseError("password=…")

    monkeypatch.setattr("seawall.api.health.connection.cursor", gone)
    response = client.get("/healthz")
    assert problem(response)["status"] == 503
    assert b"password" not in response.content


def test_the_documentation_needs_nothing_from_elsewhere():
    client = Client()
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert b"http" not in page.content
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "swagger-ui-init.js"):
        assert f"/static/ninja/{name}".encode() in page.content
        response = client.get(f"/static/ninja/{name}")
        assert response.status_code == 200
        response.close()
    assert client.get("/static/ninja/../../conf.py").status_code == 400
    schema = client.get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.")
    assert set(schema["paths"]["/api/v1/reports"]) == {"get", "post"}


def test_the_front_door_leads_to_the_documentation(client):
    assert 'href="/api/v1/docs"' in client.get("/").content.decode()
