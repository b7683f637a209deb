"""The commands of the operators' guide, as they stand there."""

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = DOCS / "examples" / "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Commands, who types them, and the exit code with which they end."""

    who: str
    code: int
    commands: tuple[str, ...]


def blocks(who: str) -> list[Block]:
    """The blocks of the guide that this one types."""
    text = (DOCS / "client.md").read_text()
    found = re.findall(r"^```sh (\w+)(?: (\d))?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [
        Block(who=name, code=int(code or 0), commands=tuple(body.strip().split("\n")))
        for name, code, body in found
        if name == who
    ]


def words(command: str, variables: Mapping[str, str]) -> list[str]:
    """A command's words after `seawall`, with its variables."""
    program, *rest = shlex.split(command)
    assert program == "seawall", command
    return [re.sub(r"\$(\w+)", lambda found: variables[found[1]], word) for word in rest]


def shell_environment(home: Path, **variables: str) -> dict[str, str]:
    """The environment of a shell that finds this `seawall`."""
    import sys

    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    return {**kept, "PATH": path, "SEAWALL_HOME": str(home), **variables}
