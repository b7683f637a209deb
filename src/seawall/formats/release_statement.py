"""What is signed of a release: an in-toto statement over every document and patch."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from seawall.formats.bounded import parse_json
from seawall.formats.release_packages import packages_of
from seawall.vocab.errors import BadInput
from seawall.vocab.release import AdvisoryRelease
from seawall.vocab.tlp import Tlp

PREDICATE_TYPE = "urn:seawall:release:v1"
_STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
_MAX_BYTES = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PATCH = re.compile(r"([0-9a-f]{64})\.patch")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*(?:\.[A-Za-z0-9_+-]+)*")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class FixTold:
    """How one package is mended: a fixed version, a patch by its sha256, or both; "" for none."""

    package: str
    """A purl without version."""
    version: str = ""
    patch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseStatement:
    """One revision of one advisory, as its publisher signs it."""

    id: str
    revision: int
    publisher: str
    namespace: str
    released_at: datetime
    """UTC, whole seconds."""
    tlp: Tlp
    documents: Mapping[str, str]
    """File name → sha256, hex."""
    patches: tuple[str, ...] = ()
    """sha256, hex."""
    cve: str = ""
    fixes: tuple[FixTold, ...] = ()
    replaces: str = ""
    """sha256, hex, of the payload of the release before this one; "" for the first."""


def fixes_told(release: AdvisoryRelease) -> tuple[FixTold, ...]:
    """How each package of a release is mended: by its fixes, then by what ends its ranges."""
    told = []
    for package in packages_of(release):
        purl = str(package.purl)
        told += [
            FixTold(package=purl, version=fix.version, patch=fix.patch_sha256)
            for fix in package.fixes
        ]
        known = {fix.version for fix in package.fixes}
        told += [FixTold(package=purl, version=v) for v in package.fixed if v not in known]
    return tuple(dict.fromkeys(told))


def write_statement(said: ReleaseStatement) -> dict[str, Any]:
    """The in-toto statement; its canonical JSON (`signing.statements`) is the signed payload."""
    subjects = [
        *({"name": name, "digest": {"sha256": said.documents[name]}} for name in said.documents),
        *({"name": f"{each}.patch", "digest": {"sha256": each}} for each in said.patches),
    ]
    return {
        "_type": _STATEMENT_TYPE,
        "subject": sorted(subjects, key=lambda each: str(each["name"])),
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "id": said.id,
            "revision": said.revision,
            "publisher": {"name": said.publisher, "namespace": said.namespace},
            "released_at": moment_text(said.released_at),
            "cve": said.cve or None,
            "tlp": said.tlp.value,
            "fixes": [
                {
                    "package": fix.package,
                    "version": fix.version or None,
                    "patch": fix.patch or None,
                }
                for fix in said.fixes
            ],
            "replaces": said.replaces or None,
        },
    }


def read_statement(payload: bytes) -> ReleaseStatement:
    """What a payload says; it is to be believed only after its signature was. Raises BadInput."""
    raw = _object(parse_json(payload, max_bytes=_MAX_BYTES, name="statement"), "statement")
    if raw.get("_type") != _STATEMENT_TYPE or raw.get("predicateType") != PREDICATE_TYPE:
        raise BadInput(f"a release is an in-toto statement about {PREDICATE_TYPE}")
    said = _object(raw.get("predicate"), "predicate")
    publisher = _object(said.get("publisher"), "publisher")
    documents, patches = _subjects(raw.get("subject"))
    statement = ReleaseStatement(
        id=_text(said, "id"),
        revision=_count(said, "revision"),
        publisher=_text(publisher, "name"),
        namespace=_text(publisher, "namespace"),
        released_at=_moment(_text(said, "released_at")),
        tlp=_tlp(_text(said, "tlp")),
        documents=documents,
        patches=patches,
        cve=_perhaps(said, "cve"),
        fixes=_fixes(said.get("fixes")),
        replaces=_perhaps(said, "replaces"),
    )
    if strange := {fix.patch for fix in statement.fixes} - {"", *patches}:
        raise BadInput(f"the patch {min(strange)} of a fix is not signed", where="/predicate/fixes")
    if statement.replaces and not _DIGEST.fullmatch(statement.replaces):
        raise BadInput("a sha256 in hex is needed", where="/predicate/replaces")
    return statement


def is_document_name(name: str) -> bool:
    """Whether a document may be called so: a plain file name, no path, nothing hidden."""
    return len(name) <= 200 and bool(_NAME.fullmatch(name))


def moment_text(at: datetime) -> str:
    """UTC with whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _subjects(raw: Any) -> tuple[dict[str, str], tuple[str, ...]]:
    documents: dict[str, str] = {}
    patches: list[str] = []
    for number, each in enumerate(_list(raw, "/subject")):
        where = f"/subject/{number}"
        subject = _object(each, where)
        name = _text(subject, "name")
        digest = _text(_object(subject.get("digest"), where), "sha256")
        if not _DIGEST.fullmatch(digest):
            raise BadInput("a sha256 in hex is needed", where=where)
        if name in documents or digest in patches:
            raise BadInput(f"{name} is signed twice", where=where)
        if patch := _PATCH.fullmatch(name):
            if patch[1] != digest:
                raise BadInput("a patch is named by its sha256", where=where)
            patches.append(digest)
        elif is_document_name(name):
            documents[name] = digest
        else:
            raise BadInput("this is no name for a document", where=where)
    if not documents:
        raise BadInput("a release has at least one document", where="/subject")
    return documents, tuple(patches)


def _fixes(raw: Any) -> tuple[FixTold, ...]:
    fixes = [_object(each, "/predicate/fixes") for each in _list(raw, "/predicate/fixes")]
    return tuple(
        FixTold(
            package=_text(fix, "package"),
            version=_perhaps(fix, "version"),
            patch=_perhaps(fix, "patch"),
        )
        for fix in fixes
    )


def _object(raw: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise BadInput("an object is needed here", where=where)
    return raw


def _list(raw: Any, where: str) -> list[Any]:
    if not isinstance(raw, list):
        raise BadInput("a list is needed here", where=where)
    return raw


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value:
        raise BadInput("a text is needed here", where=f"/{key}")
    return value


def _perhaps(raw: Mapping[str, Any], key: str) -> str:
    return "" if raw.get(key) is None else _text(raw, key)


def _count(raw: Mapping[str, Any], key: str) -> int:
    value = raw.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadInput("a whole number from 1 up is needed here", where=f"/{key}")
    return value


def _moment(text: str) -> datetime:
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError
        return datetime.fromisoformat(text)
    except ValueError:
        raise BadInput("a moment in UTC is needed here", where="/released_at") from None


def _tlp(text: str) -> Tlp:
    try:
        return Tlp(text)
    except ValueError:
        raise BadInput("this is no TLP 2.0 label", where="/tlp") from None
