"""`seawall tuf-client` — the command line that the public tuf-conformance suite drives."""

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click

from seawall.cli.output import BAD_NEWS, fail

_FILE = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    metadata: Path
    metadata_url: str
    name: str
    target_url: str
    folder: Path | None


@click.group("tuf-client")
@click.option("--metadata-dir", type=_FILE, required=True, help="Folder of the trusted metadata.")
@click.option("--metadata-url", default="", help="Where the repository's metadata is.")
@click.option("--target-name", default="", help="Path of the target to download.")
@click.option("--target-base-url", default="", help="Where the repository's targets are.")
@click.option("--target-dir", type=_FILE, help="Folder to download into.")
@click.pass_context
def command(
    context: click.Context,
    metadata_dir: Path,
    metadata_url: str,
    target_name: str,
    target_base_url: str,
    target_dir: Path | None,
) -> None:
    """A plain TUF client, for conformance tests. Exit codes: 0 done, 1 refused or failed."""
    context.obj = _Given(
        metadata=metadata_dir,
        metadata_url=metadata_url,
        name=target_name,
        target_url=target_base_url,
        folder=target_dir,
    )


@command.command("init")
@click.argument("root", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def init(given: _Given, root: Path) -> None:
    """Trust the root metadata in the file ROOT."""
    from seawall.client import tuf_client

    tuf_client.begin(given.metadata, root)


@command.command("refresh")
@click.pass_obj
def refresh(given: _Given) -> None:
    """Bring the trusted metadata up to date."""
    from seawall.client import tuf_client

    _need(given.metadata_url, "--metadata-url")
    try:
        tuf_client.refresh(given.metadata, given.metadata_url)
    except tuf_client.FAILURES as error:
        _failed(error)


@command.command("download")
@click.pass_obj
def download(given: _Given) -> None:
    """Download one target, verified, into the folder of targets."""
    from seawall.client import tuf_client

    _need(given.metadata_url, "--metadata-url")
    _need(given.name, "--target-name")
    _need(given.target_url, "--target-base-url")
    if given.folder is None:
        raise click.UsageError("--target-dir is needed")
    try:
        tuf_client.download(
            given.metadata,
            given.metadata_url,
            name=given.name,
            target_url=given.target_url,
            folder=given.folder,
        )
    except tuf_client.FAILURES as error:
        _failed(error)


def _need(value: str, option: str) -> None:
    if not value:
        raise click.UsageError(f"{option} is needed")


def _failed(error: Exception) -> NoReturn:
    fail(f"{type(error).__name__}: {error}", code=BAD_NEWS)
