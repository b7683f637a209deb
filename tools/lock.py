"""Resolve pyproject.toml into the lock files, with hashes, for every platform and Python.

Versions that a lock file already holds stay, unless --upgrade is given. The index is the one that
pip is set to use; it is not recorded.
"""

import os
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_DEV = "requirements-dev.lock"
_LOCKS = {
    _DEV: ("--extra=build", "--extra=dev", "--extra=eval", "pyproject.toml"),
    "requirements.lock": (
        "--extra=build",
        "--extra=eval",
        f"--constraint={_DEV}",
        "pyproject.toml",
    ),
    "requirements-resolve.lock": ("--group=resolve", f"--constraint={_DEV}"),
}
"""Lock file to what goes into it; the later ones agree with the first."""


def _index() -> dict[str, str]:
    """uv's settings for the index and certificates that pip is set to use."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    )
    index = os.environ.get("PIP_INDEX_URL", "") or done.stdout.strip()
    found = {"UV_DEFAULT_INDEX": index, "SSL_CERT_FILE": os.environ.get("PIP_CERT", "")}
    return {name: value for name, value in found.items() if value}


def _compile(lock: str, *options: str) -> None:
    subprocess.run(
        [
            sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal",
            "--generate-hashes", "--no-header", "--no-annotate", *options,
            f"--output-file={lock}",
        ],
        cwd=_ROOT,
        env={**os.environ, **_index()},
        check=True,
    )  # fmt: skip


if __name__ == "__main__":
    for lock, options in _LOCKS.items():
        _compile(lock, *options, *sys.argv[1:])
