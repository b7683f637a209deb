"""The banks that an evaluation can draw from: the public practice bank, and private ones."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

from seawall.core.determination import Plan
from seawall.evals.bank import Bank, practice_bank
from seawall.evals.bench import Bench, item_bench
from seawall.evals.consent import CaseFamily
from seawall.evals.draw import draw
from seawall.evals.item import Item
from seawall.evals.run import SCAFFOLDS
from seawall.evals.sealed_bank import Leaf, OpenBank, SealedBank, new_key, open_bank, root_of, seal
from seawall.ledger import actions as ledger
from seawall.parties import sealing
from seawall.reviews.evaluations import EvaluationRefused
from seawall.reviews.models import Evaluation, PrivateBank
from seawall.sandbox.choose import find_sandbox
from seawall.vocab.actors import Actor
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import ItemFacts, Side

PRACTICE = "practice"


@cache
def _practice() -> Bank:
    return practice_bank()


@cache
def _practice_root() -> str:
    """The root of the public bank: nothing of it is secret, so its leaves have no salt."""
    leaves = [Leaf(salt="", facts=item.facts, digest=item.digest) for item in _practice()]
    return root_of(leaves)


def names() -> list[str]:
    """The banks that an evaluation can draw from, the public one first."""
    return [PRACTICE, *PrivateBank.objects.order_by("name").values_list("name", flat=True)]


def root_of_bank(name: str) -> str:
    """The Merkle root of a bank, hex. Raises BadInput."""
    return _practice_root() if name == PRACTICE else _private(name).root


def bank(name: str) -> Bank:
    """A bank with everything in it, checked against its root; for who runs evaluations. Raises
    BadInput, or Damaged."""
    return _practice() if name == PRACTICE else opened(_private(name)).bank


def items_of(row: Evaluation) -> Mapping[str, Item]:
    """The items of an evaluation's bank by id. Raises BadInput when the bank is not the one whose
    root the evaluation names."""
    if root_of_bank(row.bank) != row.bank_root:
        raise BadInput(
            "the bank is not the one that was committed to",
            where=row.bank,
            mend="open another evaluation",
        )
    return {item.id: item for item in bank(row.bank)}


def bench(home: Path) -> Bench[Item]:
    """What runs and grades items on this machine. Raises SandboxMissing."""
    return item_bench(sandbox=find_sandbox(), cache_dir=home / "cache")


def plan_for(
    row: Evaluation,
    *,
    scaffolds: Sequence[str] = (),
    at_most: int | None = None,
    sides: Sequence[Side] = tuple(Side),
    **numbers: Any,
) -> tuple[Plan, dict[str, ItemFacts]]:
    """A plan with the order that both nonces draw, and what is known of the bank's items;
    `numbers` are `Plan`'s. Raises EvaluationRefused before both are revealed, or BadInput."""
    if not (row.agency_nonce and row.lab_nonce):
        raise EvaluationRefused("The order is drawn once both nonces are revealed.")
    facts = {item.id: item.facts for item in items_of(row).values()}
    orders = []
    for side in sides:
        families = {each.family for each in facts.values() if each.side is side and not each.floor}
        count = min(len(families), at_most or len(families))
        if count:
            orders.append(
                draw(
                    facts,
                    root=row.bank_root,
                    agency_nonce=row.agency_nonce,
                    lab_nonce=row.lab_nonce,
                    side=side,
                    count=count,
                )
            )
    plan = Plan(
        scaffolds=tuple(scaffolds) or SCAFFOLDS,
        order=tuple(orders),
        bank_root=row.bank_root,
        agency_nonce=row.agency_nonce,
        lab_nonce=row.lab_nonce,
        **numbers,
    )
    return plan, facts


@transaction.atomic
def keep_bank(
    name: str, families: Sequence[CaseFamily], *, by: Actor, now: datetime
) -> PrivateBank:
    """Seal a private bank and put its root into the ledger. Raises BadInput."""
    if name == PRACTICE or PrivateBank.objects.filter(name=name).exists():
        raise BadInput("there is a bank of this name", where="name", mend="choose another name")
    key = new_key()
    sealed = seal(families, key)
    row = PrivateBank(
        name=name,
        root=sealed.root,
        size=sealed.size,
        sealed=sealed.sealed,
        key_id=sealing.new_key(),
        made_by=str(by),
        made_at=now,
    )
    row.key = key.hex()
    row.save()
    facts = {"root": sealed.root, "size": sealed.size}
    ledger.record(by=by, what="bank.sealed", on=f"bank:{row.public_id}", facts=facts, at=now)
    return row


def opened(row: PrivateBank) -> OpenBank:
    """A private bank in memory, every item checked against the root."""
    kept = SealedBank(root=row.root, size=row.size, sealed=bytes(row.sealed))
    return open_bank(kept, bytes.fromhex(row.key))


def _private(name: str) -> PrivateBank:
    found = PrivateBank.objects.filter(name=name).first()
    if found is None:
        mend = f"one of {', '.join(names())}"
        raise BadInput("there is no such bank", where=name, mend=mend)
    return found
