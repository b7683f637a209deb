"""`seawall mail`: take mails in."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.cli.output import BAD_INPUT, emit_json, json_option, say
from seawall.vocab.errors import BadInput

if TYPE_CHECKING:
    from seawall.relays.mail_in import Taken


@click.group()
def command() -> None:
    """Take mails in: answers go into case rooms, all else becomes reports."""


@command.command("in")
@click.argument("files", nargs=-1, metavar="[FILE…]", type=click.Path(path_type=Path))
@click.option(
    "--maildir",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Take what is in its folder new and move it to cur; what cannot be read goes along.",
)
@json_option
def in_(files: tuple[Path, ...], maildir: Path | None, as_json: bool) -> None:
    """Take mails: files, a maildir, or standard input (also as -), such as from a mail server.

    An answer to one of our mails goes into its case's room, as written by the person to whom that
    mail was sent. Any other mail is a report, and the reports attached to it are. Automatic mails
    are ignored, and nothing is ever answered. Exit code 2 if one could not be read.
    """
    from seawall.cli.state import open_state

    open_state()
    results = [_take(name, data, quiet=as_json) for name, data in _mails(files, maildir)]
    if as_json:
        emit_json({"mails": results})
    if any("error" in each for each in results):
        raise SystemExit(BAD_INPUT)


def _mails(files: tuple[Path, ...], maildir: Path | None) -> Iterator[tuple[str, bytes | OSError]]:
    """Each mail with its name; a mail of a maildir is moved once it was taken."""
    for path in files or (() if maildir else (Path("-"),)):
        if str(path) == "-":
            yield "-", sys.stdin.buffer.read(_limit() + 1)
            continue
        yield str(path), _read(path)
    if maildir is None:
        return
    (maildir / "cur").mkdir(exist_ok=True)
    for path in sorted((maildir / "new").glob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        yield str(path), _read(path)
        path.rename(maildir / "cur" / f"{path.name}:2,S")


def _read(path: Path) -> bytes | OSError:
    try:
        with path.open("rb") as file:
            return file.read(_limit() + 1)
    except OSError as error:
        return error


def _limit() -> int:
    from seawall.formats.mail_in import MAX_BYTES

    return MAX_BYTES


def _take(name: str, data: bytes | OSError, *, quiet: bool) -> dict[str, object]:
    from django.utils import timezone

    from seawall.relays.mail_in import take_mail
    from seawall.vocab.actors import LOCAL

    try:
        if isinstance(data, OSError):
            raise BadInput(data.strerror or str(data))
        taken = take_mail(data, by=LOCAL, now=timezone.now())
    except BadInput as bad:
        say(f"seawall: {name}: {bad}", err=True)
        return {"file": name, "error": str(bad)}
    if not quiet:
        _tell(name, taken)
    return {"file": name, "became": taken.became, "ids": list(taken.ids), "why": taken.why}


def _tell(name: str, taken: "Taken") -> None:
    what = ", ".join(taken.ids) or taken.why
    say(f"{name}: {taken.became.value}: {what}")
