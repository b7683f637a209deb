"""The log: forked, truncated, altered, shown to some only, or lacking an entry."""

import base64
import shutil
from dataclasses import replace
from hashlib import sha256

import pytest

from client.attacks.conftest import EVERY_KEY, Stage
from client.attacks.logs import branch, checkpoint_of, give_out
from client.attacks.operators import Outcome
from client.attacks.thieves import Signed, Thief, nothing
from formats.bundles import signer
from seawall.formats.feed_trust import TrustedWitness, read_trust, write_trust
from seawall.signing.keys import Ed25519Signer

ONLINE = ("timestamp", "snapshot", "publisher")


def size_of(checkpoint: bytes) -> int:
    return int(checkpoint.decode().split("\n")[1])


def seen(stage: Stage) -> int:
    """How long the log was when the operator who is behind last looked."""
    return size_of((stage.behind.home / "checkpoint").read_bytes())


def test_another_root_at_the_size_that_was_seen(stage: Stage):
    thief = stage.thief()
    maker = stage.house.maker
    thief.replace("log/checkpoint", checkpoint_of(maker, size=seen(stage), root=b"x" * 32))
    stage.refused(stage.behind, thief.folder, "was forked: it signed two roots for 3 entries")


def test_a_longer_log_that_rewrites_what_was_seen(stage: Stage):
    thief = stage.thief()
    other = branch(stage.house.maker, 1)
    while len(other.entries) < len(stage.house.maker.entries) + 3:
        other.append("feed.published", "feed:evil", {})
    give_out(thief, other)
    stage.refused(
        stage.behind, thief.folder, "was forked: its first 3 entries are not those it had"
    )


def test_a_log_cut_shorter_than_was_seen(stage: Stage):
    thief = stage.thief()
    give_out(thief, branch(stage.house.maker, seen(stage) - 1))
    stage.refused(stage.behind, thief.folder, "was rolled back: it had 3 entries, now it has 2")


def test_the_genuine_log_of_before_with_the_news(stage: Stage):
    """No key is stolen: the mirror keeps the log back, so that nobody could look the news up."""
    thief = stage.thief()
    shutil.rmtree(thief.folder / "log")
    shutil.copytree(stage.old / "log", thief.folder / "log")
    stage.refused(stage.behind, thief.folder, "the log has . entries; entry . is not among them")


def test_a_log_that_holds_something_else_in_the_releases_place(stage: Stage):
    thief = stage.thief()
    other = branch(stage.house.maker, seen(stage))
    while len(other.entries) < len(stage.house.maker.entries):
        other.append("feed.published", "feed:evil", {})
    give_out(thief, other)
    stage.refused(stage.behind, thief.folder, "is not what the log holds as entry")


def test_a_checkpoint_signed_by_another_key(stage: Stage):
    thief = stage.thief()
    other = branch(stage.house.maker, len(stage.house.maker.entries))
    other.log_key = signer("the thief's own")
    give_out(thief, other)
    stage.refused(stage.behind, thief.folder, "the log does not verify")


def test_a_checkpoint_of_another_log_with_the_same_key(stage: Stage):
    thief = stage.thief()
    other = branch(stage.house.maker, len(stage.house.maker.entries))
    other.origin = "elsewhere.example/log"
    give_out(thief, other)
    stage.refused(stage.behind, thief.folder, "the log does not verify")


def test_an_altered_tile(stage: Stage):
    thief = stage.thief()
    for tile in (thief.folder / "log/tile/0").rglob("*"):
        if tile.is_file():
            tile.write_bytes(bytes([tile.read_bytes()[0] ^ 1]) + tile.read_bytes()[1:])
    stage.refused(stage.behind, thief.folder, "do not give the root in its checkpoint")


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"a\nb\nc\n", b"x" * 100_000])
def test_a_checkpoint_that_is_none(stage: Stage, data):
    thief = stage.thief()
    thief.replace("log/checkpoint", data)
    stage.refused(stage.behind, thief.folder, "the log does not verify|checkpoint is")


def test_a_split_view_is_seen_by_whoever_meets_the_other_side(stage: Stage):
    """The log's and all online keys are stolen: one operator is shown a log of its own. It is
    told so, with both checkpoints as evidence, as soon as it sees the one that all others see."""
    thief = stage.thief(*ONLINE)
    other = branch(stage.house.maker, seen(stage))
    data = other.bundle(5)
    path = stage.house.path(5)

    def add(signed: Signed) -> None:
        signed["targets"][path] = thief.put_target(path, data)

    drop = stage.house.path(4)
    thief.push({thief.bin_of(drop): lambda signed: signed["targets"].pop(drop)})
    first = stage.house.path(1)
    former = next((stage.old / "tuf/targets").rglob("*.SEAWALL-2026-0001.json")).read_bytes()
    back = thief.put_target(first, former)
    thief.push({thief.bin_of(first): lambda signed: signed["targets"].update({first: back})})
    thief.push({_bin_for(thief, path): add})
    give_out(thief, other)
    shown = stage.behind.copy(stage.place("shown"))
    assert shown.sync(thief.folder, now=stage.now) == Outcome(code=0)
    assert "SEAWALL-2026-0005" in shown.releases()
    before = shown.installed()

    honest = Thief(stage.house, stage.place("honest"), *EVERY_KEY)
    for _ in range(5):
        honest.push(dict.fromkeys(honest.bins(), nothing))
    outcome = shown.sync(honest.folder, now=stage.now)
    assert outcome.code == 1
    assert shown.installed() == before
    evidence = {file.name for file in (shown.home / "evidence").rglob("*.checkpoint")}
    assert evidence == {"received.checkpoint", "remembered.checkpoint"}


def _bin_for(thief: Thief, path: str) -> str:
    number = int.from_bytes(sha256(path.encode()).digest()[:4], "big") >> 30
    return next(name for name in thief.bins() if name.endswith(f"-{number:x}"))


def test_a_split_view_is_refused_when_a_witness_is_asked_for(stage: Stage):
    """The same theft, but trust.json asks for one witness, who has cosigned the log that all see
    and whose key is not among the stolen."""
    witness = signer("witness")
    offline = stage.thief(*EVERY_KEY)
    place = next((offline.folder / "tuf/targets").glob("*.trust.json"))
    trust = read_trust(place.read_bytes())
    assert trust.log is not None
    needed = TrustedWitness(name="w1", key=_vkey(witness))
    data = write_trust(replace(trust, log=replace(trust.log, witnesses=(needed,), need=1)))
    named = offline.put_target("trust.json", data)
    offline.replace(f"tuf/targets/{named['hashes']['sha256']}.trust.json", data)
    offline.push({"targets": lambda signed: signed["targets"].update({"trust.json": named})})
    seen_by_all = offline.read("log/checkpoint")

    other = branch(stage.house.maker, seen(stage))
    while len(other.entries) < len(stage.house.maker.entries):
        other.append("feed.published", "feed:evil", {})
    for shown in (seen_by_all, other.checkpoint().encode()):
        offline.replace("log/checkpoint", shown)
        victim = stage.behind.copy(stage.place("victim"))
        before = victim.installed()
        outcome = victim.sync(offline.folder, now=stage.now)
        assert outcome.code == 1
        assert "witness" in outcome.sentence
        assert victim.installed() == before
    offline.replace("log/checkpoint", _cosigned(seen_by_all, witness))
    control = stage.behind.copy(stage.place("control"))
    assert control.sync(offline.folder, now=stage.now) == Outcome(code=0)
    assert "SEAWALL-2026-0004" in control.releases()


WITNESS = "witness.example/w1"


def _vkey(witness: Ed25519Signer) -> str:
    key = b"\x04" + witness.public.raw
    return f"{WITNESS}+{_key_id(witness).hex()}+{base64.b64encode(key).decode()}"


def _key_id(witness: Ed25519Signer) -> bytes:
    return sha256(f"{WITNESS}\n".encode() + b"\x04" + witness.public.raw).digest()[:4]


def _cosigned(checkpoint: bytes, witness: Ed25519Signer) -> bytes:
    """With a witness's cosignature (C2SP tlog-cosignature)."""
    at = 1_780_000_000
    body = checkpoint.decode().partition("\n\n")[0] + "\n"
    signature = witness.sign(f"cosignature/v1\ntime {at}\n{body}".encode())
    blob = base64.b64encode(_key_id(witness) + at.to_bytes(8, "big") + signature).decode()
    return checkpoint + f"— {WITNESS} {blob}\n".encode()
