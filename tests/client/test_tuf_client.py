"""The plain TUF client behind `seawall tuf-client`, against a repository made by python-tuf."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result
from tuf.api.metadata import Metadata

from client.mirrors import serve
from client.repositories import Repository
from seawall.cli.main import root as seawall

PATH = "acme/releases/2026/000/one.json"


@pytest.fixture
def repository(tmp_path):
    made = Repository(folder=tmp_path / "feed", now=datetime.now(UTC).replace(microsecond=0))
    made.change({PATH: b"first"})
    return made


@pytest.fixture
def mirror(repository):
    with serve(repository.folder) as running:
        yield running


@pytest.fixture
def client(tmp_path, repository, mirror):
    metadata, targets = tmp_path / "metadata", tmp_path / "targets"

    def run(*words: str, name: str = PATH) -> Result:
        options = ["--metadata-dir", str(metadata), "--metadata-url", f"{mirror.url}/tuf/metadata"]
        options += ["--target-name", name, "--target-base-url", f"{mirror.url}/tuf/targets"]
        options += ["--target-dir", str(targets)]
        return CliRunner().invoke(seawall, ["tuf-client", *options, *words])

    trusted = tmp_path / "root.json"
    trusted.write_bytes(repository.first_root)
    assert run("init", str(trusted)).exit_code == 0
    run.metadata, run.targets = metadata, targets
    return run


def version(folder, role):
    return Metadata.from_file(str(folder / f"{role}.json")).signed.version


def test_beginning_asks_for_nothing(client, mirror):
    assert mirror.got == []
    assert (client.metadata / "root.json").exists()


def test_refreshing_keeps_metadata_under_plain_names(client, repository):
    assert client("refresh").exit_code == 0
    assert version(client.metadata, "snapshot") == 2
    repository.bump()
    assert client("refresh").exit_code == 0
    assert version(client.metadata, "snapshot") == 3


def test_a_target_is_downloaded_once(client, mirror):
    assert client("download").exit_code == 0
    [file] = client.targets.iterdir()
    assert file.read_bytes() == b"first"
    mirror.begin()
    assert client("download").exit_code == 0
    assert [path for path in mirror.got if "targets/" in path] == []


def test_a_changed_target_replaces_the_old_one(client, repository):
    client("download")
    repository.change({PATH: b"second"})
    assert client("download").exit_code == 0
    [file] = client.targets.iterdir()
    assert file.read_bytes() == b"second"


def test_what_does_not_verify_is_one_line_and_exit_code_1(client, repository):
    client("refresh")
    repository.roles["timestamp"].signed.version = 1
    repository.save("timestamp")
    failed = client("refresh")
    assert failed.exit_code == 1
    assert failed.output.startswith("seawall: BadVersionNumberError: ")
    assert version(client.metadata, "timestamp") == 2


def test_a_target_that_nobody_names_is_not_downloaded(client):
    assert client("download", name="acme/releases/2026/000/no such").exit_code == 1
    assert not list(client.targets.glob("*"))


def test_another_files_bytes_are_not_taken(client, repository, mirror):
    [place] = (repository.folder / "tuf/targets/acme/releases/2026/000").iterdir()
    place.write_bytes(b"worst")
    assert client("download").exit_code == 1
    assert not list(client.targets.glob("*"))
