"""The house itself: its command line, its import rules, its lock files, the size of its files."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement

from seawall.cli.main import COMMANDS, root

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "seawall"

ONE_FILE_PROGRAMS = {"proofs/harness/replay.py"}
"""Sent into the sandbox as a single file that can import nothing beside itself."""


def commands(
    command: click.Command = root, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    """Every command of the tree with the words that call it."""
    yield " ".join(path), command
    if isinstance(command, click.Group):
        with click.Context(command) as context:
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                yield from commands(found, (*path, name))


EVERY = dict(commands())
LEAVES = {name: found for name, found in EVERY.items() if not isinstance(found, click.Group)}


def test_help_lists_every_command():
    shown = CliRunner().invoke(root, ["--help"], terminal_width=200).output
    for name, (_, line) in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(line)}$", shown, re.MULTILINE), name


@pytest.mark.parametrize("name", EVERY)
def test_every_command_explains_itself(name):
    result = CliRunner().invoke(root, [*name.split(), "--help"])
    assert result.exit_code == 0
    assert f"Usage: root {name}".strip() in result.output
    assert EVERY[name].help
    for option in EVERY[name].params:
        if isinstance(option, click.Option):
            assert option.help or option.hidden, f"{name} {option.opts}"


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_has_json(name):
    assert any("--json" in option.opts for option in LEAVES[name].params)


@pytest.mark.parametrize("name", EVERY)
def test_an_unknown_option_is_a_wrong_call(name):
    assert CliRunner().invoke(root, [*name.split(), "--no-such-option"]).exit_code == 2


def test_imports_point_downward_only():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_every_package_has_its_floor():
    contract = settings()["tool"]["importlinter"]["contracts"][0]
    floors = set(re.findall(r"\w+", " ".join(contract["layers"])))
    packages = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert contract["exhaustive"]
    assert packages <= floors


def test_no_module_is_over_400_lines():
    long = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if len(path.read_text().splitlines()) > 400 and "migrations" not in path.parts
    }
    assert long <= ONE_FILE_PROGRAMS


def test_nothing_is_left_to_do():
    unfinished = re.compile(r"\b(TODO|FIXME|XXX)\b|raise NotImplemented")
    assert [
        f"{path.relative_to(SOURCE)}:{number}"
        for path in SOURCE.rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if unfinished.search(line)
    ] == []


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", ["build", "eval"]),
        ("requirements-dev.lock", ["build", "dev", "eval"]),
    ],
)
def test_a_lock_holds_what_the_project_asks_for(lock, wanted):
    project = settings()["project"]
    asked = [*project["dependencies"]]
    for extra in wanted:
        asked += project["optional-dependencies"][extra]
    pins = dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))
    for requirement in map(Requirement, asked):
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        assert requirement.specifier.contains(pins[name]), requirement


def test_locks_and_configuration_are_clean():
    tool = check_tree()
    assert [*tool.recorded_addresses(), *tool.loose_requirements(), *tool.disagreements()] == []


PIN = "click==8.1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("requirements.lock", "--index-url https://pypi.example/simple"),
        ("requirements.lock", "--find-links wheels"),
        ("requirements.lock", "--trusted-host pypi.example"),
        ("requirements.lock", "click @ https://pypi.example/click.whl"),
        ("requirements.lock", "click @ git+ssh://git@example/click"),
        ("requirements.lock", "# found in /home/somebody/wheels"),
        ("package-lock.json", '"resolved": "https://npm.example/a.tgz"'),
        (".npmrc", "registry=//npm.example/"),
        ("deep/pip.conf.cfg", "index-url = https://pypi.example"),
        ("pyproject.toml", "[[tool.uv.index]]"),
        ("pyproject.toml", 'index-url = "pypi.example"'),
    ],
)
def test_an_address_in_a_lock_or_configuration_is_found(tmp_path, file, line):
    put(tmp_path, file, PIN + line + "\n")
    found = list(check_tree().recorded_addresses(tmp_path))
    assert found == [f"{file}:3: records an address: {line}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (PIN, None),
        (PIN.replace("click==8.1.0", "click==8.1.0 ; python_version < '4'"), None),
        ("click==8.1.0\n", "neither a pinned requirement nor its hash: click==8.1.0"),
        ("click==8.1.0 \\\n" + PIN, "the requirement above has no hash"),
        ("click==8.1.0 \\\n", "the requirement above has no hash"),
        (PIN + "click>=8\n", "neither a pinned requirement nor its hash: click>=8"),
        (PIN + "-r other.lock\n", "neither a pinned requirement nor its hash: -r other.lock"),
    ],
)
def test_a_requirement_without_version_or_hash_is_found(tmp_path, text, problem):
    put(tmp_path, "requirements.lock", text)
    found = [line.split(": ", 1)[1] for line in check_tree().loose_requirements(tmp_path)]
    assert found == ([] if problem is None else [problem])


def test_locks_that_disagree_are_found(tmp_path):
    put(tmp_path, "a.lock", PIN)
    put(tmp_path, "b.lock", PIN.replace("8.1.0", "8.2.0"))
    found = list(check_tree().disagreements(tmp_path))
    assert found == ["click is pinned at 8.1.0 in a.lock, 8.2.0 in b.lock"]


def settings() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def check_tree() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_tree", ROOT / "tools" / "check_tree.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def put(root: Path, name: str, text: str) -> None:
    """Write a file into a git repository at `root`, known to git."""
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)
    for call in (["init", "--quiet"], ["add", "--intent-to-add", "--force", name]):
        subprocess.run(["git", *call], cwd=root, check=True, capture_output=True)
