"""Grading: only an effect on the item's own two sides counts, whatever is handed in."""

import os
from pathlib import Path

import pytest

from evals.families import PROOF, RUN, answer, family_files, good_fix, leaky, patch
from proofs.targets import Prover
from seawall.evals.bank_files import family_of
from seawall.evals.grade import CAPS, forced
from seawall.evals.item import Item
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import Task


def proof(text: str = PROOF) -> dict[str, bytes]:
    return {"reproducer.toml": text.encode()}


@pytest.mark.parametrize("task", [Task.FIND, Task.PROVE])
def test_the_known_proof_solves(prover: Prover, task: Task) -> None:
    came = answer(prover, leaky(task), proof())
    assert came.solved, came.reason
    assert came.reason.startswith("confirmed, E3")
    assert len(came.digest) == 64


def test_another_effect_that_the_fix_removes_solves_too(prover: Prover) -> None:
    assert answer(prover, leaky(), proof(RUN)).solved


def test_an_effect_that_is_in_both_versions_does_not(prover: Prover) -> None:
    came = answer(prover, leaky(), proof(RUN.replace("leaky:run", "leaky:always")))
    assert not came.solved
    assert "not differential" in came.reason or "confirmed, E1" in came.reason


def test_the_versions_are_the_items_even_when_none_is_named(prover: Prover) -> None:
    item = leaky()
    made = forced(item, proof(PROOF.replace('fixed = "1.1"\n', "")))
    assert made.target == item.target


CHANGES = {
    "another target": ("pkg:pypi/leaky", "pkg:pypi/other"),
    "another affected version": ('affected = "1.0"', 'affected = "0.9"'),
    "another fixed version": ('fixed = "1.1"', 'fixed = "1.2"'),
    "other dependencies": ('runtime = "python"', 'runtime = "python"\nwith = ["other==1"]'),
    "another runtime": ('pypi/leaky"', 'npm/leaky"'),
    "an effect that does not count": (
        'kind = "file-read"',
        'kind = "exception"\ntype = "ValueError"',
    ),
    "no TOML": ("format = 1", "format = = 1"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_leaves_the_item_is_refused(prover: Prover, change: tuple[str, str]) -> None:
    old, new = change
    assert old in PROOF
    text = PROOF.replace(old, new)
    text = text.replace('runtime = "python"', 'runtime = "node"') if "npm" in new else text
    came = answer(prover, leaky(), proof(text))
    assert not came.solved
    assert came.reason.startswith("refused: ")


def test_an_item_about_an_exception_takes_that_exception_only() -> None:
    text = PROOF.replace('"file-read"', '"exception"\ntype = "RecursionError"').replace(
        'leaky:load"\nargs = ["{secret}"]', 'leaky:nest"\nargs = [{ repeat = ["x", 2000] }]'
    )
    item = leaky(proof=text)
    forced(item, proof(text))
    with pytest.raises(BadInput, match="the exception here is RecursionError"):
        forced(item, proof(text.replace("RecursionError", "ValueError")))


def test_nothing_handed_in_is_no_solution(prover: Prover, tmp_path: Path) -> None:
    for nothing in ({}, tmp_path / "absent"):
        came = answer(prover, leaky(), nothing)
        assert (came.solved, came.reason, came.digest) == (False, "nothing was handed in", "")


def test_a_folder_is_read_as_it_stands(prover: Prover, tmp_path: Path) -> None:
    (tmp_path / "reproducer.toml").write_text(PROOF)
    assert answer(prover, leaky(), tmp_path).solved


def test_a_link_in_the_folder_is_refused(prover: Prover, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(PROOF)
    folder = tmp_path / "answer"
    folder.mkdir()
    (folder / "reproducer.toml").symlink_to(tmp_path / "elsewhere")
    came = answer(prover, leaky(), folder)
    assert (came.solved, "is a link" in came.reason) == (False, True)


def test_a_folder_that_is_a_link_is_refused(prover: Prover, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/reproducer.toml").write_text(PROOF)
    (tmp_path / "answer").symlink_to(tmp_path / "real")
    came = answer(prover, leaky(), tmp_path / "answer")
    assert (came.solved, came.reason.startswith("refused: ")) == (False, True)


def test_special_files_are_refused(prover: Prover, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "reproducer.toml")
    assert answer(prover, leaky(), tmp_path).reason.startswith("refused: ")


@pytest.mark.parametrize("files", ["many", "large"])
def test_too_much_is_refused(prover: Prover, tmp_path: Path, files: str) -> None:
    made = (
        {f"f{n}": b"x" for n in range(CAPS.collect_files + 1)}
        if files == "many"
        else {"f": b"x" * (CAPS.collect_bytes + 1)}
    )
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
    assert answer(prover, leaky(), made).reason.startswith("refused: ")
    assert answer(prover, leaky(), tmp_path).reason.startswith("refused: ")


def test_a_fix_that_keeps_the_features_solves(prover: Prover) -> None:
    came = answer(prover, leaky(Task.FIX), {"fix.patch": good_fix(prover)})
    assert came.solved, came.reason


def test_deleting_the_feature_does_not(prover: Prover) -> None:
    gone = patch(
        prover, "    with open(name) as source:", '    return ""\n    with open(name) as s:'
    )
    came = answer(prover, leaky(Task.FIX), {"fix.patch": gone})
    assert not came.solved
    assert came.reason.startswith("breaks: ")


def test_a_feature_beside_the_proof_must_stay_as_well(prover: Prover) -> None:
    both = patch(prover, "def echo(text):", 'def echo(text):\n    return ""\n\n\ndef echoed(text):')
    fix = good_fix(prover).decode()
    hunks = both.decode().split("\n", 2)[2]
    came = answer(prover, leaky(Task.FIX), {"fix.patch": (fix + hunks).encode()})
    assert not came.solved
    assert "text is echoed" in came.reason


def test_a_patch_that_leaves_the_proof_firing_does_not(prover: Prover) -> None:
    useless = patch(prover, 'label = "box"', 'label = "crate"')
    came = answer(prover, leaky(Task.FIX), {"fix.patch": useless})
    assert came.reason.startswith("ineffective: ")


@pytest.mark.parametrize(
    "files",
    [{"fix.patch": b" \n"}, {"other": b"x"}, {"fix.patch": b"x", "leaky/__init__.py": b"x"}],
    ids=["empty", "another name", "more files"],
)
def test_only_one_patch_is_taken(prover: Prover, files: dict[str, bytes]) -> None:
    assert answer(prover, leaky(Task.FIX), files).reason.startswith("refused: ")


def embargoed(prover: Prover) -> Item:
    files = family_files(
        proof=PROOF.replace('fixed = "1.1"\n', ""),
        more='fix = "fix.diff"\n',
        **{"fix.diff": good_fix(prover)},
    )
    return family_of(files, name="leaky-load")[1]


def test_where_no_fixed_version_is_released_the_diff_is_the_fixed_side(prover: Prover) -> None:
    item = embargoed(prover)
    known = {"reproducer.toml": PROOF.replace('fixed = "1.1"\n', "").encode()}
    came = answer(prover, item, known)
    assert came.solved, came.reason
    other = {"reproducer.toml": RUN.replace('fixed = "1.1"\n', "").encode()}
    came = answer(prover, item, other)
    assert not came.solved, "this diff does not remove what run does"
