"""Whole logs: a sound one verifies at every size, and each thing that can be wrong is named."""

import pytest

from seawall_verify import (
    Checkpoint,
    Forked,
    Missing,
    RolledBack,
    VerificationFailed,
    VerifierKey,
    consistent,
    open_checkpoint,
    verify_log,
)
from verify.smalllog import ORIGIN, TestKey, bundle, checkpoint, entries, event, fetcher, files

LOG, WITNESS = TestKey(ORIGIN), TestKey("witness.example/w", 4)
KEYS, WITNESSES = [VerifierKey.parse(LOG.vkey)], [VerifierKey.parse(WITNESS.vkey)]
LEAVES = entries(66_000)
SIZES = (0, 1, 2, 3, 7, 255, 256, 257, 511, 512, 513, 1000)


def made(leaves, *signers):
    return files(leaves) | {"checkpoint": checkpoint(leaves, LOG, *signers).encode()}


def opened(leaves, *signers) -> Checkpoint:
    return open_checkpoint(checkpoint(leaves, LOG, *signers), keys=KEYS)


def verified(log, **more):
    return verify_log(fetcher(log), keys=KEYS, files=lambda: list(log), **more)


@pytest.mark.parametrize("size", SIZES)
def test_a_sound_log_verifies(size):
    report = verified(made(LEAVES[:size]))
    assert report.checkpoint == opened(LEAVES[:size])
    assert (report.entries, report.unseen, report.since, report.cosigned_by) == (size, 0, None, ())


@pytest.mark.parametrize("size", SIZES)
def test_a_log_continues_every_earlier_one(size):
    log = made(LEAVES[:size])
    for older in (s for s in SIZES if s <= size):
        since = opened(LEAVES[:older])
        assert verified(log, since=since).since == older
        consistent(since, opened(LEAVES[:size]), fetcher(log))


def test_a_log_with_three_levels_of_tiles_verifies():
    log = made(LEAVES)
    assert "tile/2/000.p/1" in log
    assert verified(log, since=opened(LEAVES[:65_537])).entries == 66_000
    consistent(opened(LEAVES[:65_537]), opened(LEAVES), fetcher(log))


def test_witnesses_are_required():
    log = made(LEAVES[:5], WITNESS)
    assert verified(log, witnesses=WITNESSES, need=1).cosigned_by == (WITNESS.name,)
    with pytest.raises(VerificationFailed, match="0 of 1 known witnesses"):
        verified(made(LEAVES[:5]), witnesses=WITNESSES, need=1)


def test_progress_is_told():
    seen = []
    verified(made(LEAVES[:600]), tell=lambda done, size: seen.append((done, size)))
    assert seen == [(256, 600), (512, 600), (600, 600)]


def without(log, path):
    return {name: data for name, data in log.items() if name != path}


@pytest.mark.parametrize("path", sorted(made(LEAVES[:600])))
def test_every_missing_file_is_named(path):
    with pytest.raises(Missing, match=f"{path} is missing from the log"):
        verified(without(made(LEAVES[:600]), path))


@pytest.mark.parametrize("path", sorted(files(LEAVES[:600])))
def test_every_short_or_long_file_is_named(path):
    log = made(LEAVES[:600])
    for data in (log[path][:-1], log[path] + b"\0", log[path] + log[path], b""):
        with pytest.raises(VerificationFailed, match=path):
            verified(log | {path: data})


def test_every_changed_hash_is_named():
    log = made(LEAVES[:600])
    changed = bytearray(log["tile/0/001"])
    changed[32 * 5] ^= 1
    with pytest.raises(
        VerificationFailed, match="Entry 261 does not have the hash that tile/0/001"
    ):
        verified(log | {"tile/0/001": bytes(changed)})
    changed = bytearray(log["tile/1/000.p/2"])
    changed[-1] ^= 1
    with pytest.raises(
        VerificationFailed, match=r"tile/1/000.p/2 holds another hash for tile/0/001"
    ):
        verified(log | {"tile/1/000.p/2": bytes(changed)})


def test_a_changed_entry_is_named():
    log = made(LEAVES[:600])
    leaves = [*LEAVES[:300], event(300, "advisory.withdrawn"), *LEAVES[301:600]]
    log["tile/entries/001"] = bundle(leaves[256:512])
    with pytest.raises(
        VerificationFailed, match="Entry 300 does not have the hash that tile/0/001"
    ):
        verified(log)
    log |= files(leaves)
    with pytest.raises(VerificationFailed, match=r"The 600 entries .* do not give the root"):
        verified(log)


def test_a_tile_above_that_was_not_changed_with_the_one_below_is_named():
    leaves = [event(0, "advisory.withdrawn"), *LEAVES[1:600]]
    log = made(LEAVES[:600])
    log |= {path: data for path, data in files(leaves).items() if path.startswith("tile/0")}
    log["tile/entries/000"] = bundle(leaves[:256])
    with pytest.raises(
        VerificationFailed, match=r"tile/1/000.p/2 holds another hash for tile/0/000"
    ):
        verified(log)


def test_an_entry_with_the_index_of_another_is_named():
    for leaves, says in (
        ([*LEAVES[:4], LEAVES[5], LEAVES[4]], "Entry 4 says that it is entry 5"),
        ([*LEAVES[:4], b"free text"], "Entry 4 is neither an event nor a commitment"),
        ([*LEAVES[:4], b'{"index":4,"index":4}'], "Entry 4 is neither"),
        ([*LEAVES[:4], b'{"index":4.0}'], "Entry 4 is neither"),
        ([*LEAVES[:4], b'{"index":true}'], "Entry 4 is neither"),
        ([*LEAVES[:4], b"[4]"], "Entry 4 is neither"),
        ([*LEAVES[:4], b"[" * 65_000], "Entry 4 is neither"),
        ([*LEAVES[:4], LEAVES[4][:-1]], "Entry 4 is neither"),
        ([*LEAVES[:4], b""], "Entry 4 is neither"),
    ):
        with pytest.raises(VerificationFailed, match=says):
            verified(made(leaves))
        assert verified(made(leaves), check_entry=lambda index, entry: None).entries > 4


def test_a_bundle_that_ends_within_an_entry_is_named():
    log = made(LEAVES[:3])
    whole = log["tile/entries/000.p/3"]
    for end in (len(whole) - 1, 1, len(bundle(LEAVES[:2])) + 1):
        with pytest.raises(VerificationFailed, match=r"tile/entries/000.p/3 ends within its entry"):
            verified(log | {"tile/entries/000.p/3": whole[:end]})
    with pytest.raises(VerificationFailed, match="has 2 entries; there are 3"):
        verified(log | {"tile/entries/000.p/3": bundle(LEAVES[:2])})


@pytest.mark.parametrize("older", [1, 255, 256, 257, 400, 512, 513, 600])
def test_a_forked_log_is_told_apart(older):
    since = opened(LEAVES[:older])
    forked = [*LEAVES[: older - 1], event(older - 1, "forged"), *LEAVES[older:600]]
    with pytest.raises(Forked, match=r"forked: (its first|it signed two roots)"):
        verified(made(forked), since=since)
    with pytest.raises(Forked, match=r"forked: (its first|it signed two roots)"):
        consistent(since, opened(forked), fetcher(files(forked)))


def test_a_rolled_back_log_is_told_apart():
    since = opened(LEAVES[:600])
    for size in (0, 1, 599):
        with pytest.raises(RolledBack, match=f"it had 600 entries, now it has {size}"):
            verified(made(LEAVES[:size]), since=since)
        with pytest.raises(RolledBack):
            consistent(since, opened(LEAVES[:size]), fetcher({}))


def test_another_log_is_no_continuation():
    other = TestKey("other.example/log")
    keys = [*KEYS, VerifierKey.parse(other.vkey)]
    text = checkpoint(LEAVES[:5], other, origin=other.name)
    since = open_checkpoint(text, keys=keys)
    with pytest.raises(VerificationFailed, match="The earlier checkpoint is of the log 'other"):
        verify_log(fetcher(made(LEAVES[:5])), keys=keys, since=since)


def test_an_empty_log_has_the_empty_root():
    text = checkpoint([], LOG)
    root = text.split("\n")[2]
    wrong = f"{ORIGIN}\n0\n{'A' * 43}=\n"
    assert root == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    since = open_checkpoint(f"{wrong}\n{LOG.line(wrong)}", keys=KEYS)
    for pair in ((since, opened(LEAVES[:5])), (since, since)):
        with pytest.raises(VerificationFailed, match="not the root of the empty tree"):
            consistent(*pair, fetcher({}))
    with pytest.raises(VerificationFailed, match="The 0 entries"):
        verify_log(fetcher({"checkpoint": f"{wrong}\n{LOG.line(wrong)}".encode()}), keys=KEYS)


def test_tiles_that_do_not_fit_the_checkpoint_prove_nothing():
    """Not a fork: the log's key never signed what these tiles hold."""
    forked = [event(0, "forged"), *LEAVES[1:600]]
    since, new = opened(LEAVES[:300]), opened(LEAVES[:600])
    with pytest.raises(
        VerificationFailed, match="do not give the root in its checkpoint"
    ) as caught:
        consistent(since, new, fetcher(files(forked)))
    assert type(caught.value) is VerificationFailed


@pytest.mark.parametrize("older", [1, 200, 256, 300, 512])
def test_consistency_reads_a_few_tiles_only(older):
    asked = []
    log = made(LEAVES)

    def fetch(path):
        asked.append(path)
        return log[path]

    consistent(opened(LEAVES[:older]), opened(LEAVES), fetch)
    assert len(asked) == len(set(asked)) <= 6


def test_a_partial_file_may_be_replaced_by_the_full_one():
    """tlog-tiles, "Partial Tiles": they may be deleted when the full tile is there."""
    full = files(LEAVES[:512])
    log = made(LEAVES[:300])
    for path in ("tile/0/001.p/44", "tile/entries/001.p/44"):
        log = without(log, path)
        log[path.removesuffix(".p/44")] = full[path.removesuffix(".p/44")]
    fetch = fetcher(log)
    assert verify_log(fetch, keys=KEYS).entries == 300
    consistent(opened(LEAVES[:270]), opened(LEAVES[:300]), fetch)
    log["tile/0/001"] = log["tile/0/001"][:-32]
    with pytest.raises(
        VerificationFailed, match="tile/0/001 has 8160 bytes; a tile there has 8192"
    ):
        verify_log(fetch, keys=KEYS)


def test_partial_files_of_earlier_sizes_may_stay():
    log = files(LEAVES[:300]) | files(LEAVES[:280]) | made(LEAVES[:600])
    assert verified(log).entries == 600


@pytest.mark.parametrize("path", ["tile/0/001.p/44", "tile/entries/001.p/44", "tile/1/000.p/1"])
def test_a_partial_file_that_is_no_beginning_is_named(path):
    log = files(LEAVES[:300]) | made(LEAVES[:600])
    forged = files([event(0, "forged"), *LEAVES[1:299], event(299, "forged")])
    with pytest.raises(VerificationFailed, match=f"{path} differs from "):
        verified(log | {path: forged[path]})


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/001.p/45",
        "tile/0/001",
        "tile/0/002",
        "tile/1/000",
        "tile/2/000.p/1",
        "tile/entries/001.p/45",
        "tile/entries/002.p/1",
        "tile/63/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
    ],
)
def test_a_file_beyond_the_checkpoint_is_named(path):
    log = made(LEAVES[:300]) | {path: b""}
    with pytest.raises(VerificationFailed, match=f"{path} is beyond the 300 entries"):
        verified(log)
    assert verified(log, growing=True).entries == 300


@pytest.mark.parametrize(
    "path",
    ["tile/0", "tile/0/1", "tile/00/000", "tile/100/000", "tile/0/x000/000", "tile/0/000.p/256",
     "tile/0/000.p/0", "tile/0/000.p/01", "tile/a/000", "tile/0/000.tmp",
     "tile/0/x001/x000/x00/000", "other"],
)  # fmt: skip
def test_a_file_with_another_name_is_named(path):
    with pytest.raises(VerificationFailed, match="is not the name of a file of a log"):
        verified(made(LEAVES[:300]) | {path: b""}, growing=True)


def test_bundles_of_old_entries_may_be_absent():
    log = without(made(LEAVES[:600]), "tile/entries/000")
    report = verified(log, first=1)
    assert (report.entries, report.unseen) == (344, 256)
    assert verified(made(LEAVES[:600]), first=512).unseen == 0
    with pytest.raises(Missing, match="tile/entries/001 is missing"):
        verified(without(log, "tile/entries/001"), first=256)
    with pytest.raises(Missing, match="tile/0/000 is missing"):
        verified(without(log, "tile/0/000"), first=1)
    changed = log | {"tile/0/000": b"\1" + log["tile/0/000"][1:]}
    with pytest.raises(VerificationFailed, match=r"tile/1/000.p/2 holds another hash"):
        verified(changed, first=1)


def test_a_checkpoint_that_is_no_text_is_refused():
    with pytest.raises(VerificationFailed, match="The checkpoint is not UTF-8"):
        verified({"checkpoint": b"\xff"})
