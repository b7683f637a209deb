"""`seawall log witness`: run a witness for logs of others."""

import contextlib
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.output import MISSING, counted, emit_json, fail, json_option, say

if TYPE_CHECKING:
    from seawall_verify.witness_memory import KnownLog, Memory


def _default_file() -> Path:
    home = os.environ.get("SEAWALL_HOME")
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return (Path(home).expanduser() if home else Path(data) / "seawall") / "witness.sqlite3"


_memory_option = click.option(
    "--file", "path", type=click.Path(dir_okay=False, path_type=Path), default=_default_file,
    help="What the witness remembers, its key included; in the home folder when left out.",
)  # fmt: skip


@click.group()
def witness() -> None:
    """Watch logs of others: cosign a checkpoint only if the log continues what was seen before.

    A log that shows different histories to different people then finds no cosignature for one of
    them. Run it on a machine of somebody who does not run the log. Nothing else of Seawall is
    needed there. Never restore an older copy of its file.
    """


@witness.command()
@click.argument("vkey")
@click.option("--origin", help="The log's name when it is not that of its key.")
@click.option("--name", help="For a new witness: its name, such as witness.example/w1.")
@_memory_option
@json_option
def add(vkey: str, origin: str | None, name: str | None, path: Path, as_json: bool) -> None:
    """Follow the log with the verifier key VKEY; the first time, make the witness and its key."""
    from seawall_verify import VerificationFailed, VerifierKey
    from seawall_verify.witness_memory import Memory, MemoryUnusable

    try:
        key = VerifierKey.parse(vkey)
        if path.exists() and name is not None:
            fail(f"{path} is a witness already; leave --name out.")
        if not path.exists() and name is None:
            fail("This is a new witness: give it a name with --name, such as witness.example/w1.")
        memory = Memory.create(path, name=name) if name is not None else Memory(path)
        memory.follow(key, origin=origin)
    except VerificationFailed as error:
        fail(str(error))
    except MemoryUnusable as error:
        fail(str(error), code=MISSING)
    _say(memory, as_json)


@witness.command()
@_memory_option
@json_option
def status(path: Path, as_json: bool) -> None:
    """Say what the witness's key is, which logs it follows and how far it has seen them.

    Whoever runs such a log puts `witness NAME KEY URL` and `quorum NAME` into the file that
    SEAWALL_WITNESSES names.
    """
    from seawall_verify.witness_memory import Memory, MemoryUnusable

    try:
        _say(Memory(path), as_json)
    except MemoryUnusable as error:
        fail(str(error), code=MISSING)


@witness.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port", default=8717, show_default=True, type=click.IntRange(0, 65535), help="Port."
)
@_memory_option
@json_option
def serve(host: str, port: int, path: Path, as_json: bool) -> None:
    """Answer `POST /add-checkpoint` (C2SP tlog-witness) until stopped.

    Others reach it through a web server with TLS in front of it.
    """
    from seawall_verify.witness import Witness
    from seawall_verify.witness_memory import Memory, MemoryUnusable
    from seawall_verify.witness_server import make_server

    memory = Memory(path)
    try:
        server = make_server(Witness(memory), host=host, port=port)
        vkey = str(memory.vkey())
    except MemoryUnusable as error:
        fail(str(error), code=MISSING)
    except OSError as error:
        fail(f"it cannot listen: {error.strerror}", code=MISSING)
    url = f"http://{host}:{server.server_port}"
    if as_json:
        emit_json({"url": url, "key": vkey})
    else:
        click.echo(f"{url}  {vkey}", err=True)
    with contextlib.closing(server.socket), contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


def _say(memory: "Memory", as_json: bool) -> None:
    try:
        key, logs = memory.vkey(), memory.logs()
    except sqlite3.Error as error:
        fail(f"{memory.path}: {error}", code=MISSING)
    if as_json:
        emit_json({"name": key.name, "key": str(key), "logs": [_document(log) for log in logs]})
        return
    say(f"{key}")
    say(f"  follows {counted(len(logs), 'log')}")
    for log in logs:
        seen = "nothing cosigned yet"
        if log.cosigned_at is not None:
            at = datetime.fromtimestamp(log.cosigned_at, UTC)
            seen = f"{counted(log.size, 'entry').replace('entrys', 'entries')}, {at:%Y-%m-%d %H:%M}"
        say(f"  {log.origin}: {seen}")


def _document(log: "KnownLog") -> dict[str, Any]:
    return {
        "origin": log.origin,
        "keys": [str(key) for key in log.keys],
        "size": log.size,
        "root": log.root.hex(),
        "cosigned_at": log.cosigned_at,
    }
