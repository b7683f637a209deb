"""An advisory leaves a clearinghouse and reaches an operator, who trusts nobody in between: it is
published, synced over HTTP and by carried media, checked, verified, applied, and said so."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from claims.folk import party, token
from client.guide import blocks, words
from distribution.founded import hold_ceremony, published, revised, set_up
from seawall.advisories.models import Release
from seawall.cli.main import root
from seawall.distribution import feeds, metrics
from seawall.distribution.models import SignedReceipt
from seawall.distribution.publishing import publish_due

pytestmark = pytest.mark.django_db(transaction=True)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def release(home, settings, tmp_path) -> Release:
    """A clearinghouse after its key ceremony, with one advisory in its feed."""
    set_up(settings, tmp_path)
    hold_ceremony(feeds.public(), now=now())
    made = published(now=now())
    publish_due(now=now())
    return made


class Hospital:
    """An operator at its own machine: nothing of the clearinghouse is there."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.patch = patch
        folder.mkdir()

    def __call__(self, *words: object, exit_code: int = 0) -> str:
        return self._run(words, exit_code).output

    def json(self, *words: object, exit_code: int = 0) -> Any:
        return json.loads(self._run((*words, "--json"), exit_code).stdout)

    def _run(self, words: tuple[object, ...], exit_code: int) -> Result:
        with self.patch.context() as patch:
            patch.setenv("SEAWALL_HOME", str(self.folder / "seawall"))
            result = CliRunner().invoke(root, [str(word) for word in words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == exit_code, result.output
        return result

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def sbom(self, version: str) -> Path:
        part = {"name": "jinja2", "version": version, "purl": f"pkg:pypi/jinja2@{version}"}
        bom = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [part]}
        return self.write(f"sbom-{version}.json", json.dumps(bom))


@pytest.fixture
def hospital(tmp_path, monkeypatch) -> Hospital:
    return Hospital(tmp_path / "hospital", monkeypatch)


def root_by_another_way(hospital: Hospital) -> Path:
    """What the operator got at a conference: the first root of the feed."""
    return hospital.write(
        "root.json", feeds.public().tree.read("tuf/metadata/1.root.json").decode()
    )


def test_from_a_release_to_its_receipt(release, hospital, live_server):
    feed = f"{live_server.url}/feed"
    assert "no root is trusted" in hospital("sync", feed, exit_code=2)
    done = hospital.json("sync", feed, "--root", root_by_another_way(hospital), "--receipts")
    assert [(i["id"], i["revision"]) for i in done["installed"]] == [("SEAWALL-2026-0001", 1)]
    assert done["log_origin"] == "cert.example/log"

    hit = hospital.json("check", hospital.sbom("3.1.4"), exit_code=1)
    assert "SEAWALL-2026-0001" in [r["id"] for m in hit["matches"] for r in m["records"]]
    assert hit["feed"]["releases"] == 1

    documents = {n: d for n, d in the_documents(live_server, done).items() if n.endswith(".json")}
    for name, text in documents.items():
        said = hospital.json("verify", hospital.write(f"documents/{name}", text))["files"][0]
        assert (said["outcome"], said["publisher"]) == ("genuine", "Test CERT")

    work = hospital.write("project/requirements.txt", "jinja2==3.1.4\n").parent
    assert "+jinja2==3.1.5" in hospital("apply", "--all", work, exit_code=1)
    hospital("apply", "--all", work, "--write")
    assert (work / "requirements.txt").read_text() == "jinja2==3.1.5\n"
    assert hospital.json("check", hospital.sbom("3.1.5"))["affected"] is False

    signed = hospital.json(
        "receipt",
        "installed",
        "SEAWALL-2026-0001",
        "--asset",
        "web",
        "--sbom",
        hospital.sbom("3.1.5"),
    )
    assert signed["receipts"] == 1
    bob = party("Bob Hospital")
    secret = hospital.write("token", token(bob, scopes=("read", "submit")))
    at = ("--to", live_server.url, "--token-file", secret)
    assert hospital.json("receipt", "send", *at, exit_code=1)["refused"] == 2  # no such key yet
    assert hospital.json("receipt", "register", "--label", "gateway", *at)["id"].startswith("CK-")
    assert hospital.json("receipt", "send") == {"sent": 2, "refused": 0}
    [guide] = blocks("api")
    for command in guide.commands:  # the key is registered already, which is no other key
        typed = words(command, {"CLEARINGHOUSE": live_server.url})
        hospital(*(str(secret) if word == "token" else word for word in typed))
    assert hospital.json("receipt", "send") == {"sent": 0, "refused": 0}

    kept = SignedReceipt.objects.order_by("pk")
    assert [(r.kind, r.asset, r.release_id) for r in kept] == [
        ("delivered", "", release.pk),
        ("installed", "web", release.pk),
    ]
    [timeline] = metrics.timelines()
    assert (timeline.delivered.systems, timeline.installed.systems) == (1, 1)


def the_documents(live_server, done) -> dict[str, str]:
    """The documents as anybody finds them in the feed, among those of the release."""
    tree = feeds.public().tree
    [path] = [p for p in tree.files() if p.endswith(".SEAWALL-2026-0001.json")]
    documents: dict[str, str] = json.loads(tree.read(path))["documents"]
    return documents


def test_media_is_carried_in_and_receipts_are_carried_out(release, hospital, live_server, tmp_path):
    export = CliRunner().invoke(root, ["feed", "export", str(tmp_path / "media")])
    assert export.exit_code == 0, export.output
    media = tmp_path / "carried"
    shutil.move(tmp_path / "media", media)
    hospital("sync", media, "--root", root_by_another_way(hospital), "--receipts", "--quiet")
    assert "SEAWALL-2026-0001" in hospital("check", hospital.sbom("3.1.4"), exit_code=1)

    carried = hospital.folder / "receipts.jsonl"
    hospital("receipt", "export", carried)
    secret = hospital.write("token", token(party("Bob Hospital"), scopes=("read", "submit")))
    at = ("--to", live_server.url, "--token-file", secret)
    hospital("receipt", "register", "--label", "gateway", *at)
    for _ in range(2):
        assert hospital.json("receipt", "send", "--from", carried)["sent"] == 1
    assert SignedReceipt.objects.count() == 1
    assert hospital("receipt", "list") == "0 receipts to send.\n"


def test_a_revision_replaces_what_was_there_everywhere(release, hospital, live_server):
    feed = f"{live_server.url}/feed"
    hospital("sync", feed, "--root", root_by_another_way(hospital), "--quiet")
    first = the_documents(live_server, None)
    revised(release, now=now())
    publish_due(now=now())
    assert hospital.json("sync")["installed"][0]["revision"] == 2
    name, text = next(iter(first.items()))
    old = hospital.write(name, text)
    said = hospital.json("verify", old, exit_code=1)["files"][0]
    assert (said["outcome"], said["revision"], said["newest"]) == ("superseded", 1, 2)
