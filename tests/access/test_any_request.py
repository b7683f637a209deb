"""Any request at all, valid or not, to each operation of the API: answered, never broken.

Requests are drawn by schemathesis from the API's own description and sent to the application in
this process: by the installation's token, by a party's, and without any.
"""

import json
from typing import Any

import pytest
import requests
import schemathesis
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from access import stage
from seawall.api.root import api
from seawall.vocab.tlp import Tlp

pytestmark = pytest.mark.django_db
FEW, MANY = 3, 150
WHO = ("installation's token", "vendor's token", "no token")


@schemathesis.serializer("application/x-ndjson")
def _lines(ctx: Any, value: Any) -> bytes:
    """A document that is sent as it is."""
    return value if isinstance(value, bytes) else json.dumps(value, default=str).encode()


def described() -> dict[str, Any]:
    """The API's description as a client gets it."""
    return json.loads(json.dumps(api.get_openapi_schema(), default=str))


SCHEMA = schemathesis.openapi.from_dict(described())
OPERATIONS = [
    (path, method) for path, methods in SCHEMA.raw_schema["paths"].items() for method in methods
]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.fixture
def made(home, publisher):
    return stage.build(Tlp.AMBER, "active")


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize("part", range(6))
def test_any_request_is_answered(made, part, mode):
    for path, method in OPERATIONS[part::6]:
        try_operation(made, path, method, mode, examples=FEW)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_very_many_requests_are_answered(made, path, method, mode):
    try_operation(made, path, method, mode, examples=MANY)


def try_operation(
    made: stage.Stage, path: str, method: str, mode: GenerationMode, *, examples: int
) -> None:
    """Requests to one operation; what they change is taken back."""
    ids = st.sampled_from(sorted(made.ids.values()))

    @settings(
        max_examples=examples,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=SCHEMA[path][method].as_strategy(generation_mode=mode),
        who=st.sampled_from(WHO),
        id=st.none() | ids,
    )
    def ask(case: Any, who: str, id: str | None) -> None:
        if id is not None and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = id
        check(made.personas[who].client, case)

    try:
        ask()
    except schemathesis.errors.InvalidSchema as error:
        raise AssertionError(f"{method} {path}: {error}") from error
    except Exception as error:
        if "Unsatisfiable" in type(error).__name__:  # nothing can be wrong about such a request
            return
        raise


def check(client: Client, case: Any) -> None:
    sent = requests.Request(**case.as_transport_kwargs(base_url="http://localhost")).prepare()
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
    headers = {name: str(value) for name, value in sent.headers.items()}
    kind = headers.pop("Content-Type", "")
    headers.pop("Authorization", None)
    headers.pop("Content-Length", None)
    with transaction.atomic():
        said = client.generic(
            sent.method or "", sent.path_url, body, content_type=kind, headers=headers
        )
        transaction.set_rollback(True)
    where = f"{sent.method} {sent.path_url[:200]} {body[:300]!r}"
    assert said.status_code < 500, f"{where}: {said.status_code} {said.content[:300]!r}"
    if said.status_code >= 400 and sent.method != "HEAD":
        assert said["Content-Type"] == "application/problem+json", where
        assert json.loads(said.content)["status"] == said.status_code, where
