"""`seawall feed key`: the keys that offline holders keep."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seawall.cli.feed_state import feed_errors, passphrase, passphrase_option
from seawall.cli.output import emit_json, json_option, say

if TYPE_CHECKING:
    from seawall.feed.tuf.offline import OfflineKey

_file = click.Path(dir_okay=False, path_type=Path)


@click.group()
def key() -> None:
    """Keys of offline holders. No installation is needed; do it on a machine without network."""


@key.command()
@click.argument("file", type=_file)
@click.option("--holder", default="", help="Whose key it is; shown wherever the key is.")
@passphrase_option
@json_option
def new(file: Path, holder: str, passphrase_file: Path | None, as_json: bool) -> None:
    """Make a key in FILE, under a passphrase, and its public half in FILE.pub.

    Keep FILE on media of its own and the passphrase elsewhere. Give FILE.pub to whoever prepares
    the ceremony, and read the words out to them.
    """
    from seawall.feed.tuf.offline import new_key

    with feed_errors():
        made = new_key(file, passphrase(passphrase_file, twice=True), holder=holder)
    _print(made, file, as_json)


@key.command()
@click.argument("file", type=_file)
@json_option
def show(file: Path, as_json: bool) -> None:
    """Say which key a public half (FILE.pub) is, to compare it by its words."""
    from seawall.feed.tuf.offline import read_public

    with feed_errors():
        found = read_public(file)
    _print(found, file, as_json)


def _print(key: "OfflineKey", file: Path, as_json: bool) -> None:
    if as_json:
        emit_json(
            {
                "file": str(file),
                "id": key.id,
                "words": key.words,
                "holder": key.holder,
                "public": key.public.raw.hex(),
            }
        )
        return
    say(f"key {key.id}")
    if key.holder:
        say(f"  holder    {key.holder}")
    say(f"  in words  {key.words}")
    say(f"  file      {file}")
