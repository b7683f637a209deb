"""The log of an evaluation: each result signed where it stands, and a seal over all of them.

Each entry is a DSSE envelope over one result (`attestation`), bound to side, position, plan and
bank. The seal, made at the end, is an in-toto statement of how many entries there are and of their
Merkle root (RFC 6962): an entry that was changed, moved, added or left out is found. The log is
text, one JSON document in each line, the seal last.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seawall.core.plain import from_plain
from seawall.evals.attestation import attest_result, check_result
from seawall.signing.dsse import Envelope, SignatureInvalid
from seawall.signing.keys import PublicKey, Signer
from seawall.signing.merkle import Frontier, leaf_hash
from seawall.signing.statements import STATEMENT_TYPE, open_statement, sign_statement
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import ItemResult, Side

SEAL_TYPE = "urn:seawall:attestation:evaluation-log:v1"
MAX_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a log is of; digests are sha256 in hex."""

    id: str
    plan_digest: str
    bank_root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A result and where it stands in the committed order of its side."""

    side: Side
    position: int
    result: ItemResult


def attest(results: Iterable[Placed], *, of: Evaluation, signer: Signer) -> str:
    """The log of `results`, in their order."""
    lines = [_line(_entry(placed, of, signer)) for placed in results]
    seal = sign_statement(_seal(lines, of), signers=[signer])
    return "".join(f"{line}\n" for line in [*lines, seal.to_json()])


def verify(log: str, *, of: Evaluation, trusted: Iterable[PublicKey]) -> tuple[Placed, ...]:
    """The results in `log`, every one of them as it was signed. Raises LogChanged, BadInput."""
    keys = tuple(trusted)
    if len(log) > MAX_BYTES:
        raise BadInput(f"an evaluation log has at most {MAX_BYTES} bytes")
    lines = log.splitlines()
    if not lines:
        raise BadInput("the evaluation log is empty")
    entries, seal = lines[:-1], lines[-1]
    try:
        sealed = open_statement(Envelope.from_json(seal), trusted=keys)
    except SignatureInvalid:
        raise LogChanged("the seal's signature is not good; or the log was cut off") from None
    if sealed != _seal(entries, of):
        raise LogChanged("the seal is of other entries, or of another evaluation")
    return tuple(_checked(line, number, of, keys) for number, line in enumerate(entries))


class LogChanged(Exception):
    """A log is not what was signed; nothing of it may be used. Retrying does not help."""


def _entry(placed: Placed, of: Evaluation, signer: Signer) -> dict[str, Any]:
    return attest_result(
        placed.result,
        side=placed.side,
        position=placed.position,
        evaluation=of.id,
        plan_digest=of.plan_digest,
        bank_root=of.bank_root,
        signer=signer,
    )


def _checked(line: str, number: int, of: Evaluation, keys: Sequence[PublicKey]) -> Placed:
    where = f"/{number}"
    try:
        envelope = json.loads(line)
        payload = json.loads(Envelope.from_json(line).payload)
        predicate = payload["predicate"]
        placed = Placed(
            side=Side(predicate["side"]),
            position=int(predicate["position"]),
            result=from_plain(ItemResult, predicate["result"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadInput("this is no attested result", where=where) from None
    wrong = check_result(
        placed.result,
        envelope,
        side=placed.side,
        position=placed.position,
        evaluation=of.id,
        plan_digest=of.plan_digest,
        bank_root=of.bank_root,
        trusted=keys,
    )
    if wrong:
        raise LogChanged(f"entry {number}: {wrong}")
    return placed


def _seal(lines: Sequence[str], of: Evaluation) -> dict[str, Any]:
    tree = Frontier()
    for line in lines:
        tree, _ = tree.append(leaf_hash(line.encode()))
    return {
        "_type": STATEMENT_TYPE,
        "subject": [
            {"name": "log", "digest": {"sha256": tree.root().hex()}},
            {"name": "plan", "digest": {"sha256": of.plan_digest}},
            {"name": "bank", "digest": {"sha256": of.bank_root}},
        ],
        "predicateType": SEAL_TYPE,
        "predicate": {"evaluation": of.id, "entries": len(lines)},
    }


def _line(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"))
