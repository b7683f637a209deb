"""Check the tree for what no other tool sees: recorded addresses, hashes, missing migrations."""

import re
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_ADDRESS = re.compile(r"https?://|--index-url|--find-links|\bfile:///?\w|/home/|/root/")
_CONFIG = ("*.lock", "package-lock.json", "*.cfg", "pip.conf", ".npmrc")


def _tracked(*patterns: str) -> list[Path]:
    out = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=_ROOT, capture_output=True, check=True
    ).stdout.decode()
    return [_ROOT / name for name in out.split("\0") if name and (_ROOT / name).exists()]


def recorded_addresses() -> list[str]:
    """Lines of lock and config files that record where a package comes from."""
    return [
        f"{path.relative_to(_ROOT)}:{number}: records an address: {line.strip()[:80]}"
        for path in _tracked(*_CONFIG)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if _ADDRESS.search(line)
    ]


def unhashed_requirements() -> list[str]:
    """Requirements in a lock file without a hash."""
    found = []
    for path in _tracked("*.lock"):
        for block in re.split(r"\n(?=\S)", path.read_text()):
            if "==" in block.split("\n")[0] and "--hash=sha256:" not in block:
                found.append(f"{path.name}: no hash for {block.splitlines()[0]}")
    return found


def missing_migrations() -> list[str]:
    """Model changes without a migration."""
    run = subprocess.run(
        [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run"],
        cwd=_ROOT,
        env={
            "DJANGO_SETTINGS_MODULE": "seawall.config.settings",
            "PATH": "",
            "SEAWALL_HOME": "/nonexistent",
        },
        capture_output=True,
        text=True,
    )
    return [] if run.returncode == 0 else [f"migrations: {(run.stdout + run.stderr).strip()}"]


def main() -> int:
    problems = recorded_addresses() + unhashed_requirements() + missing_migrations()
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
