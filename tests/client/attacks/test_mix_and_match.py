"""Mix-and-match: parts that are each genuine, put together as they never were."""

import json

from client.attacks.conftest import EVERY_KEY, Stage
from client.attacks.thieves import Signed
from feed.house import SLUG


def test_new_timestamp_with_the_snapshot_of_before(stage: Stage):
    thief = stage.thief()
    old = (stage.old / thief.place("snapshot", thief.version("snapshot") - 2)).read_bytes()
    thief.replace(thief.place("snapshot"), old)
    stage.refused(stage.behind, thief.folder, "parts of the feed do not belong together")


def test_a_bin_of_before_under_the_name_of_the_new(stage: Stage):
    thief = stage.thief()
    name = thief.bin_of(stage.house.path(4))
    thief.replace(thief.place(name), thief.read(thief.place(name, thief.version(name) - 1)))
    stage.refused(stage.behind, thief.folder, f"{name} is version .* but the snapshot names")


def test_another_bin_under_the_name_of_this_one(stage: Stage):
    """All bins are signed by the same key; what they say is bound to their place by the hash."""
    thief = stage.thief(*EVERY_KEY)
    name = thief.bin_of(stage.house.path(4))
    other = next(b for b in thief.bins() if b != name and thief.signed(b)["targets"])

    def take(signed: Signed) -> None:
        signed["targets"] = thief.signed(other)["targets"]

    thief.push({name: take})
    stage.refused(stage.behind, thief.folder, "not its own to name")


def test_the_release_of_another_id_on_the_mirror(stage: Stage):
    thief = stage.thief()
    [four] = (thief.folder / "tuf/targets").rglob("*.SEAWALL-2026-0004.json")
    two = next((thief.folder / "tuf/targets").rglob("*.SEAWALL-2026-0002.json"))
    four.write_bytes(two.read_bytes())
    stage.refused(stage.behind, thief.folder, "not what was signed")


def test_the_release_of_another_id_in_a_signed_bin(stage: Stage):
    path = stage.house.path(4)
    thief = stage.thief("timestamp", "snapshot", "publisher")
    two = next((thief.folder / "tuf/targets").rglob("*.SEAWALL-2026-0002.json")).read_bytes()

    def swap(signed: Signed) -> None:
        signed["targets"][path] = thief.put_target(path, two)

    thief.push({thief.bin_of(path): swap})
    stage.refused(stage.behind, thief.folder, "SEAWALL-2026-0002.*not its name")


def test_a_publishers_role_given_out_as_targets(stage: Stage):
    thief = stage.thief("timestamp", "snapshot")

    def drop(signed: Signed) -> None:
        signed["meta"]["targets.json"] = dict(signed["meta"][f"{SLUG}.json"])
        signed["meta"]["targets.json"]["version"] = 2

    data = json.loads(thief.read(thief.place(SLUG)))
    thief.push({"snapshot": drop})
    thief.replace("tuf/metadata/2.targets.json", json.dumps(data).encode())
    stage.refused(stage.behind, thief.folder, "longer than the|not signed by enough")
