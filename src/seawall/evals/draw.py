"""Draw the items of a review: nobody chose them, and everybody can check it.

The bank's Merkle root is in the ledger first. Then lab and agency each commit to a nonce (sha256),
both commitments are in the ledger, and only then are the nonces revealed. The order follows from
H(root ‖ agency nonce ‖ lab nonce): as long as one of the two drew at chance, so is the order.

What commitments do not stop: whoever reveals last sees the order first and may refuse to go on. A
review that was drawn and not carried out therefore stays in the ledger, and a new one takes new
nonces of both; `redraw_bias` says how much so many refusals can buy.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from seawall.core.determination import SideOrder
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import ItemFacts, Side

NONCE_BYTES = 32
_RULES = b"seawall draw 1"


def new_nonce() -> str:
    """A nonce: 256 random bits, hex."""
    return secrets.token_hex(NONCE_BYTES)


def commit(nonce: str) -> str:
    """What is made public before anybody reveals: sha256, hex, of the nonce's bytes."""
    return hashlib.sha256(_bytes(nonce, "nonce")).hexdigest()


def check_reveal(nonce: str, commitment: str) -> None:
    """Raises BadInput unless `nonce` is what was committed to."""
    if not hmac.compare_digest(commit(nonce), commitment.lower()):
        raise BadInput("not the nonce that was committed to", where="nonce")


def draw(
    facts: Mapping[str, ItemFacts],
    *,
    root: str,
    agency_nonce: str,
    lab_nonce: str,
    side: Side,
    count: int,
) -> SideOrder:
    """The first `count` items of `side` in the order drawn: one of a family, no floor item.

    `facts` are those of all items of the bank, by id; `root` is its Merkle root, hex. Every order
    of families is equally likely, and within a family every item of the side. Raises BadInput when
    the bank has too few families for it, or for a root or nonce that is not 32 bytes.
    """
    seed = _seed(root, agency_nonce, lab_nonce)
    families: dict[str, list[str]] = {}
    for item in facts.values():
        if item.side is side and not item.floor:
            families.setdefault(item.family, []).append(item.id)
    if not 0 < count <= len(families):
        raise BadInput(
            f"{count} items of {side.value} are wanted of a bank with {len(families)} families "
            "that are no floor",
            where="count",
        )
    order = sorted(families, key=lambda family: _ticket(seed, side, "family", family))
    chosen = (
        min(families[family], key=lambda item: _ticket(seed, side, "item", item))
        for family in order[:count]
    )
    return SideOrder(side=side, items=tuple(chosen))


def check_draw(
    order: SideOrder,
    facts: Mapping[str, ItemFacts],
    *,
    root: str,
    agency_nonce: str,
    lab_nonce: str,
) -> bool:
    """Whether `order` is what these nonces draw."""
    again = draw(
        facts,
        root=root,
        agency_nonce=agency_nonce,
        lab_nonce=lab_nonce,
        side=order.side,
        count=len(order.items),
    )
    return again == order


def redraw_bias(chance: float, refusals: int) -> float:
    """The chance of an outcome that has `chance` in one draw for somebody who, seeing it first, can
    refuse so many draws: 1 − (1 − p)^(n + 1)."""
    return float(1 - (1 - chance) ** (refusals + 1))


def _seed(root: str, agency_nonce: str, lab_nonce: str) -> bytes:
    parts = (
        _bytes(root, "root"),
        _bytes(agency_nonce, "agency_nonce"),
        _bytes(lab_nonce, "lab_nonce"),
    )
    if parts[1] == parts[2]:
        raise BadInput("both sides have the same nonce: one copied the other's", where="lab_nonce")
    return hashlib.sha256(_RULES + b"".join(parts)).digest()


def _ticket(seed: bytes, side: Side, what: str, name: str) -> bytes:
    """A number that belongs to a name in this draw; all parts are of fixed length or hashed."""
    told = "\0".join((side.value, what, name)).encode()
    return hmac.digest(seed, told, "sha256")


def _bytes(text: str, where: str) -> bytes:
    try:
        made = bytes.fromhex(text)
    except ValueError:
        made = b""
    if len(made) != NONCE_BYTES:
        raise BadInput(f"wants {NONCE_BYTES} bytes in hex", where=where)
    return made
