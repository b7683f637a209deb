"""Submissions of reasoning systems: run, joined, polled, each party's own."""

import base64
import json
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from api.doors import Door, answer
from cases.casework import prove, refute
from notices.world import member, party, work
from seawall.cases.actions import open_case
from seawall.cases.models import CandidateFix, Verification
from seawall.cases.read_ins import bar
from seawall.findings.files import content
from seawall.findings.models import Finding, Report
from seawall.parties.actions import issue_token
from seawall.parties.models import Membership, Scope
from seawall.proofs.reader import read_reproducer_archive
from seawall.relays.models import Bundle, Submission, Task
from seawall.vocab.access import MemberRole
from seawall.vocab.actors import LOCAL
from validation.records import NOON

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
TARGET = "pkg:pypi/cmarkgfm@0.7.0"
TEMPLATE = (
    (ROOT / "docs/examples/native/reproducer.toml")
    .read_text()
    .replace("columns.md", "testcase")
    .partition("[control]")[0]
)
DIFF = b"--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n"
SARIF = {
    "version": "2.1.0",
    "runs": [
        {
            "tool": {"driver": {"name": "crs"}},
            "results": [{"ruleId": "CWE-787", "message": {"text": "Out of bounds write"}}],
        }
    ],
}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def pov(testcase: bytes = b"| a |", fuzzer: str = "table") -> dict[str, str]:
    return {
        "architecture": "x86_64",
        "engine": "libfuzzer",
        "fuzzer_name": fuzzer,
        "sanitizer": "address",
        "testcase": b64(testcase),
    }


def token_of(name: str) -> str:
    person = member(party(name), f"{name}bot")
    made = issue_token(
        label="",
        scopes=[Scope.READ, Scope.SUBMIT],
        life=timedelta(days=1),
        membership=Membership.objects.get(person=person),
        by=LOCAL,
        now=timezone.now(),
    )
    return made.text


@pytest.fixture
def crs(home) -> Door:
    return Door(token_of("Team"))


@pytest.fixture
def task(coordinator) -> str:
    body = {"label": "Tables", "target": TARGET, "templates": {"table": TEMPLATE}}
    made = answer(coordinator.call("post", "/aixcc/tasks", body), 201)
    assert made["fuzzers"] == ["table"]
    return f"/aixcc/v1/task/{made['id']}"


def test_a_proof_becomes_a_report_with_a_reproducer_that_can_be_run(crs, task):
    made = crs.post(f"{task}/pov/", pov())
    assert made["status"] == "accepted"
    assert crs.get(f"{task}/pov/{made['pov_id']}/") == made
    report = Report.objects.get()
    assert [r.reporter.name for r in report.receipts.all()] == ["Team"]
    (row,) = report.findings.all()
    assert (row.target, row.title) == (TARGET, "address sanitizer fires in table")
    bundle = read_reproducer_archive(content(row.reproducer))
    assert bundle.files["testcase"] == b"| a |"


@pytest.mark.parametrize(("judge", "status"), [(prove, "passed"), (refute, "failed")])
def test_its_status_is_that_of_its_validation(crs, task, judge, status):
    made = crs.post(f"{task}/pov/", pov())
    judge(Finding.objects.get())
    assert crs.get(f"{task}/pov/{made['pov_id']}/")["status"] == status


def test_a_proof_that_nothing_says_how_to_run_is_inconclusive(crs, task):
    made = crs.post(f"{task}/pov/", pov(fuzzer="another"))
    assert made["status"] == "inconclusive"
    (kept,) = Report.objects.get().attachments.all()
    assert content(kept) == b"| a |"


def test_the_same_proof_twice_is_one(crs, task):
    first, second = crs.post(f"{task}/pov/", pov()), crs.post(f"{task}/pov/", pov())
    other = crs.post(f"{task}/pov/", pov(b"| b |"))
    assert first == second != other
    assert Submission.objects.count() == Report.objects.count() == 2


def test_what_comes_after_the_deadline_is_noted_and_not_run(crs, task):
    Task.objects.update(deadline_at=timezone.now() - timedelta(seconds=1))
    made = crs.post(f"{task}/pov/", pov())
    patched = crs.post(f"{task}/patch/", {"patch": b64(DIFF)})
    assert (made["status"], patched["status"]) == ("deadline_exceeded", "deadline_exceeded")
    assert Report.objects.count() == 0


def test_a_patch_is_tried_once_a_bundle_names_its_proof(crs, task):
    proof = crs.post(f"{task}/pov/", pov())
    patch = crs.post(f"{task}/patch/", {"patch": b64(DIFF)})
    assert patch["status"] == "accepted" and patch["functionality_tests_passing"] is None
    log = crs.post(f"{task}/submitted-sarif/", {"sarif": SARIF})
    body = {"pov_id": proof["pov_id"], "patch_id": patch["patch_id"]}
    bundle = crs.post(f"{task}/bundle/", body | {"submitted_sarif_id": log["submitted_sarif_id"]})
    assert bundle["status"] == "accepted"
    now = timezone.now()
    assert work(now, ("aixcc.join",)) == ["aixcc.join postponed"]
    row = Finding.objects.filter(report__submission__kind="pov").get()
    prove(row)
    case = open_case(row, by=LOCAL, now=NOON)
    work(now + timedelta(minutes=3), ("aixcc.join",))
    fix = CandidateFix.objects.get(case=case)
    assert fix.diff_digest or fix.version == ""
    for outcome, status, works in [
        ("ineffective", "failed", None),
        ("breaks", "failed", False),
        ("error", "errored", None),
        ("verified", "passed", True),
    ]:
        Verification.objects.create(fix=fix, outcome=outcome, record={}, recorded_at=NOON)
        polled = crs.get(f"{task}/patch/{patch['patch_id']}/")
        assert (polled["status"], polled["functionality_tests_passing"]) == (status, works)
        assert crs.get(f"{task}/bundle/{bundle['bundle_id']}/")["status"] == status


def test_a_party_that_is_barred_adds_no_patch_to_the_case(crs, task):
    proof = crs.post(f"{task}/pov/", pov())
    patch = crs.post(f"{task}/patch/", {"patch": b64(DIFF)})
    row = Finding.objects.filter(report__submission__kind="pov").get()
    prove(row)
    case = open_case(row, by=LOCAL, now=NOON)
    sender = Submission.objects.get(kind="patch").party
    bar(case, sender, reason="Works for a rival.", by=LOCAL, now=NOON)
    crs.post(f"{task}/bundle/", {"pov_id": proof["pov_id"], "patch_id": patch["patch_id"]})
    assert work(timezone.now(), ("aixcc.join",)) == ["aixcc.join done"]
    assert not CandidateFix.objects.exists()


def test_a_patch_is_kept_sealed(crs, task):
    crs.post(f"{task}/patch/", {"patch": b64(DIFF)})
    row = Submission.objects.get()
    assert b"x.c" not in bytes(row.diff)


def test_sarif_becomes_findings(crs, task):
    made = crs.post(f"{task}/submitted-sarif/", {"sarif": SARIF})
    assert made["status"] == "accepted"
    assert Report.objects.get().format == "sarif"
    crs.post(f"{task}/submitted-sarif/", {"sarif": {"version": "1"}}, status=422)


def test_a_bundle_can_be_changed(crs, task):
    proof = crs.post(f"{task}/pov/", pov())
    body = {"pov_id": proof["pov_id"], "description": "It overflows."}
    made = crs.post(f"{task}/bundle/", body)
    path = f"{task}/bundle/{made['bundle_id']}/"
    changed = answer(crs.call("patch", path, {"description": "It overflows twice."}), 200)
    assert changed == made | {"description": "It overflows twice."}
    answer(crs.call("patch", path, {"pov_id": ""}), 422)
    assert crs.get(path) == changed


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("pov/", pov(b"x" * (2 << 20) + b"y")),
        ("pov/", pov() | {"testcase": "not base64"}),
        ("pov/", pov() | {"testcase": ""}),
        ("pov/", pov() | {"fuzzer_name": ""}),
        ("patch/", {"patch": b64(b"x" * (101 << 10))}),
        ("patch/", {"patch": b64(b"no diff")}),
        ("bundle/", {}),
        ("bundle/", {"description": "alone"}),
    ],
)
def test_what_cannot_be_used_is_refused(crs, task, path, body):
    crs.post(f"{task}/{path}", body, status=422)
    assert (Submission.objects.count(), Bundle.objects.count()) == (0, 0)


def test_who_only_reads_submits_nothing(home, task):
    viewer = Door(token_of("Team"))
    Membership.objects.update(role=MemberRole.VIEWER.value)
    for path, body in [
        ("pov/", pov()),
        ("patch/", {"patch": b64(DIFF)}),
        ("submitted-sarif/", {"sarif": SARIF}),
    ]:
        viewer.post(f"{task}/{path}", body, status=403)
    assert (Submission.objects.count(), Report.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "deadline",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2020-01-01T00:00:00Z", "soon"],
)
def test_a_deadline_that_is_none_is_refused(coordinator, deadline):
    body = {"label": "x", "target": TARGET, "deadline": deadline}
    coordinator.post("/aixcc/tasks", body, status=422)
    assert Task.objects.count() == 0


def test_a_task_with_a_deadline_is_made(coordinator):
    at = (timezone.now() + timedelta(days=1)).isoformat()
    body = {"label": "x", "target": TARGET, "deadline": at}
    assert answer(coordinator.call("post", "/aixcc/tasks", body), 201)["deadline"]


def test_another_party_s_submission_is_as_absent_as_one_that_never_was(crs, task, coordinator):
    mine = crs.post(f"{task}/pov/", pov())["pov_id"]
    other = Door(token_of("Other"))
    none = str(uuid.uuid4())
    hidden = other.call("get", f"{task}/pov/{mine}/")
    absent = other.call("get", f"{task}/pov/{none}/")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content.replace(mine.encode(), b"") == absent.content.replace(none.encode(), b"")
    other.post(f"{task}/bundle/", {"pov_id": mine, "description": "mine now"}, status=404)
    crs.get(f"{task}/patch/{mine}/", status=404)


def test_clients_of_the_competition_may_use_basic_authentication_there_only(home, task):
    secret = token_of("Team")
    basic = "Basic " + b64(f"key-id:{secret}".encode())
    client = Client(headers={"Authorization": basic})
    assert client.get("/api/v1/aixcc/v1/ping/").json() == {"status": "ready"}
    sent = client.post(f"/api/v1{task}/pov/", json.dumps(pov()), content_type="application/json")
    assert sent.status_code == 200
    assert client.get("/api/v1/reports").status_code == 401
    for wrong in ("Basic !", "Basic " + b64(b"x:swl_a_b"), "Basic " + b64(b"\xff"), "Basic "):
        refused = Client(headers={"Authorization": wrong}).get("/api/v1/aixcc/v1/ping/")
        assert refused.status_code == 401


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_of_tasks_takes_a_fixed_number_of_queries(
    coordinator, reader, count, django_assert_num_queries
):
    for number in range(count):
        body = {"label": f"Task {number}", "target": TARGET}
        answer(coordinator.call("post", "/aixcc/tasks", body), 201)
    with django_assert_num_queries(2):
        assert len(reader.get("/aixcc/tasks")["items"]) == count
