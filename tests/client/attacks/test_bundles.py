"""Altered releases in a repository that signs them: every online key of it is stolen, the release
key and the log's are not."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from client.attacks.conftest import Stage
from client.attacks.operators import Operator
from client.attacks.thieves import Thief
from feed.house import SLUG
from formats.bundles import PATCH_SHA256, make_bundle
from seawall.core.feed_paths import patch_path

Bundle = dict[str, Any]


def with_bundle(stage: Stage, change: Callable[[Bundle], Bundle | bytes]) -> Thief:
    """The mirror signs release 4 as `change` leaves it."""
    thief = stage.thief("timestamp", "snapshot", "publisher")
    path = stage.house.path(4)
    [place] = (thief.folder / "tuf/targets").rglob("*.SEAWALL-2026-0004.json")
    made = change(json.loads(place.read_bytes()))
    data = made if isinstance(made, bytes) else _compact(made)
    named = thief.put_target(path, data)
    thief.push({thief.bin_of(path): lambda signed: signed["targets"].update({path: named})})
    return thief


def _compact(value: Bundle) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def other(stage: Stage, number: int) -> Bundle:
    """The genuine bundle of another release."""
    place = next((stage.old / "tuf/targets").rglob(f"*.SEAWALL-2026-{number:04d}.json"))
    value: Bundle = json.loads(place.read_bytes())
    return value


def test_a_document_that_was_altered(stage: Stage):
    def alter(bundle: Bundle) -> Bundle:
        name = sorted(bundle["documents"])[0]
        bundle["documents"][name] = bundle["documents"][name].replace("3.1.5", "3.1.4")
        return bundle

    thief = with_bundle(stage, alter)
    stage.refused(stage.behind, thief.folder, "SEAWALL-2026-0004.json does not verify")


@pytest.mark.parametrize("what", ["left out", "added", "renamed"])
def test_documents_that_were_not_signed_so(stage: Stage, what):
    def alter(bundle: Bundle) -> Bundle:
        documents = bundle["documents"]
        name = sorted(documents)[0]
        if what != "added":
            text = documents.pop(name)
        if what == "added":
            documents["extra.json"] = "{}"
        if what == "renamed":
            documents["other.json"] = text
        return bundle

    thief = with_bundle(stage, alter)
    stage.refused(stage.behind, thief.folder, "SEAWALL-2026-0004.json does not verify")


def test_a_statement_that_was_altered(stage: Stage):
    def alter(bundle: Bundle) -> Bundle:
        envelope = bundle["envelope"]
        payload = base64.b64decode(envelope["payload"]).replace(b"3.1.5", b"3.1.4")
        envelope["payload"] = base64.b64encode(payload).decode()
        return bundle

    thief = with_bundle(stage, alter)
    stage.refused(stage.behind, thief.folder, "no release key that the feed trusts has signed it")


@pytest.mark.parametrize("part", ["proof", "entry", "envelope", "documents"])
def test_a_part_of_another_release(stage: Stage, part):
    def alter(bundle: Bundle) -> Bundle:
        return bundle | {part: other(stage, 2)[part]}

    thief = with_bundle(stage, alter)
    stage.refused(
        stage.behind, thief.folder, "does not verify|not proven to be in the log|not its name"
    )


def test_a_proof_with_an_altered_hash(stage: Stage):
    def alter(bundle: Bundle) -> Bundle:
        lines = bundle["proof"].split("\n")
        lines[2] = lines[2][:5] + ("A" if lines[2][5] != "A" else "B") + lines[2][6:]
        return bundle | {"proof": "\n".join(lines)}

    thief = with_bundle(stage, alter)
    stage.refused(stage.behind, thief.folder, "not proven to be in the log")


@pytest.mark.parametrize("field, value", [("id", "SEAWALL-2026-0009"), ("revision", 7)])
def test_a_wrong_id_or_revision(stage: Stage, field, value):
    thief = with_bundle(stage, lambda bundle: bundle | {field: value})
    stage.refused(stage.behind, thief.folder, "SEAWALL-2026-0004.json does not verify")


def test_a_genuine_release_of_another_log(stage: Stage):
    """Same keys, same form, but the operator's log never held it there."""
    thief = with_bundle(stage, lambda bundle: make_bundle(4, cve="CVE-2026-4444"))
    stage.refused(stage.behind, thief.folder, "is not what the log holds as entry 0")


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b'{"format":"seawall-release/1"}', b"\xff" * 99, b"[" * 5_000, b'{"id":1,"id":1}'],
    ids=["nothing", "a list", "a stump", "no text", "nested", "twice"],
)
def test_what_is_no_bundle(stage: Stage, data):
    thief = with_bundle(stage, lambda bundle: data)
    stage.refused(stage.behind, thief.folder, "SEAWALL-2026-0004.json does not verify")


def test_a_patch_that_was_replaced(stage: Stage):
    """A patch is named by its hash, and its release has signed that."""
    thief = stage.thief("timestamp", "snapshot", "publisher")
    path = patch_path(SLUG, PATCH_SHA256)
    named = thief.put_target(path, b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-import safe\n+import evil\n")
    thief.push({thief.bin_of(path): lambda signed: signed["targets"].update({path: named})})
    stage.refused(stage.behind, thief.folder, "another patch than the one it is named after")


def test_a_patch_that_was_replaced_on_the_mirror(stage: Stage):
    thief = stage.thief()
    for place in (thief.folder / "tuf/targets").rglob("*.patch"):
        place.write_bytes(place.read_bytes().replace(b"new", b"old"))
    newcomer = Operator.trusting(stage.place("newcomer"), stage.house.root)
    outcome = newcomer.sync(thief.folder, now=stage.now)
    assert outcome.code == 1
    assert ".patch is not what was signed" in outcome.sentence
    assert newcomer.releases() == {}
