"""Each check of the verifier is needed: without it, a tampering that is named here gets through."""

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import ModuleType

import pytest

import seawall_verify
from verify.real_log import RealLog, real_log
from verify.smalllog import fetcher
from verify.tampering import KINDS, SEEN

pytestmark = pytest.mark.django_db

SOURCE = Path(seawall_verify.__file__).parent
TRIES = 60


@pytest.fixture(scope="module")
def log(django_db_setup, django_db_blocker, tmp_path_factory) -> RealLog:
    with django_db_blocker.unblock():
        return real_log(tmp_path_factory.mktemp("home"))


@dataclass(frozen=True, kw_only=True)
class Removal:
    """A verifier without one check, and the tampering that it lets through. `edits` are (file,
    text, what stands there instead); several where one check stands behind the other. `way` is
    "log" for verifying the whole log, "heads" for comparing with the checkpoint seen before."""

    edits: tuple[tuple[str, str, str], ...]
    tampering: str
    since: int | None = None
    witnessed: bool = True
    way: str = "log"


NO = "if False and "
OLDER_ROOT = ("continuing", "    if root != old.root:", "    if False:")

REMOVALS = {
    "the log's signature": Removal(
        edits=(("checkpoints", "if not key.verify(value, n", NO + "key.verify(value, n"),),
        tampering="the_log_is_made_anew_under_the_old_signature",
        witnessed=False,
    ),
    "that the key is known": Removal(
        edits=(("checkpoints", "    if not signers:", "    if False:"),),
        tampering="the_log_is_made_anew_and_signed_by_another_key",
    ),
    "the log's name": Removal(
        edits=(("checkpoints", "if checkpoint.origin not in", NO + "checkpoint.origin not in"),),
        tampering="the_log_speaks_under_another_name",
    ),
    "the witness's signature": Removal(
        edits=(("checkpoints", "or not key.verify(", "or not (key.verify, "),),
        tampering="the_cosignature_is_forged",
    ),
    "the time that the witness signed": Removal(
        edits=(("checkpoints", r"time {at}\n", r"time 1795435200\n"),),
        tampering="the_cosignature_says_another_time",
    ),
    "the number of witnesses": Removal(
        edits=(("checkpoints", "    if len(found) < need:", "    if False:"),),
        tampering="the_cosignature_is_taken_away",
    ),
    "the one spelling of base64": Removal(
        edits=(("texts", " or base64.b64encode(data).decode() != text", ""),),
        tampering="a_signature_is_spelled_otherwise",
    ),
    "the root": Removal(
        edits=(("logs", "if walk.root() != checkpoint.root:", "if not walk.root():"),),
        tampering="an_entry_is_edited_and_all_is_hashed_again",
    ),
    "the lowest tiles": Removal(
        edits=(("logs", 'if tile == b"".join(row):', 'if level == 0 or tile == b"".join(row):'),),
        tampering="a_byte_of_a_lowest_tile",
    ),
    "the upper tiles": Removal(
        edits=(("logs", 'if tile == b"".join(row):', 'if level or tile == b"".join(row):'),),
        tampering="a_byte_of_an_upper_tile",
    ),
    "the index inside entries": Removal(
        edits=(("logs", "            self._check_entry(index, entry)", "            pass"),),
        tampering="an_index_is_left_out",
    ),
    "which index is inside": Removal(
        edits=(("entries", "    if stated != index:", "    if False:"),),
        tampering="an_entry_names_another_index",
    ),
    "that an index is inside": Removal(
        edits=(("entries", "    if stated is None:", "    if False:"),
               ("entries", "    if stated != index:", "    if stated not in (None, index):")),
        tampering="an_entry_says_nothing_readable",
    ),
    "how many entries a bundle has": Removal(
        edits=(("logs", "        if len(entries) != there:", "        if False:"),),
        tampering="an_entry_is_added_at_the_end",
    ),
    "how long a tile is": Removal(
        edits=(("tiles", "    if len(data) != there:", "    if False:"),),
        tampering="a_file_is_longer",
    ),
    "files that do not belong": Removal(
        edits=(("logs", "    if files is not None:", "    if False:"),),
        tampering="a_file_is_added",
    ),
    "files beyond the checkpoint": Removal(
        edits=(("strays", "        if growing:", "        if True:"),),
        tampering="the_checkpoint_is_an_older_one",
        since=200,
    ),
    "what partial files of before hold": Removal(
        edits=(("strays", "    if not same:", "    if False:"),),
        tampering="a_partial_file_of_before_is_another",
    ),
    "the past": Removal(
        edits=(OLDER_ROOT,), tampering="the_past_is_edited_and_signed_again", since=SEEN
    ),
    "the size of before": Removal(
        edits=(("continuing", "    if new.size < old.size:", "    if False:"), OLDER_ROOT),
        tampering="the_log_is_cut_back_to_an_older_checkpoint",
        since=SEEN,
    ),
    "two roots of one size": Removal(
        edits=(("continuing", "if new.size == old.size and new", NO + "new"),),
        tampering="the_last_entries_are_edited_and_signed_again",
        since=700,
        way="heads",
    ),
    "the past, when heads are compared": Removal(
        edits=(OLDER_ROOT,),
        tampering="the_past_is_edited_and_signed_again",
        since=SEEN,
        way="heads",
    ),
    "that tiles fit the new head": Removal(
        edits=(("continuing", "    if now != new.root:", "    if False:"),),
        tampering="an_entry_is_edited_and_all_is_hashed_again",
        since=SEEN,
        way="heads",
    ),
}  # fmt: skip


def verifier(tmp_path: Path, name: str, edits) -> ModuleType:
    """The verifier under another name, with `edits`, each of which finds its text once."""
    folder = tmp_path / name
    folder.mkdir()
    for file in SOURCE.glob("*.py"):
        text = file.read_text()
        for where, old, new in edits:
            if where == file.stem:
                assert text.count(old) == 1, (where, old)
                text = text.replace(old, new)
        (folder / file.name).write_text(text.replace("seawall_verify", name))
    return importlib.import_module(name)


def accepts(module: ModuleType, log: RealLog, files, removal: Removal) -> bool:
    """Whether this verifier finds nothing wrong."""
    keys = [module.VerifierKey.parse(log.log.vkey)]
    witnesses = [module.VerifierKey.parse(log.witness.vkey)] if removal.witnessed else []
    since = removal.since and module.open_checkpoint(
        log.at[removal.since]["checkpoint"].decode(), keys=keys
    )
    try:
        if removal.way == "heads":
            new = module.open_checkpoint(files["checkpoint"].decode(), keys=keys)
            module.consistent(since, new, fetcher(files))
        else:
            module.verify_log(
                fetcher(files),
                keys=keys,
                origin=log.origin,
                witnesses=witnesses,
                need=len(witnesses),
                since=since,
                files=lambda: list(files),
            )
    except module.VerificationFailed:
        return False
    return True


@pytest.mark.parametrize("check", REMOVALS)
def test_without_a_check_tampering_gets_through(check, log, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    removal = REMOVALS[check]
    name = f"verifier_without_{list(REMOVALS).index(check)}"
    try:
        less = verifier(tmp_path, name, removal.edits)
        assert accepts(less, log, log.files, removal)
        assert any(gets_through(less, log, removal, seed) for seed in range(TRIES))
    finally:
        for module in [each for each in sys.modules if each.partition(".")[0] == name]:
            del sys.modules[module]


def gets_through(less: ModuleType, log: RealLog, removal: Removal, seed: int) -> bool:
    """Whether only the verifier without the check accepts what was tampered with."""
    files = KINDS[removal.tampering].tamper(Random(f"check {seed}"), log)
    assert files != log.files
    if removal.way == "heads" and accepts(seawall_verify, log, files, removal):
        return False  # heads say nothing of what this chance changed
    assert not accepts(seawall_verify, log, files, removal)
    return accepts(less, log, files, removal)
