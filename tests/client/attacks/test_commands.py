"""The same attacks as one meets them: through `seawall sync` and `seawall verify`."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from client.attacks.logs import branch, give_out
from client.attacks.operators import Operator
from client.attacks.thieves import Thief
from client.mirrors import serve
from feed.house import House, make_house
from formats.bundles import make_bundle
from seawall.cli.main import root as seawall


@dataclass(kw_only=True)
class Desk:
    """An operator's machine, today, that has synced three releases; a fourth is out."""

    house: House
    folder: Path
    home: Path

    def run(self, *words: str) -> Result:
        env = {"SEAWALL_HOME": str(self.home)}
        return CliRunner().invoke(seawall, list(words), env=env)

    def installed(self) -> str:
        return Operator(home=self.home / "feeds" / "default").installed()

    def thief(self, *stolen: str) -> Thief:
        return Thief(self.house, self.folder / "mirror", *stolen)


@pytest.fixture
def desk(tmp_path) -> Desk:
    today = datetime.now(UTC).replace(microsecond=0)
    house = make_house(tmp_path / "house", releases=3, now=today - timedelta(hours=3))
    made = Desk(house=house, folder=tmp_path, home=tmp_path / "home")
    root = tmp_path / "root.json"
    root.write_bytes(house.root)
    first = made.run("sync", str(house.folder), "--root", str(root))
    assert first.exit_code == 0, first.output
    house.publish(now=today - timedelta(hours=1))
    return made


def rolled_back(desk: Desk) -> Path:
    thief = desk.thief("timestamp")
    signed = thief.signed("timestamp")
    signed["version"] = 1
    thief.write("timestamp", signed)
    return thief.folder


def hidden(desk: Desk) -> Path:
    thief = desk.thief("timestamp", "snapshot")
    path = desk.house.path(2)
    thief.push({thief.bin_of(path): lambda signed: signed["targets"].pop(path)})
    return thief.folder


def forked(desk: Desk) -> Path:
    thief = desk.thief()
    other = branch(desk.house.maker, 1)
    for _ in range(9):
        other.append("feed.published", "feed:evil", {})
    give_out(thief, other)
    return thief.folder


def forged(desk: Desk) -> Path:
    thief = desk.thief("timestamp", "snapshot", "publisher")
    path = desk.house.path(4)
    named = thief.put_target(path, make_bundle(4, cve="CVE-2026-66666"))
    thief.push({thief.bin_of(path): lambda signed: signed["targets"].update({path: named})})
    return thief.folder


@pytest.mark.parametrize("way", ["folder", "web"])
@pytest.mark.parametrize("attack", [rolled_back, hidden, forked, forged])
def test_sync_refuses_in_one_sentence_and_says_where_the_evidence_is(desk, attack, way):
    mirror = attack(desk)
    before = desk.installed()
    if way == "folder":
        refused = desk.run("sync", str(mirror))
    else:
        with serve(mirror, packed=True) as running:
            refused = desk.run("sync", running.url)
    assert refused.exit_code == 1
    [line] = refused.output.strip().splitlines()
    assert line.startswith("seawall: ")
    assert "Nothing was changed" in line
    assert desk.installed() == before


def test_without_the_attack_the_same_command_installs(desk):
    before = desk.installed()
    with serve(desk.house.folder, packed=True) as running:
        done = desk.run("sync", running.url, "--json")
    assert done.exit_code == 0
    assert [each["id"] for each in json.loads(done.output)["installed"]] == ["SEAWALL-2026-0004"]
    assert desk.installed() != before


def test_a_mirror_that_is_not_there_is_exit_code_3(desk):
    before = desk.installed()
    failed = desk.run("sync", "http://127.0.0.1:9/feed")
    assert failed.exit_code == 3
    assert desk.installed() == before


def test_the_first_sync_needs_a_root_from_elsewhere(desk):
    failed = desk.run("sync", str(desk.house.folder), "--name", "another")
    assert failed.exit_code == 2
    assert "--root FILE or --root-sha256 HEX" in failed.output


def altered(bundle: dict[str, object]) -> bytes:
    documents = bundle["documents"]
    assert isinstance(documents, dict)
    name = sorted(documents)[0]
    documents[name] = documents[name].replace("3.1.5", "3.1.4")
    return json.dumps(bundle).encode()


def proven_elsewhere(bundle: dict[str, object]) -> bytes:
    return json.dumps(bundle | {"proof": json.loads(make_bundle(2))["proof"]}).encode()


def renamed(bundle: dict[str, object]) -> bytes:
    return json.dumps(bundle | {"id": "SEAWALL-2026-0009"}).encode()


def of_another_log(bundle: dict[str, object]) -> bytes:
    return make_bundle(1, cve="CVE-2026-66666")


@pytest.mark.parametrize("forge", [altered, proven_elsewhere, renamed, of_another_log])
def test_verify_says_no_of_a_release_that_is_not_genuine(
    desk, forge: Callable[[dict[str, object]], bytes]
):
    genuine = next((desk.house.folder / "tuf/targets").rglob("*.SEAWALL-2026-0001.json"))
    file = desk.folder / "SEAWALL-2026-0001.json"
    file.write_bytes(genuine.read_bytes())
    assert desk.run("verify", str(file)).exit_code == 0
    file.write_bytes(forge(json.loads(genuine.read_bytes())))
    refused = desk.run("verify", str(file))
    assert refused.exit_code == 1, refused.output
