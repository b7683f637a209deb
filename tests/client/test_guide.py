"""What the operators' guide says to type, and its examples, are run as they stand."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from client.guide import EXAMPLES, blocks, shell_environment, words
from client.mirrors import serve
from feed.house import make_house
from seawall.cli.main import root


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    now = datetime.now(UTC) - timedelta(hours=2)
    return make_house(tmp_path_factory.mktemp("house"), releases=2, now=now)


@pytest.fixture
def mirror(house):
    with serve(house.folder, packed=True) as running:
        yield running


def sbom(version):
    part = {"name": "jinja2", "version": version, "purl": f"pkg:pypi/jinja2@{version}"}
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [part]})


@pytest.fixture
def desk(house, tmp_path, monkeypatch):
    """A folder with what the guide speaks of."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sbom.json").write_text(sbom("3.1.4"))
    (tmp_path / "sbom-after.json").write_text(sbom("3.1.5"))
    (tmp_path / "root.json").write_bytes(house.root)
    for name, text in (
        ("project/requirements.txt", "jinja2==3.1.4\n"),
        ("sources/jinja2/sandbox.py", "import old\n"),
    ):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    [bundle] = (house.folder / "tuf/targets").rglob("*.SEAWALL-2026-0001.json")
    for name, text in json.loads(bundle.read_text())["documents"].items():
        (tmp_path / name).write_text(text)
    return tmp_path


def typed(who, home, monkeypatch, **variables):
    monkeypatch.setenv("SEAWALL_HOME", str(home))
    count = 0
    for block in blocks(who):
        for command in block.commands:
            result = CliRunner().invoke(root, words(command, variables))
            assert result.exit_code == block.code, f"{command}: {result.output}"
            count += 1
    return count


def test_the_guide_is_true(house, mirror, desk, monkeypatch):
    digest = sha256(house.root).hexdigest()
    connected = typed(
        "connected", desk / "connected", monkeypatch, FEED=mirror.url, ROOT_SHA256=digest
    )
    inside = typed("inside", desk / "inside", monkeypatch)
    assert (connected, inside) == (11, 3)
    assert (desk / "receipts.jsonl").exists()


def sh(script, cwd, environment):
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def checkout(desk) -> Path:
    """A repository as CI has it."""
    (desk / "requirements.txt").write_text("jinja2==3.1.4\n")
    return desk


def steps(house, mirror):
    """The commands of the action's steps but the one that installs, and their variables."""
    job = yaml.safe_load((EXAMPLES / "github-action.yml").read_text())["jobs"]["check"]
    values = {"vars.SEAWALL_FEED": mirror.url}
    values["vars.SEAWALL_ROOT_SHA256"] = sha256(house.root).hexdigest()
    environment = {
        name: values[text.strip("${} ")]
        for name, text in job["env"].items()
        if name != "SEAWALL_HOME"
    }
    return [step["run"] for step in job["steps"] if "run" in step][1:], environment


def test_the_action_stops_what_is_affected_and_lets_the_rest_through(house, mirror, checkout):
    commands, variables = steps(house, mirror)
    environment = shell_environment(checkout / ".seawall", **variables)
    follow, check, ask = commands
    for _ in range(2):  # the cache keeps the folder
        assert sh(follow, checkout, environment) == (0, "")
    assert [sh(c, checkout, environment)[0] for c in (check, ask)] == [1, 1]
    (checkout / "sbom.json").write_text(sbom("3.1.5"))
    (checkout / "requirements.txt").write_text("jinja2==3.1.5\n")
    assert [sh(c, checkout, environment)[0] for c in (check, ask)] == [0, 0]


def test_the_hook_refuses_an_affected_version(house, checkout):
    [repo] = yaml.safe_load((EXAMPLES / "pre-commit-config.yaml").read_text())["repos"]
    [hook] = repo["hooks"]
    environment = shell_environment(checkout / "home")
    sync = f"seawall sync {house.tree.folder} --root root.json --quiet"
    assert sh(sync, checkout, environment) == (0, "")
    assert sh(hook["entry"], checkout, environment)[0] == 1
    (checkout / "requirements.txt").write_text("jinja2==3.1.5\n")
    assert sh(hook["entry"], checkout, environment) == (0, "Nothing has to change.\n")


def test_the_nightly_script_speaks_only_when_there_is_something(house, checkout):
    script = str(EXAMPLES / "nightly.sh")
    environment = shell_environment(checkout / "home", SBOM=str(checkout / "sbom-after.json"))
    assert sh(f"sh {script}", checkout, environment)[0] == 2  # nothing to follow yet
    sync = f"seawall sync {house.tree.folder} --root root.json --quiet"
    assert sh(sync, checkout, environment) == (0, "")
    assert sh(f"sh {script}", checkout, environment) == (0, "")
    code, said = sh(f"sh {script}", checkout, environment | {"SBOM": str(checkout / "sbom.json")})
    assert (code, "SEAWALL-2026-0001" in said) == (1, True)
