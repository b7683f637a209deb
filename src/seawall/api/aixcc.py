"""/aixcc: proofs, patches, SARIF and bundles of AI cyber reasoning systems, as AIxCC's
competition API takes them. Its clients use `…/api/v1/aixcc` as the address of the API."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from seawall.api.auth import caller, house_member
from seawall.formats.aixcc import MAX_TESTCASE, Pov, read_base64
from seawall.relays import aixcc
from seawall.relays.models import Bundle, Submission, Task
from seawall.vocab.actors import Actor

router = Router(tags=["aixcc"])
_WORD = 4096


class TaskIn(Schema):
    """`templates`: for each fuzzer a reproducer.toml that runs the file `testcase`."""

    label: str = Field(min_length=1, max_length=200)
    target: str = Field(min_length=1, max_length=500, description="A purl with version.")
    deadline: AwareDatetime | None = None
    templates: dict[str, str] = Field(default={}, max_length=100)


class TaskOut(Schema):
    id: str
    label: str
    target: str
    deadline: datetime | None
    fuzzers: list[str]


class TaskList(Schema):
    items: list[TaskOut]


class TaskQuery(Schema):
    limit: int = Field(default=50, ge=1, le=500)


class PovIn(Schema):
    architecture: str = Field(max_length=_WORD)
    engine: str = Field(max_length=_WORD)
    fuzzer_name: str = Field(min_length=1, max_length=_WORD)
    sanitizer: str = Field(min_length=1, max_length=_WORD)
    testcase: str = Field(description="Base64; at most 2 MiB before that.")


class PovOut(Schema):
    pov_id: str
    status: str


class PatchIn(Schema):
    patch: str = Field(description="A unified diff in base64; at most 100 KiB before that.")


class PatchOut(Schema):
    patch_id: str
    status: str
    functionality_tests_passing: bool | None


class SarifIn(Schema):
    sarif: dict[str, Any]


class SarifOut(Schema):
    submitted_sarif_id: str
    status: str


class BundleIn(Schema):
    pov_id: str = ""
    patch_id: str = ""
    submitted_sarif_id: str = ""
    description: str = Field(default="", max_length=100_000)


class BundleChange(Schema):
    """Only what is given is changed; "" takes a part out."""

    pov_id: str | None = None
    patch_id: str | None = None
    submitted_sarif_id: str | None = None
    description: str | None = Field(default=None, max_length=100_000)


class BundleOut(Schema):
    bundle_id: str
    status: str
    pov_id: str
    patch_id: str
    submitted_sarif_id: str
    description: str


class PingOut(Schema):
    status: str


@router.get("/v1/ping/", response=PingOut)
def ping(request: HttpRequest) -> Any:
    """Whether the caller's token may submit."""
    aixcc.may_submit(caller(request))
    return {"status": "ready"}


@router.get("/tasks", response=TaskList)
def tasks(request: HttpRequest, asked: Query[TaskQuery]) -> Any:
    """The newest tasks."""
    return {"items": [_task(row) for row in aixcc.tasks(caller(request))[: asked.limit]]}


@router.post("/tasks", response={201: TaskOut})
def make_task(request: HttpRequest, body: TaskIn) -> Any:
    """Make a task to which proofs and patches can be submitted."""
    row = aixcc.make_task(
        label=body.label,
        target=body.target,
        templates=body.templates,
        deadline_at=body.deadline,
        by=house_member(request),
        now=timezone.now(),
    )
    return Status(201, _task(row))


@router.post("/v1/task/{id}/pov/", response=PovOut)
def submit_pov(request: HttpRequest, id: str, body: PovIn) -> Any:
    """Submit a proof of vulnerability; it is run when the task says how. The same again is once."""
    by = caller(request)
    of = aixcc.task(by, id)
    pov = Pov(
        fuzzer=body.fuzzer_name,
        sanitizer=body.sanitizer,
        engine=body.engine,
        architecture=body.architecture,
        testcase=read_base64(body.testcase, where="testcase", max_bytes=MAX_TESTCASE),
    )
    return _pov(aixcc.submit_pov(of, pov, by=by, now=timezone.now()))


@router.get("/v1/task/{id}/pov/{pov}/", response=PovOut)
def pov(request: HttpRequest, id: str, pov: str) -> Any:
    """What became of a proof."""
    return _pov(_find(request, id, Submission.Kind.POV, pov))


@router.post("/v1/task/{id}/patch/", response=PatchOut)
def submit_patch(request: HttpRequest, id: str, body: PatchIn) -> Any:
    """Submit a patch; it is tried once a bundle names the proof that it ends."""
    by = caller(request)
    of = aixcc.task(by, id)
    return _patch(aixcc.submit_patch(of, body.patch, by=by, now=timezone.now()))


@router.get("/v1/task/{id}/patch/{patch}/", response=PatchOut)
def patch(request: HttpRequest, id: str, patch: str) -> Any:
    """What became of a patch."""
    return _patch(_find(request, id, Submission.Kind.PATCH, patch))


@router.post("/v1/task/{id}/submitted-sarif/", response=SarifOut)
def submit_sarif(request: HttpRequest, id: str, body: SarifIn) -> Any:
    """Submit a SARIF log; each of its results becomes a finding."""
    by = caller(request)
    of = aixcc.task(by, id)
    row = aixcc.submit_sarif(of, body.sarif, by=by, now=timezone.now())
    return {"submitted_sarif_id": row.public_id, "status": aixcc.status_of(row)}


@router.post("/v1/task/{id}/bundle/", response=BundleOut)
def submit_bundle(request: HttpRequest, id: str, body: BundleIn) -> Any:
    """Say which of one's submissions belong together."""
    by = caller(request)
    of = aixcc.task(by, id)
    return _bundle(_set(by, of, body, row=None))


@router.get("/v1/task/{id}/bundle/{bundle}/", response=BundleOut)
def bundle(request: HttpRequest, id: str, bundle: str) -> Any:
    """What a bundle joins, and the status of its worst part."""
    by = caller(request)
    return _bundle(aixcc.bundle(by, aixcc.task(by, id), bundle))


@router.patch("/v1/task/{id}/bundle/{bundle}/", response=BundleOut)
def change_bundle(request: HttpRequest, id: str, bundle: str, body: BundleChange) -> Any:
    """Change what a bundle joins."""
    by = caller(request)
    of = aixcc.task(by, id)
    row = aixcc.bundle(by, of, bundle)
    before = _bundle(row)
    wanted = {name: before[name] if value is None else value for name, value in body.dict().items()}
    return _bundle(_set(by, of, BundleIn(**wanted), row=row))


def _set(by: Actor, of: Task, body: BundleIn, *, row: Bundle | None) -> Bundle:
    kinds = Submission.Kind
    return aixcc.set_bundle(
        of,
        pov=_part(by, of, kinds.POV, body.pov_id),
        patch=_part(by, of, kinds.PATCH, body.patch_id),
        sarif=_part(by, of, kinds.SARIF, body.submitted_sarif_id),
        description=body.description,
        row=row,
        by=by,
        now=timezone.now(),
    )


def _part(by: Actor, of: Task, kind: Submission.Kind, id: str) -> Submission | None:
    return aixcc.submission(by, of, kind, id) if id else None


def _find(request: HttpRequest, id: str, kind: Submission.Kind, part: str) -> Submission:
    by = caller(request)
    return aixcc.submission(by, aixcc.task(by, id), kind, part)


def _task(row: Task) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "label": row.label,
        "target": row.target,
        "deadline": row.deadline_at,
        "fuzzers": sorted(row.template),
    }


def _pov(row: Submission) -> dict[str, Any]:
    return {"pov_id": row.public_id, "status": aixcc.status_of(row)}


def _patch(row: Submission) -> dict[str, Any]:
    return {
        "patch_id": row.public_id,
        "status": aixcc.status_of(row),
        "functionality_tests_passing": aixcc.is_working(row),
    }


def _bundle(row: Bundle) -> dict[str, Any]:
    return {
        "bundle_id": row.public_id,
        "status": aixcc.status_of_bundle(row),
        "pov_id": str(row.pov_id or ""),
        "patch_id": str(row.patch_id or ""),
        "submitted_sarif_id": str(row.sarif_id or ""),
        "description": row.description,
    }
