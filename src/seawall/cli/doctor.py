"""`seawall doctor`: what this machine can run, what is missing, and what mends it."""

import shutil
import subprocess
import sys
from dataclasses import dataclass

import click
from rich.console import Console
from rich.table import Table

from seawall.cli.output import MISSING, emit_json, json_option
from seawall.proofs.native_tools import find_symbolizer
from seawall.proofs.runtime import PrepareFailed
from seawall.sandbox import SandboxUnavailable, find_sandbox
from seawall.sandbox.cgroups import find_groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked for. `mend` is "" when it is there, `prevents` what its absence
    prevents; `vital` when without it no proof runs at all."""

    name: str
    found: str
    prevents: str
    mend: str = ""
    vital: bool = False


@click.command()
@json_option
def command(as_json: bool) -> None:
    """Say what this machine can run and what is missing.

    Exit code 3 when no proof can run here, because no sandbox works.
    """
    checks = examine()
    runnable = not any(check.vital and check.mend for check in checks)
    if as_json:
        emit_json({"proofs_can_run": runnable, "checks": checks})
    else:
        _show(checks, runnable)
    if not runnable:
        raise SystemExit(MISSING)


def examine() -> list[Check]:
    """Look for everything; sandboxes are tried by running a job in them."""
    return [
        _sandbox(),
        _gvisor(),
        _groups(),
        Check(
            name="python",
            found=f"{sys.version.split()[0]} ({sys.executable})",
            prevents="everything",
        ),
        _program("pip", [sys.executable, "-m", "pip", "--version"], "Python proofs", "python3-pip"),
        _program("node", ["node", "--version"], "Node proofs", "nodejs"),
        _program("npm", ["npm", "--version"], "Node proofs", "npm"),
        _compiler(),
        _symbolizer(),
        _program("make", ["make", "--version"], "native proofs that run make", "make"),
        _program("patch", ["patch", "--version"], "fixes and Debian patches", "patch"),
        _program(
            "dpkg-source",
            ["dpkg-source", "--version"],
            "native proofs of Debian sources",
            "dpkg-dev",
        ),
        _program("apt-get", ["apt-get", "--version"], "native proofs of Debian sources", "apt"),
    ]


def _sandbox() -> Check:
    prevents = "every proof: Seawall never runs one outside a sandbox"
    try:
        found = find_sandbox()
    except SandboxUnavailable as missing:
        return Check(name="sandbox", found="", prevents=prevents, mend=str(missing), vital=True)
    return Check(name="sandbox", found=found.name, prevents=prevents, vital=True)


def _gvisor() -> Check:
    prevents = "nothing; a second sandbox with a kernel of its own"
    try:
        return Check(name="gVisor", found=find_sandbox("runsc").name, prevents=prevents)
    except SandboxUnavailable as missing:
        return Check(name="gVisor", found="", prevents=prevents, mend=f"optional: {missing}")


def _groups() -> Check:
    prevents = "exact limits on memory and processes (the supervisor and rlimits stand in)"
    groups = find_groups()
    if groups is None:
        mend = "run as root, or give this user a delegated cgroup (systemd-run --user --scope)"
        return Check(name="control groups", found="", prevents=prevents, mend=mend)
    return Check(name="control groups", found=f"version {groups.version}", prevents=prevents)


def _compiler() -> Check:
    from seawall.proofs.native_tools import find_compiler

    try:
        return Check(name="compiler", found=find_compiler().version, prevents="native proofs")
    except PrepareFailed:
        mend = "apt-get install clang llvm"
        return Check(name="compiler", found="", prevents="native proofs", mend=mend)


def _symbolizer() -> Check:
    prevents = "names and lines in native stacks, so native proofs stay below E3"
    found = find_symbolizer()
    mend = "" if found else "apt-get install llvm"
    return Check(name="llvm-symbolizer", found=found, prevents=prevents, mend=mend)


def _program(name: str, argv: list[str], prevents: str, package: str) -> Check:
    absent = Check(name=name, found="", prevents=prevents, mend=f"apt-get install {package}")
    if shutil.which(argv[0]) is None:
        return absent
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return absent
    lines = done.stdout.strip().splitlines()
    return Check(name=name, found=lines[0] if lines else "yes", prevents=prevents)


def _show(checks: list[Check], runnable: bool) -> None:
    table = Table(box=None, pad_edge=False)
    for title in ("", "what", "found", "without it"):
        table.add_column(title, overflow="fold")
    for check in checks:
        mark = "[green]✓[/]" if not check.mend else "[red]✗[/]" if check.vital else "[yellow]–[/]"
        table.add_row(mark, check.name, check.found or check.mend, check.prevents)
    console = Console()
    console.print(table)
    console.print("Proofs can run here." if runnable else "No proof can run here.")
