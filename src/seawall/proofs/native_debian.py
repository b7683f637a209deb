"""Fetch Debian source packages with apt, beside the machine's own apt state and never in it."""

import fcntl
import functools
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seawall.proofs.runtime import PrepareFailed, Unsupported
from seawall.vocab.errors import one_line

_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.+:~-]*")
_LISTS_AGE = 24 * 3600
"""Seconds after which the package lists are fetched again."""
_TIMEOUT = 1200


def fetch_debian(name: str, version: str, into: Path, *, cache: Path) -> str:
    """Download a source package (.dsc and its archives, hashes checked by apt) into `into`.

    When the archive no longer has `version`, the newest version of the same upstream release is
    taken; gives the version that was downloaded.
    """
    if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
        raise Unsupported(f"not a Debian source package and version: {one_line(name)} {version}")
    with _lists(cache / "apt") as options:
        offered = _offered(name, options)
        if not offered:
            raise PrepareFailed(f"the Debian archive has no source package {name}")
        candidates = [version] if version in offered else _same_upstream(version, offered)
        if not candidates:
            raise PrepareFailed(
                f"the Debian archive has {name} {', '.join(offered)}, nothing of {version}"
            )
        return _first_there(name, candidates, options, into)


def _first_there(name: str, candidates: list[str], options: list[str], into: Path) -> str:
    """Download the first of `candidates` that the mirror really holds; gives its version."""
    problem: PrepareFailed | None = None
    for candidate in candidates:
        try:
            _apt(["apt-get", *options, "source", "--download-only", f"{name}={candidate}"], into)
        except PrepareFailed as failed:
            problem = failed
            for left in into.iterdir():
                left.unlink()
        else:
            return candidate
    assert problem is not None  # noqa: S101 - there is at least one candidate
    raise problem


def upstream(version: str) -> str:
    """A Debian version without epoch and Debian revision (deb-version(7))."""
    return version.split(":", 1)[-1].rpartition("-")[0] or version.split(":", 1)[-1]


def source_entries(text: str, codename: str, *, one_line_style: bool) -> str:
    """Turn the binary entries of an apt sources file that belong to the release `codename` into
    source entries in deb822 style (sources.list(5)); "" when there are none."""
    stanzas = _from_lines(text) if one_line_style else _from_deb822(text)
    kept = []
    for stanza in stanzas:
        suites = [
            s for s in stanza.get("Suites", "").split() if re.match(rf"{re.escape(codename)}\b", s)
        ]
        if suites and "deb" in stanza.get("Types", "").split():
            fields = {**stanza, "Types": "deb-src", "Suites": " ".join(suites)}
            kept.append("".join(f"{key}: {value}\n" for key, value in fields.items()))
    return "\n".join(kept)


def _from_deb822(text: str) -> Iterator[dict[str, str]]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for block in "\n".join(lines).split("\n\n"):
        stanza: dict[str, str] = {}
        key = ""
        for line in block.splitlines():
            if line[:1].isspace() and key:
                stanza[key] += "\n" + line
            elif ":" in line:
                key, _, value = line.partition(":")
                stanza[key] = value.strip()
        if stanza:
            yield stanza


def _from_lines(text: str) -> Iterator[dict[str, str]]:
    for line in text.splitlines():
        match = re.fullmatch(r"\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.+?)\s*", line)
        if match:
            options, uri, suite, components = match.groups()
            stanza = {"Types": "deb", "URIs": uri, "Suites": suite, "Components": components}
            for option in (options or "").split():
                key, _, value = option.partition("=")
                if key.lower() == "signed-by":
                    stanza["Signed-By"] = value
            yield stanza


@contextmanager
def _lists(folder: Path) -> Iterator[list[str]]:
    """apt options that use package lists of our own below `folder`, fresh enough and locked."""
    for part in ("lists/partial", "cache/archives/partial", "sources"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    options = []
    for setting in (
        "Dir::Etc::sourcelist=/dev/null",
        f"Dir::Etc::sourceparts={folder / 'sources'}",
        f"Dir::State::lists={folder / 'lists'}",
        f"Dir::Cache={folder / 'cache'}",
        "Acquire::Languages=none",
        "APT::Get::Only-Source=true",
    ):
        options += ["-o", setting]
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = folder / "updated"
        if not stamp.exists() or time.time() - stamp.stat().st_mtime > _LISTS_AGE:
            _write_sources(folder / "sources")
            _apt(["apt-get", *options, "update", "-qq"], folder)
            stamp.touch()
        yield options


def _write_sources(folder: Path) -> None:
    codename = _codename()
    written = 0
    parts = Path("/etc/apt/sources.list.d")
    found = sorted(parts.iterdir()) if parts.is_dir() else []
    for file in (Path("/etc/apt/sources.list"), *found):
        if file.suffix in (".list", ".sources") and file.is_file():
            entries = source_entries(
                file.read_text(errors="replace"), codename, one_line_style=file.suffix == ".list"
            )
            if entries:
                (folder / f"{written}.sources").write_text(entries)
                written += 1
    if not written:
        raise PrepareFailed("this machine's apt knows no Debian archive to take sources from")


def _codename() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    raise PrepareFailed("native Debian targets need a Debian machine (no VERSION_CODENAME)")


def _offered(name: str, options: list[str]) -> list[str]:
    """The versions of a source package that the lists name, newest first as apt sorts them."""
    text = _apt(["apt-cache", *options, "showsrc", name], Path("/"), may_fail=True)
    versions: list[str] = []
    for paragraph in text.split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in paragraph.splitlines() if re.match(r"[A-Z]\S*: ", line)
        )
        if fields.get("Package") == name and fields.get("Version", "") not in ("", *versions):
            versions.append(fields["Version"])
    return versions


def _same_upstream(version: str, offered: list[str]) -> list[str]:
    """The versions of the same upstream release, newest first."""
    same = [v for v in offered if upstream(v) == upstream(version)]
    return sorted(same, key=functools.cmp_to_key(_compare), reverse=True)


def _compare(left: str, right: str) -> int:
    return _holds(left, "gt", right) - _holds(left, "lt", right)


def _holds(left: str, relation: str, right: str) -> bool:
    done = subprocess.run(["dpkg", "--compare-versions", left, relation, right], check=False)
    return done.returncode == 0


def _apt(argv: list[str], folder: Path, *, may_fail: bool = False) -> str:
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}
    for name in ("http_proxy", "https_proxy", "no_proxy", "HOME"):
        if name in os.environ:
            environment[name] = os.environ[name]
    try:
        done = subprocess.run(
            argv,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except FileNotFoundError:
        raise PrepareFailed("native Debian targets need apt (apt-get is not installed)") from None
    except subprocess.TimeoutExpired:
        raise PrepareFailed("the Debian archive did not answer", retry=True) from None
    if done.returncode != 0 and not may_fail:
        raise PrepareFailed(f"apt failed: {one_line(done.stderr[-400:])}", retry=True)
    return done.stdout
