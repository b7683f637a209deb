"""The private bank: sealed, committed to by a root, shown only as the owners consented."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evals.families import PROOF, family_files
from seawall.blobs.sealed import Damaged
from seawall.blobs.sealed import seal as seal_bytes
from seawall.blobs.sealed import unseal as unseal_bytes
from seawall.evals.bank_files import family_of
from seawall.evals.consent import CaseFamily, Consent, Numbers, family_of_case
from seawall.evals.sealed_bank import (
    OpenBank,
    SealedBank,
    new_key,
    open_bank,
    prove_item,
    root_of,
    seal,
    verify_item,
)
from seawall.proofs.archive import digest_of
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import Task
from seawall.vocab.evidence import (
    EvidenceLevel,
    OracleKind,
    Runtime,
    ValidationRecord,
    Verdict,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)
KEY = new_key()


def consent(**change) -> Consent:
    made = Consent(
        case="SW-2026-0001",
        owner="Quay Guild",
        given_by="eva@quay-guild.example",
        given_at=NOW,
        tasks=frozenset(Task),
    )
    return replace(made, **change)


def families(count: int = 4) -> list[CaseFamily]:
    return [
        CaseFamily(
            name=f"family-{n}",
            files=family_files(f"family-{n}", proof=PROOF.replace("any file", f"file {n}")),
            consent=consent(case=f"SW-2026-{n:04}"),
        )
        for n in range(count)
    ]


def opened(kept: SealedBank | None = None) -> OpenBank:
    return open_bank(kept or seal(families(), KEY), KEY)


def test_a_bank_comes_back_whole() -> None:
    kept = seal(families(), KEY)
    bank = open_bank(kept, KEY)
    assert len(bank.bank) == kept.size == 12
    assert bank.bank["family-2.find"].digest == families()[2].items[0].digest
    assert root_of(bank.leaves) == bank.root == kept.root


def test_nothing_of_an_item_stands_in_what_is_kept() -> None:
    kept = seal(families(), KEY)
    for word in (b"family-1", b"leaky", b"SW-2026", b"reproducer", b"Quay"):
        assert word not in kept.sealed


def test_the_same_bank_sealed_twice_has_another_root() -> None:
    """Salts hide the items: who guesses one cannot check the guess against the root."""
    assert seal(families(), KEY).root != seal(families(), KEY).root


def test_another_key_opens_nothing() -> None:
    with pytest.raises(Damaged):
        open_bank(seal(families(), KEY), new_key())


@pytest.mark.parametrize("where", [0, 40, -1])
def test_a_changed_byte_is_seen(where: int) -> None:
    kept = seal(families(), KEY)
    sealed = bytearray(kept.sealed)
    sealed[where] ^= 1
    with pytest.raises(Damaged):
        open_bank(replace(kept, sealed=bytes(sealed)), KEY)


def test_another_bank_under_the_committed_root_is_seen() -> None:
    kept, other = seal(families(), KEY), seal(families(3), KEY)
    with pytest.raises(Damaged):
        open_bank(replace(other, root=kept.root, size=kept.size), KEY)


def resealed(kept: SealedBank, part: str, value: object) -> SealedBank:
    """What somebody who holds the key can make: another content under the same commitment."""
    place = f"seawall sealed bank 1 {kept.root} {kept.size}".encode()
    inner = {**json.loads(unseal_bytes(KEY, kept.sealed, place)), part: value}
    return replace(kept, sealed=seal_bytes(KEY, json.dumps(inner).encode(), place))


def inner_of(kept: SealedBank) -> dict:
    place = f"seawall sealed bank 1 {kept.root} {kept.size}".encode()
    return json.loads(unseal_bytes(KEY, kept.sealed, place))


def test_leaves_that_the_root_does_not_hold_are_seen() -> None:
    kept, again = seal(families(), KEY), seal(families(), KEY)  # the same items, other salts
    with pytest.raises(BadInput, match="not those that the root commits to"):
        open_bank(resealed(kept, "leaves", inner_of(again)["leaves"]), KEY)


def test_items_that_the_leaves_do_not_name_are_seen() -> None:
    kept, other = seal(families(), KEY), seal([*families(5)[1:]], KEY)
    with pytest.raises(BadInput, match="not those that the root commits to"):
        open_bank(resealed(kept, "families", inner_of(other)["families"]), KEY)


def test_one_item_is_shown_with_its_proof() -> None:
    bank = opened()
    shown = bank.reveal("family-3.prove", now=NOW)
    assert verify_item(shown, root=bank.root, item=bank.bank["family-3.prove"])


def test_every_item_can_be_proven() -> None:
    bank = opened(seal(families(5), KEY))
    for index in range(len(bank.leaves)):
        assert verify_item(prove_item(bank.leaves, index), root=bank.root)


def test_a_proof_is_of_that_item_in_that_bank() -> None:
    bank, other = opened(), opened()
    shown = bank.reveal("family-3.prove", now=NOW)
    easier = replace(shown.leaf.facts, difficulty=-3.0)
    assert not verify_item(replace(shown, leaf=replace(shown.leaf, facts=easier)), root=bank.root)
    assert not verify_item(replace(shown, index=(shown.index + 1) % 12), root=bank.root)
    assert not verify_item(shown, root=other.root)
    assert not verify_item(shown, root=bank.root, item=bank.bank["family-2.prove"])


def test_what_is_shown_tells_no_other_leaf() -> None:
    bank = opened()
    shown = bank.reveal("family-0.find", now=NOW)
    others = {leaf.salt for leaf in bank.leaves} - {shown.leaf.salt}
    assert not others & set(str(shown).split("'"))


def test_the_order_of_leaves_is_not_that_of_names() -> None:
    ids = [leaf.facts.id for leaf in opened(seal(families(12), KEY)).leaves]
    assert ids != sorted(ids)


def test_an_embargoed_item_is_not_shown_before_its_day() -> None:
    ends = NOW + timedelta(days=30)
    some = families(2)
    some[0] = replace(some[0], consent=consent(embargo_until=ends))
    bank = open_bank(seal(some, KEY), KEY)
    with pytest.raises(BadInput, match="embargoed until 2026-12-23"):
        bank.reveal("family-0.find", now=ends - timedelta(seconds=1))
    assert bank.reveal("family-0.find", now=ends)
    assert bank.reveal("family-1.find", now=NOW)


def test_a_family_stands_in_a_bank_once() -> None:
    with pytest.raises(BadInput, match="each family once"):
        seal([*families(2), *families(1)], KEY)


BUNDLE = {"reproducer.toml": PROOF.encode()}


def record(**change) -> ValidationRecord:
    made = ValidationRecord(
        reproducer_digest=digest_of(BUNDLE),
        target="pkg:pypi/leaky",
        runtime=Runtime.PYTHON,
        oracle=OracleKind.FILE_READ,
        affected_version="1.0",
        fixed_version="1.1",
        verdict=Verdict.CONFIRMED,
        level=EvidenceLevel.E3,
        reasons=(),
        runs=(),
        started_at=NOW,
        finished_at=NOW,
        environment={},
    )
    return replace(made, **change)


def made_of_case(
    proof: ValidationRecord | None = None, agreed: Consent | None = None, fix: bytes = b""
) -> CaseFamily:
    bundle = BUNDLE
    if fix:
        bundle = {"reproducer.toml": PROOF.replace('fixed = "1.1"\n', "").encode()}
    return family_of_case(
        name="sw-2026-0001",
        bundle=bundle,
        proof=proof or record(reproducer_digest=digest_of(bundle)),
        consent=agreed or consent(),
        licence="Apache-2.0",
        numbers=[Numbers(task=Task.FIND, a=1.1, b=0.4), Numbers(task=Task.PROVE, a=1.0, b=0.0)],
        fix=fix,
    )


def test_a_proven_case_becomes_items() -> None:
    family = made_of_case()
    assert [item.id for item in family.items] == ["sw-2026-0001.find", "sw-2026-0001.prove"]
    assert family.items[0].facts.discrimination == 1.1
    assert family.items == family_of(family.files, name="sw-2026-0001")


def test_an_unreleased_fix_comes_along_as_a_diff() -> None:
    family = made_of_case(fix=b"--- a\n+++ b\n")
    assert family.items[0].solution.fix == b"--- a\n+++ b\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"level": EvidenceLevel.E2}, "E2 makes no item"),
        ({"verdict": Verdict.FLAKY}, "makes no item"),
        ({"reproducer_digest": "0" * 64}, "another reproducer"),
    ],
)
def test_what_is_not_proven_becomes_none(change: dict, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        made_of_case(proof=record(**change))


def test_no_task_without_consent() -> None:
    with pytest.raises(BadInput, match="Quay Guild did not consent to: find"):
        made_of_case(agreed=consent(tasks=frozenset({Task.PROVE, Task.FIX})))
