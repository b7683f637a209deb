"""The item format: what reads, what does not and why, and what a model is told of it."""

import tomllib

import pytest

from evals.families import FEATURE, ITEMS, PROOF, family_files, leaky
from seawall.evals.bank_files import STRONG, family_of
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import Side, Task
from seawall.vocab.evidence import OracleKind, Runtime


def test_a_family_gives_its_items() -> None:
    items = family_of(family_files(), name="leaky-load")
    assert [item.id for item in items] == ["leaky-load.find", "leaky-load.prove", "leaky-load.fix"]
    assert [item.facts.side for item in items] == [Side.OFFENCE, Side.OFFENCE, Side.DEFENCE]
    assert items[0].facts.difficulty == 1.0
    assert items[0].effects == STRONG[Runtime.PYTHON]
    assert len({item.digest for item in items}) == 3


MISTAKES = {
    "unknown key": ({"more": 'licens = "MIT"\n'}, "did you mean 'licence'"),
    "another name": ({"name": "other-name"}, "is 'other-name' in a folder called 'leaky-load'"),
    "unknown task": ({"items": ITEMS.replace("prove", "guess")}, "item[1].task"),
    "no numbers": ({"items": '[[item]]\ntask = "find"\n'}, "'a' and 'b' are missing"),
    "a is negative": ({"items": ITEMS.replace("a = 1.0", "a = -1")}, "item[0].a"),
    "two of a task": ({"items": ITEMS.replace("prove", "find")}, "ask for the same task"),
    "no item": ({"items": ""}, "wants at least one item"),
    "unknown effect": ({"more": 'effects = ["noise"]\n'}, "effects[0]"),
    "no fix": ({"proof": PROOF.replace('fixed = "1.1"\n', "")}, "exactly one of a fixed version"),
    "two fixes": ({"more": 'fix = "a.diff"\n', "a.diff": b""}, "exactly one of a fixed version"),
    "a fix that no feature guards": ({"feature": ""}, "nothing shows that a fix keeps"),
    "a feature with a mistake": (
        {"feature": FEATURE.replace("leaky:echo", "leaky:_echo")},
        "feature[0].step[0].call",
    ),
    "a mistake in the proof": (
        {"proof": PROOF.replace("[oracle]", "[orcale]")},
        "reproducer/",
    ),
    "a stray file": ({"notes/plan.txt": b""}, "notes/plan.txt"),
    "a script for a proof": (
        {
            "proof": PROOF.partition("[[step]]")[0].replace(
                "format = 1", 'format = 1\nscript = "p.py"'
            ),
            "reproducer/p.py": b"import leaky",
        },
        "written in steps",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_its_place(mistake: tuple[dict, str]) -> None:
    change, said = mistake
    with pytest.raises(BadInput) as caught:
        family_of(family_files(**change), name="leaky-load")
    assert said in str(caught.value)


def test_find_tells_neither_the_weakness_nor_the_fixed_version() -> None:
    item = leaky(Task.FIND)
    told = item.prompt + "".join(data.decode() for data in item.files.values())
    for word in ("reads what it must not", "load opens", "1.1", "CVE-0000-0001", "leaky-load"):
        assert word not in told
    assert "leaky 1.0" in item.prompt


def test_prove_tells_the_weakness_and_not_the_proof() -> None:
    item = leaky(Task.PROVE)
    assert "> load opens any file." in item.prompt
    assert '{secret}"]' not in item.prompt
    assert "1.1" not in item.prompt


def test_fix_brings_the_reproducer_and_asks_for_a_patch() -> None:
    item = leaky(Task.FIX)
    assert item.files == {"reproducer/reproducer.toml": PROOF.encode()}
    assert "/work/answer/fix.patch" in item.prompt


def test_the_template_is_a_reproducer_but_for_the_proof() -> None:
    table = tomllib.loads(leaky().files["template.toml"].decode())
    assert table["target"] == {"purl": "pkg:pypi/leaky", "affected": "1.0", "runtime": "python"}


def test_a_target_that_runs_code_by_design_is_drawn_for_fixes_only() -> None:
    """Code that a target is made to run can ask for the version; see docs/evals-items.md."""
    items = family_of(family_files(more="runs_code = true\n"), name="leaky-load")
    assert [item.facts.floor for item in items] == [True, True, False]
    assert items[0].substance == family_of(family_files(), name="leaky-load")[0].substance


def test_an_exception_counts_only_where_the_known_proof_shows_one() -> None:
    assert OracleKind.EXCEPTION not in leaky().effects
    assert OracleKind.HANG not in leaky().effects


def test_numbers_of_items_are_no_part_of_their_substance() -> None:
    other = leaky(items=ITEMS.replace("b = 0.5", "b = 2.5"))
    assert other.substance == leaky().substance
    assert other.digest != leaky().digest
    assert leaky(proof=PROOF.replace("any file", "all files")).substance != leaky().substance
