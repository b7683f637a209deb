"""The OpenAPI document: every operation says which problem documents it may answer with."""

from typing import Any

from django.http import HttpRequest
from django.urls import get_script_prefix
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser

from seawall.api.problems import CONTENT_TYPE
from seawall.formats.bounded import parse_json

_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "An error as RFC 9457 describes it.",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "where": {"type": "string", "description": "The place in what was sent."},
        "mend": {"type": "string", "description": "What to do about it."},
        "errors": {"type": "array", "items": {"type": "object"}},
        "problems": {"type": "array", "items": {"type": "object"}},
    },
}
_REFERENCE = {"$ref": "#/components/schemas/Problem"}
_WORDS = {
    400: "The address, or how the request is written, is wrong.",
    401: "No token, or one that opens nothing.",
    403: "The token lacks the scope for this.",
    404: "There is nothing of that id, or it is not shown to this token.",
    409: "A rule or the state of this installation says no; `detail` is the reason.",
    413: "The body is larger than is taken here.",
    422: "What was sent cannot be used; `detail`, `where`, `mend` or `errors` say why.",
}


def refuses(status: int = 409) -> dict[str, Any]:
    """The `openapi_extra` of an operation that may also answer with `status`."""
    return {"responses": {status: _response(status)}}


def takes(description: str, *media_types: str) -> dict[str, Any]:
    """The `openapi_extra` of an operation whose body is a document as it is."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {
        "requestBody": {
            "required": True,
            "description": description,
            "content": dict.fromkeys(media_types or ("application/octet-stream",), binary),
        }
    }


class BoundedParser(Parser):
    """Bodies are read within limits of depth and size, and hold only what can be stored."""

    def parse_body(self, request: HttpRequest) -> Any:
        return parse_json(request.body)


class DocumentedAPI(NinjaAPI):
    """A NinjaAPI that documents its problem documents."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._described: dict[str, OpenAPISchema] = {}

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """Made once for each prefix of the addresses: that takes long, and anybody may ask."""
        if any(kwargs.values()):
            return self._describe(**kwargs)
        prefix = get_script_prefix()
        if prefix not in self._described:
            self._described[prefix] = self._describe()
        return self._described[prefix]

    def _describe(self, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**kwargs)
        schema["components"]["schemas"]["Problem"] = _PROBLEM
        for path, operations in schema["paths"].items():
            for operation in operations.values():
                for status in _statuses(path, operation):
                    operation["responses"].setdefault(status, _response(status))
        return schema


def _statuses(path: str, operation: dict[str, Any]) -> set[int]:
    statuses = {400, 401, 403}
    if "{" in path:
        statuses.add(404)
    if "requestBody" in operation:
        statuses |= {413, 422}
    if any(each["in"] == "query" for each in operation["parameters"]):
        statuses.add(422)
    return statuses


def _response(status: int) -> dict[str, Any]:
    return {"description": _WORDS[status], "content": {CONTENT_TYPE: {"schema": _REFERENCE}}}
