"""Resolve pyproject.toml into requirements.lock and requirements-dev.lock, with hashes.

Uses pip-compile with whatever index the user's pip is set to; the index is not recorded.
"""

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


def _compile(lock: str, *extras: str) -> None:
    subprocess.run(
        [
            sys.executable, "-m", "piptools", "compile", "--quiet", "--generate-hashes",
            "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-trusted-host",
            "--no-emit-find-links", "--no-emit-options", "--allow-unsafe", "--strip-extras",
            "--resolver=backtracking", *(f"--extra={e}" for e in extras),
            f"--output-file={lock}", "pyproject.toml",
        ],
        cwd=_ROOT,
        check=True,
    )  # fmt: skip


if __name__ == "__main__":
    _compile("requirements-dev.lock", "dev")
    _compile("requirements.lock")
