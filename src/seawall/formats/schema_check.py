"""Check a document against its JSON schema, offline, and say each problem in words."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

from seawall.formats.schemas import load_schema
from seawall.vocab.errors import one_line
from seawall.vocab.problems import Problem

MOST_PROBLEMS = 50
"""Problems told per document; a document that broken needs no longer list."""

_CVSS = ("2.0", "3.0", "3.1")
_MEND = {
    "required": "add it",
    "additionalProperties": "remove it or correct its spelling",
    "unevaluatedProperties": "remove it or correct its spelling",
    "falseSchema": "remove it",
    "enum": "use one of the listed values",
    "const": "use the one allowed value",
    "pattern": "write it in the demanded form",
    "format": "write it in the demanded form",
    "type": "use the demanded type",
    "minItems": "add an item or leave the list out",
    "minLength": "fill it in or leave it out",
    "minProperties": "fill it in or leave it out",
    "uniqueItems": "remove the repeated item",
}


def schema_problems(
    validator: jsonschema_rs.Validator, document: Any, *, test: str, clause: str
) -> list[Problem]:
    """List what the schema does not allow, in document order, at most MOST_PROBLEMS."""
    if validator.is_valid(document):
        return []
    found: list[Problem] = []
    for error in map(_nearest, validator.iter_errors(document)):
        found.append(
            Problem(
                test=test,
                pointer=to_pointer(error.instance_path),
                message=one_line(error.message, limit=240),
                mend=_MEND.get(error.kind.name, ""),
                clause=clause,
            )
        )
        if len(found) == MOST_PROBLEMS:
            break
    return found


def _nearest(error: Any) -> Any:
    """Of the alternatives that all failed, give the error of the one that came furthest."""
    while error.kind.name in ("oneOf", "anyOf") and getattr(error.kind, "context", None):
        branch = max(
            error.kind.context, key=lambda errors: max(len(e.instance_path) for e in errors)
        )
        error = branch[0]
    return error


def to_pointer(path: list[str | int]) -> str:
    """Give a path as JSON pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


@cache
def csaf_validator(*, strict: bool = False) -> jsonschema_rs.Validator:
    """CSAF 2.0 with the CVSS schemas that it refers to; `strict` allows no unknown property."""
    shape = _closed if strict else _as_is
    names = [f"cvss-v{version}.json" for version in _CVSS]
    resources = [
        (f"https://www.first.org/cvss/{n}", shape(load_schema(f"csaf/{n}"))) for n in names
    ]
    return _compile(shape(load_schema("csaf/csaf-2.0.json")), resources)


@cache
def csaf_provider_validator() -> jsonschema_rs.Validator:
    """CSAF 2.0's provider-metadata.json; what it says of the publisher is as in a document."""
    csaf = load_schema("csaf/csaf-2.0.json")
    publisher = csaf["properties"]["document"]["properties"]["publisher"]
    provider = dict(load_schema("csaf/provider-2.0.json"))
    return _compile(
        provider | {"properties": provider["properties"] | {"publisher": publisher}}, []
    )


@cache
def csaf_rolie_validator() -> jsonschema_rs.Validator:
    """CSAF 2.0's ROLIE feed."""
    return _compile(load_schema("csaf/rolie-feed-2.0.json"), [])


def _as_is(schema: Any) -> Any:
    return schema


def _closed(schema: Any) -> Any:
    """A copy in which every object that names its properties allows no other."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: _closed(value) for key, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        copy.setdefault("additionalProperties", False)
    return copy


@cache
def cve_validator(state: str) -> jsonschema_rs.Validator:
    """CVE record 5.1.1 in one state ("PUBLISHED", "REJECTED"), so that errors name the place."""
    schema = dict(load_schema("cve/cve-5.1.1.json"))
    wanted = "Rejected" if state == "REJECTED" else "Published"
    branch = next(part for part in schema.pop("oneOf") if part["title"] == wanted)
    return _compile(schema | branch, [])


@cache
def osv_validator() -> jsonschema_rs.Validator:
    """OSV without its two lists of registered names, which `osv_checks` compares instead."""
    schema = dict(load_schema("osv/osv-1.6.7.json"))
    names: Mapping[str, Any] = {"ecosystem": {"type": "string"}, "prefix": {"type": "string"}}
    return _compile(schema | {"$defs": {**schema["$defs"], **names}}, [])


@cache
def openvex_validator() -> jsonschema_rs.Validator:
    """OpenVEX 0.2.0."""
    return _compile(load_schema("openvex/openvex-0.2.0.json"), [])


@cache
def sarif_validator() -> jsonschema_rs.Validator:
    """SARIF 2.1.0; one pattern holds a lone "]", which strict regex syntax wants escaped."""
    text = json.dumps(load_schema("sarif/sarif-2.1.0.json"))
    return _compile(json.loads(text.replace("[a-zA-Z]{2}]?$", r"[a-zA-Z]{2}\\]?$")), [])


@cache
def cyclonedx_validator(version: str) -> jsonschema_rs.Validator:
    """CycloneDX `version`; the schemas come with cyclonedx-python-lib."""
    parts = ("spdx", "jsf-0.82", "cryptography-defs")
    resources = [
        (f"http://cyclonedx.org/schema/{part}.SNAPSHOT.schema.json", _cyclonedx(part))
        for part in parts
    ]
    return _compile(_cyclonedx(f"bom-{version}"), resources)


def _cyclonedx(name: str) -> dict[str, Any]:
    file = files("cyclonedx.schema._res").joinpath(f"{name}.SNAPSHOT.schema.json")
    schema: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return schema


def _compile(
    schema: dict[str, Any], resources: list[tuple[str, dict[str, Any]]]
) -> jsonschema_rs.Validator:
    """Compile with formats checked; a reference that is not at hand is an error, never a fetch."""
    return jsonschema_rs.validator_for(
        schema,
        validate_formats=True,
        registry=jsonschema_rs.Registry(resources) if resources else None,
        offline=True,
    )
