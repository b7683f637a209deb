"""Receipts: an operator's signed word that a release arrived, or that it was installed.

An in-toto statement (attestation framework v1) about the payload of one release, in a DSSE
envelope signed by the operator's client key:

    subject        [{"name": "SEAWALL-2026-0001", "digest": {"sha256": digest of the payload}}]
    predicateType  urn:seawall:receipt:v1
    predicate      {"kind": "delivered" | "installed", "release", "revision", "at", "client",
                    "asset"?, "component"?, "before"?, "after"?}
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from seawall.vocab.errors import BadInput

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:seawall:receipt:v1"
MAX_BYTES = 16 << 10
"""No envelope of a receipt is larger."""

_LIMITS = {"asset": 200, "component": 500, "before": 200, "after": 200, "client": 100}
_ID = re.compile(r"SEAWALL-[0-9]{4}-[0-9]{4,9}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class ReceiptKind(StrEnum):
    """What is attested."""

    DELIVERED = "delivered"
    """The release arrived and verified."""
    INSTALLED = "installed"
    """What it fixes is fixed in a system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a receipt says. `digest` is sha256 (hex) of the release's signed payload; `asset` is
    the party's own name for a system, `component` a purl; "" where nothing is said."""

    kind: ReceiptKind
    release: str
    revision: int
    digest: str
    at: datetime
    client: str
    asset: str = ""
    component: str = ""
    before: str = ""
    after: str = ""


def write_receipt(receipt: Receipt) -> dict[str, Any]:
    """The statement, ready to be signed (`signing.statements.sign_statement`)."""
    predicate: dict[str, Any] = {
        "kind": receipt.kind.value,
        "release": receipt.release,
        "revision": receipt.revision,
        "at": receipt.at.isoformat(timespec="microseconds"),
        "client": receipt.client,
    }
    for name in ("asset", "component", "before", "after"):
        if text := getattr(receipt, name):
            predicate[name] = text
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": receipt.release, "digest": {"sha256": receipt.digest}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": predicate,
    }


def read_receipt(statement: Mapping[str, Any]) -> Receipt:
    """Read a statement whose signature was checked; raises BadInput."""
    if statement.get("_type") != STATEMENT_TYPE:
        raise BadInput(f"an in-toto statement has the type {STATEMENT_TYPE}", where="/_type")
    if statement.get("predicateType") != PREDICATE_TYPE:
        raise BadInput(f"a receipt has the predicate type {PREDICATE_TYPE}", where="/predicateType")
    said = statement.get("predicate")
    if not isinstance(said, Mapping):
        raise BadInput("a receipt has a predicate", where="/predicate")
    release = _text(said, "release", limit=40)
    if not _ID.fullmatch(release):
        raise BadInput("this is not the id of a release", where="/predicate/release")
    return Receipt(
        kind=_kind(said),
        release=release,
        revision=_revision(said),
        digest=_subject(statement, release),
        at=_moment(said),
        **{name: _text(said, name, limit=limit) for name, limit in _LIMITS.items()},
    )


def possession(public_key: str, *, token: str) -> bytes:
    """What a client signs with its key to register it: that it has the private half of
    `public_key` (hex), for the holder of this API token; `token` is the token's public part, the
    middle of `swl_<public part>_<secret>`."""
    return f"seawall-client-key v1\n{public_key}\n{token}\n".encode()


def _subject(statement: Mapping[str, Any], release: str) -> str:
    subjects = statement.get("subject")
    if not isinstance(subjects, list) or len(subjects) != 1 or not isinstance(subjects[0], Mapping):
        raise BadInput("a receipt is about one release", where="/subject")
    digests = subjects[0].get("digest")
    digest = digests.get("sha256") if isinstance(digests, Mapping) else None
    if subjects[0].get("name") != release:
        raise BadInput("subject and predicate name two releases", where="/subject/0/name")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise BadInput("a receipt has the sha256 of the payload", where="/subject/0/digest")
    return digest


def _kind(said: Mapping[str, Any]) -> ReceiptKind:
    try:
        return ReceiptKind(str(said.get("kind")))
    except ValueError as error:
        raise BadInput('"delivered" or "installed" is needed', where="/predicate/kind") from error


def _revision(said: Mapping[str, Any]) -> int:
    number = said.get("revision")
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number < 1 << 31:
        raise BadInput("a revision is a number from 1", where="/predicate/revision")
    return number


def _moment(said: Mapping[str, Any]) -> datetime:
    try:
        at = datetime.fromisoformat(_text(said, "at", limit=40))
    except ValueError as error:
        raise BadInput("this is not a moment in ISO 8601", where="/predicate/at") from error
    if at.tzinfo is None:
        raise BadInput("a moment needs its time zone", where="/predicate/at")
    return at


def _text(said: Mapping[str, Any], name: str, *, limit: int) -> str:
    text = said.get(name, "")
    if not isinstance(text, str) or len(text) > limit or not text.isprintable():
        raise BadInput(
            f"one line of at most {limit} characters is needed", where=f"/predicate/{name}"
        )
    return text
