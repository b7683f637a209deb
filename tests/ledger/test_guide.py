"""docs/log.md: its commands run as they stand, and its policy is one."""

import os
import re
import subprocess
import sys
from pathlib import Path

from seawall.signing.witnesses import read_policy

GUIDE = (Path(__file__).parents[2] / "docs" / "log.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", GUIDE, re.S)


def test_the_commands_of_the_guide_run_as_they_stand(tmp_path, own_database):
    script = "\n".join(['seawall party add "Test CERT" --role coordinator', *blocks("sh")])
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "SEAWALL_HOME": str(tmp_path / "home"), "PATH": programs}
        | {"SEAWALL_DATABASE_URL": "", **own_database},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Sound: unnamed.invalid/log" in ran.stdout
    assert "continues the log" in ran.stdout
    assert "In the log: entry 0" in ran.stdout
    assert "follows 1 log" in ran.stdout


def test_the_policy_of_the_guide_is_one():
    (policy,) = [each for each in blocks("text") if "quorum" in each]
    found = read_policy(policy)
    assert [each.name for each in found.witnesses] == ["ours", "theirs", "third"]
    assert not found.is_met({"witness.example/w"})
    assert found.is_met({"witness.example/w", "third.example/w"})
