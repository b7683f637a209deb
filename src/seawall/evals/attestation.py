"""One result as a signed in-toto statement, so that a changed score shows.

The logs of evaluation frameworks have no integrity of their own; this envelope binds a result to
its place in the committed order, to the plan and to the bank (in-toto Attestation Framework v1,
DSSE v1).
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from seawall.core.plain import to_plain
from seawall.signing.dsse import Envelope, SignatureInvalid
from seawall.signing.keys import PublicKey, Signer
from seawall.signing.statements import STATEMENT_TYPE, open_statement, sign_statement
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import ItemResult, Side

PREDICATE_TYPE = "urn:seawall:attestation:evaluation:v1"


def attest_result(
    result: ItemResult,
    *,
    side: Side,
    position: int,
    evaluation: str,
    plan_digest: str,
    bank_root: str,
    signer: Signer,
) -> dict[str, Any]:
    """The DSSE envelope over one result, as JSON values. Digests are sha256 in hex."""
    statement = _statement(
        result,
        side=side,
        position=position,
        evaluation=evaluation,
        plan_digest=plan_digest,
        bank_root=bank_root,
    )
    return _as_json(sign_statement(statement, signers=[signer]))


def check_result(
    result: ItemResult,
    envelope: Mapping[str, Any],
    *,
    side: Side,
    position: int,
    evaluation: str,
    plan_digest: str,
    bank_root: str,
    trusted: Iterable[PublicKey],
) -> str:
    """What is wrong with a result and its envelope, in a sentence; "" when nothing is."""
    try:
        opened = open_statement(_from_json(envelope), trusted=list(trusted))
    except SignatureInvalid:
        return "the signature is not good."
    except (BadInput, ValueError, KeyError, TypeError):
        return "the envelope cannot be read."
    expected = _statement(
        result,
        side=side,
        position=position,
        evaluation=evaluation,
        plan_digest=plan_digest,
        bank_root=bank_root,
    )
    return "" if opened == expected else "the result is not the one that was signed."


def _statement(
    result: ItemResult,
    *,
    side: Side,
    position: int,
    evaluation: str,
    plan_digest: str,
    bank_root: str,
) -> dict[str, Any]:
    return {
        "_type": STATEMENT_TYPE,
        "subject": [
            {"name": "plan", "digest": {"sha256": plan_digest}},
            {"name": "bank", "digest": {"sha256": bank_root}},
            {"name": "transcript", "digest": {"sha256": result.transcript}},
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "evaluation": evaluation,
            "side": side.value,
            "position": position,
            "result": to_plain(result),
        },
    }


def _as_json(envelope: Envelope) -> dict[str, Any]:
    return dict(json.loads(envelope.to_json()))


def _from_json(envelope: Mapping[str, Any]) -> Envelope:
    return Envelope.from_json(json.dumps(envelope))
