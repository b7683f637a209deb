"""What every journey starts from: an empty installation, and a package index without network."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from journeys.packages import make_wheels
from seawall.cli.main import root


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with Lettermill's releases; pip looks there and nowhere else."""
    folder = make_wheels(tmp_path / "wheels")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def publisher(settings) -> None:
    """The name under which this installation publishes."""
    settings.SEAWALL_PUBLISHER_NAME = "Example CERT"
    settings.SEAWALL_PUBLISHER_NAMESPACE = "https://cert.example"


class Terminal:
    """Types `seawall …` as a user does, and looks at the exit code each time."""

    def __call__(self, *words: object, exit_code: int = 0) -> str:
        """Everything that the command printed."""
        result = CliRunner().invoke(root, [str(word) for word in words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == exit_code, result.output
        return result.output

    def json(self, *words: object, exit_code: int = 0) -> Any:
        """The command's answer for programs."""
        return json.loads(self(*words, "--json", exit_code=exit_code))


@pytest.fixture
def seawall(home: Path, monkeypatch: pytest.MonkeyPatch, transactional_db, wheels, publisher):
    """A terminal in front of a fresh installation."""
    monkeypatch.setenv("SEAWALL_HOME", str(home))
    return Terminal()
