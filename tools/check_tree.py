"""Check the tree for what no other tool sees: lock files that name addresses, lack hashes or
disagree, missing migrations. Prints each problem; exit code 1 when there is one."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_CONFIG = ("*.lock", "*-lock.json", "*-lock.yaml", "*requirements*.txt", "*.cfg", "*.toml", "*rc")
_ADDRESS = re.compile(r"\w://|\bgit@|^\s*(?:resolved|registry)\b|(?<![\w/.])/(?:home|root|opt)/\w")
_OPTION = re.compile(
    r"index-url|find-links|trusted-host|default-index|\[\[?tool\.(?:uv\.index|poetry\.source)"
    r"|^\s*(?:registry|proxy)\s*=",
    re.IGNORECASE,
)
_PIN = re.compile(r"([A-Za-z0-9][\w.-]*)==(\S+)( ; [^\\]+)? \\")
_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


def recorded_addresses(root: Path = _ROOT) -> Iterator[str]:
    """Lines of lock and config files that record where a package comes from.

    An address in a TOML file may be a source or a licence; there only the options of package
    managers count.
    """
    for path in _tracked(root, *_CONFIG):
        patterns = (_OPTION,) if path.suffix == ".toml" else (_OPTION, _ADDRESS)
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if any(pattern.search(line) for pattern in patterns):
                yield f"{path.relative_to(root)}:{number}: records an address: {line.strip()[:80]}"


def loose_requirements(root: Path = _ROOT) -> Iterator[str]:
    """Lines of lock files that are neither a pinned requirement nor one of its hashes."""
    for path in _tracked(root, "*.lock"):
        hashed = True
        for number, line in enumerate([*path.read_text().splitlines(), ""], 1):
            place = f"{path.relative_to(root)}:{number}"
            if _HASH.fullmatch(line):
                hashed = True
                continue
            if not hashed:
                yield f"{place}: the requirement above has no hash"
            pinned = _PIN.fullmatch(line)
            hashed = pinned is None
            if line and pinned is None:
                yield f"{place}: neither a pinned requirement nor its hash: {line.strip()[:80]}"


def disagreements(root: Path = _ROOT) -> Iterator[str]:
    """Packages that two lock files pin at different versions."""
    pins: dict[str, dict[str, str]] = {}
    for path in _tracked(root, "*.lock"):
        for name, version, marker in _PIN.findall(path.read_text()):
            first = pins.setdefault(name + marker, {})
            first[version] = first.get(version, path.name)
    for name, versions in pins.items():
        if len(versions) > 1:
            found = ", ".join(f"{version} in {file}" for version, file in versions.items())
            yield f"{name} is pinned at {found}"


def _tracked(root: Path, *patterns: str) -> list[Path]:
    out = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=root, capture_output=True, check=True
    ).stdout.decode()
    return [root / name for name in out.split("\0") if name and (root / name).exists()]


def missing_migrations() -> Iterator[str]:
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
    if run.returncode != 0:
        yield f"migrations: {(run.stdout + run.stderr).strip()}"


def main() -> int:
    problems = [
        *recorded_addresses(),
        *loose_requirements(),
        *disagreements(),
        *missing_migrations(),
    ]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
