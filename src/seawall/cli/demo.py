"""`seawall demo`: play one whole story on embedded storage."""

import sys
from pathlib import Path

import click

from seawall.cli.output import BAD_NEWS, MISSING, clear_errors, emit_json, fail, json_option


@click.command()
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to play in (default: beside your own state). An earlier demo there is replaced.",
)
@json_option
def command(home: Path | None, as_json: bool) -> None:
    """Play one whole story: from reports to proven findings, fixes, advisories and obligations.

    Real reports about real packages with publicly known and fixed vulnerabilities; every proof
    runs in a sandbox. The first time, packages are fetched and built. Exit code 1 when something
    did not come out as the demo's manifest says.
    """
    from seawall.demo.home import default_home, fresh_home
    from seawall.sandbox import SandboxUnavailable, find_sandbox

    try:
        find_sandbox()
    except SandboxUnavailable as missing:
        fail(str(missing), code=MISSING)
    with clear_errors():
        place = fresh_home(home.absolute() if home else default_home())
    from seawall.cli.state import open_state

    open_state()
    from rich.console import Console

    from seawall.demo.story import play

    result = play(Console(stderr=as_json, quiet=as_json and not sys.stderr.isatty()), home=place)
    if as_json:
        emit_json(result)
    if result["surprises"]:
        raise SystemExit(BAD_NEWS)
