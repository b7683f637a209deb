"""in-toto statements in DSSE envelopes (in-toto attestation framework v1)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from seawall.signing import dsse
from seawall.signing.dsse import Envelope
from seawall.signing.keys import Signer, Verifier
from seawall.vocab.errors import BadInput

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"


def sign_statement(statement: Mapping[str, Any], *, signers: Iterable[Signer]) -> Envelope:
    """Sign an in-toto statement; raises BadInput when it is not one."""
    _check(statement)
    payload = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return dsse.sign(payload.encode(), payload_type=PAYLOAD_TYPE, signers=signers)


def open_statement(
    envelope: Envelope, *, trusted: Iterable[Verifier], threshold: int = 1
) -> dict[str, Any]:
    """The statement in `envelope` once its signatures are good; else SignatureInvalid, BadInput."""
    dsse.verify(envelope, trusted=trusted, threshold=threshold)
    if envelope.payload_type != PAYLOAD_TYPE:
        raise BadInput(f"the payload is {envelope.payload_type}, not an in-toto statement")
    statement = json.loads(envelope.payload)
    _check(statement)
    return dict(statement)


def _check(statement: Any) -> None:
    if not isinstance(statement, Mapping) or statement.get("_type") != STATEMENT_TYPE:
        raise BadInput(f"an in-toto statement has the type {STATEMENT_TYPE}", where="/_type")
    if not isinstance(statement.get("predicateType"), str):
        raise BadInput("a predicate type is needed", where="/predicateType")
    subjects = statement.get("subject")
    if not isinstance(subjects, list | tuple) or not subjects:
        raise BadInput("at least one subject is needed", where="/subject")
    for number, subject in enumerate(subjects):
        if not isinstance(subject, Mapping) or not subject.get("digest"):
            raise BadInput("a subject needs a digest", where=f"/subject/{number}/digest")
