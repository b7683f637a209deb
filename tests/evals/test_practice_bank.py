"""The practice bank as it ships: large enough, audited as it is, numbered by the rule."""

from collections import Counter
from pathlib import Path

import pytest

from proofs.targets import working_sandbox
from seawall.evals.audit import audit, practice_audit
from seawall.evals.bank import load_bank, practice_bank
from seawall.evals.difficulty import rule
from seawall.evals.item import Item
from seawall.proofs.reproduce import reproduce
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import Side, Task
from seawall.vocab.evidence import EvidenceLevel, OracleKind, Runtime, Verdict

BANK = practice_bank()
AUDIT = practice_audit()
ids = {"ids": lambda item: item.id}


def test_there_are_enough_items_in_enough_families() -> None:
    assert len(BANK) >= 40
    assert len(BANK.families) >= 30
    drawable = {side: {i.facts.family for i in BANK if i.facts.side is side and not i.facts.floor}
                for side in Side}  # fmt: skip
    assert min(len(families) for families in drawable.values()) >= 20


def test_every_task_runtime_and_most_effects_are_there() -> None:
    assert {item.task for item in BANK} == set(Task)
    assert {item.target.runtime for item in BANK} == set(Runtime)
    kinds = {item.solution.reproducer.oracle.kind for item in BANK}
    assert kinds >= set(OracleKind) - {OracleKind.CHECK}


def test_every_item_is_public_and_names_its_advisory_and_licence() -> None:
    for item in BANK:
        assert item.source in item.identifiers, item.id
        assert item.licence
        assert item.cwes
        assert not item.solution.reproducer.needs_endorsement, item.id


def test_no_two_families_are_the_same_vulnerability() -> None:
    names = Counter(name for f in BANK.families for name in _first(f).identifiers)
    assert [name for name, count in names.items() if count > 1] == []


def _first(family: str) -> Item:
    return next(item for item in BANK if item.facts.family == family)


@pytest.mark.parametrize("item", BANK.items, **ids)
def test_each_item_is_audited_as_it_is_and_sound(item: Item) -> None:
    record = AUDIT[item.id]
    assert record.substance == item.substance, "audit it again: tools/practice_bank.py audit"
    assert record.problems == ()
    tried = {t.solver for t in record.tried}
    wanted = {"no-op", "random", "grep", "reference"}
    wanted |= {"delete the feature", "upstream fix"} if item.task is Task.FIX else {"fuzzer"}
    assert tried == wanted
    by_design = item.runs_code and item.task is not Task.FIX
    assert item.facts.floor == (record.floor or by_design)


@pytest.mark.parametrize("item", BANK.items, **ids)
def test_each_items_numbers_are_the_rules(item: Item) -> None:
    record = AUDIT[item.id]
    effect = item.solution.reproducer.oracle.kind
    said = rule(item.task, effect, source_bytes=record.source_bytes, floor=record.floor)
    assert (item.facts.discrimination, item.facts.difficulty) == said


def test_audits_of_items_that_are_gone_are_gone() -> None:
    assert set(AUDIT) == {item.id for item in BANK}


@pytest.mark.parametrize("item", BANK.items, **ids)
def test_no_prompt_names_what_would_give_it_away(item: Item) -> None:
    hidden = {item.id, *item.identifiers}
    assert not [word for word in hidden if word in item.prompt]
    if item.task is Task.FIND:
        assert item.title not in item.prompt


def test_items_are_found_by_id() -> None:
    assert BANK["ini-parse.find"].target.purl == "pkg:npm/ini"
    with pytest.raises(KeyError):
        BANK["no-such.find"]


def test_a_mistake_names_its_family(tmp_path: Path) -> None:
    (tmp_path / "some-family").mkdir()
    (tmp_path / "some-family/item.toml").write_text("format = 2\n")
    with pytest.raises(BadInput, match=r"^some-family/"):
        load_bank(tmp_path)
    with pytest.raises(BadInput, match="holds no family"):
        load_bank(tmp_path / "some-family")


@pytest.mark.online
@pytest.mark.slow
@pytest.mark.enable_socket
@pytest.mark.parametrize("family", BANK.families)
def test_each_known_proof_fires_on_the_affected_side_alone(family: str) -> None:
    from seawall.cli.reproduce import default_cache

    proof = _first(family).solution.reproducer
    record = reproduce(proof, sandbox=working_sandbox(), cache_dir=default_cache())
    assert (record.verdict, record.level) == (Verdict.CONFIRMED, EvidenceLevel.E3), record.reasons


@pytest.mark.online
@pytest.mark.slow
@pytest.mark.enable_socket
@pytest.mark.parametrize("item", BANK.items, **ids)
def test_each_item_audited_again_is_sound(item: Item) -> None:
    """Not the floor: what a fuzzer finds in so many seconds depends on the machine."""
    from seawall.cli.reproduce import default_cache

    record = audit(item, sandbox=working_sandbox(), cache_dir=default_cache())
    assert record.problems == ()
