"""`seawall submit`: send reports to this installation."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.cli.output import BAD_INPUT, emit_json, json_option
from seawall.vocab.errors import BadInput, one_line

if TYPE_CHECKING:
    from seawall.findings.actions import Submitted


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option("--reporter", default="", help="Who sends them, where a report does not say.")
@json_option
def command(files: tuple[Path, ...], reporter: str, as_json: bool) -> None:
    """Send reports: Seawall reports and archives, SARIF, OSV, CSAF or plain text; - for standard
    input.

    Each file is kept or refused on its own; exit code 2 if any was refused. The same bytes sent
    twice are the same report. `seawall work` then runs the proofs.
    """
    from seawall.cli.state import open_state

    open_state()
    results = [_submit(path, reporter, quiet=as_json) for path in files]
    if as_json:
        emit_json({"reports": results})
    if any("error" in result for result in results):
        raise SystemExit(BAD_INPUT)


def _submit(path: Path, reporter: str, *, quiet: bool) -> dict[str, object]:
    """Submit one file; the result as data, told in words as well unless `quiet`."""
    from django.utils import timezone

    from seawall.findings.actions import submit
    from seawall.vocab.actors import LOCAL

    name = "" if str(path) == "-" else path.name
    try:
        data = _read(path)
        done = submit(data, name=name, reporter=reporter, by=LOCAL, now=timezone.now())
    except BadInput as bad:
        return _refused(path, str(bad).removeprefix(name).lstrip(": "))
    except OSError as error:
        return _refused(path, error.strerror or str(error))
    if not quiet:
        _tell(path, done)
    return {
        "file": str(path),
        "report": done.report,
        "is_new": done.is_new,
        "digest": done.digest,
        "format": done.format,
        "findings": list(done.findings),
        "attachments": done.attachments,
        "rejected": [{"where": part.where, "reason": part.reason} for part in done.rejected],
    }


def _tell(path: Path, done: "Submitted") -> None:
    state = "received" if done.is_new else "received before"
    count = f"{len(done.findings)} finding{'s' * (len(done.findings) != 1)}"
    click.echo(f"{path}: {done.report} {state}, {count} ({done.format})")
    for part in done.rejected:
        click.echo(f"  not read: {one_line(part.where)}: {one_line(part.reason)}")


def _read(path: Path) -> bytes:
    """The file's bytes, refused before reading when it is too large to be a report."""
    from django.conf import settings

    limit: int = settings.SEAWALL_MAX_REPORT_BYTES
    if str(path) == "-":
        data = sys.stdin.buffer.read(limit + 1)
    else:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    if len(data) > limit:
        raise BadInput(
            f"larger than the {limit >> 20} MiB that a report may have",
            mend="set SEAWALL_MAX_REPORT_MB or split it",
        )
    return data


def _refused(path: Path, why: str) -> dict[str, object]:
    click.echo(f"seawall: {path}: {why}", err=True)
    return {"file": str(path), "error": why}
