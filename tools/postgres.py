"""Run a command on a throw-away PostgreSQL cluster: `tools/postgres.py pytest tests/ledger`.

The command finds the cluster's URL in SEAWALL_TEST_DATABASE_URL. The cluster lives in a folder of
its own, is reached through a socket in it only, sorts as people do (ICU, en-US) so that nothing
relies on the order of bytes, and ends with the command, whose exit code this program gives.
Exit code 3: there is no PostgreSQL here.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

_USER = "seawall"
_START_SECONDS = 60
_SETTINGS = {
    # What a test wrote need not survive a power cut.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Many small databases come and go; nobody but this user connects.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "America/New_York",
}


def programs(given: Mapping[str, str] = os.environ) -> Path:
    """The folder of `initdb` and `postgres`: that on PATH, or Debian's newest."""
    places = [Path(place) for place in given.get("PATH", "").split(os.pathsep)]
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: float(place.parent.name)
    )
    for place in (*places, *reversed(debian)):
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise FileNotFoundError("There is no PostgreSQL server here: apt-get install postgresql")


@contextmanager
def cluster() -> Iterator[str]:
    """A running cluster with an empty database; gives its URL."""
    binaries, owner = programs(), _owner()
    folder = Path(tempfile.mkdtemp(prefix="seawall-pg-"))
    try:
        if owner:
            os.chown(folder, owner["user"], owner["group"])
        _make(binaries, folder, owner)
        with _running(binaries, folder, owner) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; its own user, or nobody, takes it over then."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise FileNotFoundError("PostgreSQL does not run as root, and there is no user to run it as.")


def _make(binaries: Path, folder: Path, owner: dict[str, Any]) -> None:
    subprocess.run(
        [
            *(binaries / "initdb", "-D", folder / "data", "-U", _USER, "-A", "trust", "-E", "UTF8"),
            *("--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8", "--no-sync"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
        **owner,
    )


@contextmanager
def _running(binaries: Path, folder: Path, owner: dict[str, Any]) -> Iterator[str]:
    options = [f"--{name}={value}" for name, value in _SETTINGS.items()]
    log_path = folder / "log"
    with log_path.open("w") as log:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", folder / "data", "-k", folder, *options],
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,  # Ctrl+C is for the command; the server ends after it
            **owner,
        )
        try:
            _wait(server, log_path, folder)
            with psycopg.connect(_url(folder, "postgres"), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {_USER}")
            yield _url(folder, _USER)
        finally:
            server.send_signal(signal.SIGINT)  # "fast": open connections are cut
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait(server: "subprocess.Popen[bytes]", log: Path, folder: Path) -> None:
    for _ in range(_START_SECONDS * 20):
        status = folder / "data" / "postmaster.pid"
        if status.exists() and "ready" in status.read_text():
            return
        if server.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")


def _url(folder: Path, database: str) -> str:
    return f"postgresql://{_USER}@/{database}?host={quote(str(folder), safe='')}"


def main(command: list[str]) -> int:
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        programs()
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 3
    with cluster() as url:
        return subprocess.run(
            command, env={**os.environ, "SEAWALL_TEST_DATABASE_URL": url}, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
