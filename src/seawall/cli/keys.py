"""`seawall keys`: the keys under which reports and cases are sealed; rotate what wraps them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.output import counted, emit_json, json_option
from seawall.cli.state import open_state

if TYPE_CHECKING:
    from seawall.blobs.keyring import KeyringState


@click.group()
def command() -> None:
    """Look after the keys under which reports and cases are sealed.

    Each report and each case has a data key in the keyring; a key-encryption key, in a file or
    in a PKCS#11 token, wraps them. Shredding a case destroys its data keys.
    """


@command.command()
@json_option
def status(as_json: bool) -> None:
    """Say how many keys there are, what wraps them, and whether it works."""
    open_state()
    from seawall.parties import sealing

    keyring = sealing.keyring()
    keyring.check()
    _say(keyring.state(), as_json)


@command.command()
@click.option(
    "--from-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The key file of before, when the settings name another file or a token now.",
)
@json_option
def rotate(from_file: Path | None, as_json: bool) -> None:
    """Wrap all data keys anew under a fresh key, and destroy the old one.

    Contents are not touched, and work goes on meanwhile. Afterwards older copies of the keyring
    open nothing: do it after a case was shredded, or when the key file may have been seen.
    When it was interrupted, run it again: it goes on where it stopped.

    To move from a key file to a token, stop what runs, set SEAWALL_PKCS11_…, and rotate with
    --from-file once.
    """
    open_state()
    from seawall.parties.rotation import rotate
    from seawall.vocab.actors import LOCAL

    _say(rotate(by=LOCAL, now=datetime.now(UTC), from_file=from_file), as_json)


def _say(state: "KeyringState", as_json: bool) -> None:
    document = _document(state)
    if as_json:
        emit_json(document)
        return
    click.echo(f"keyring {document['keyring']}")
    click.echo(f"  {counted(state.keys, 'key')}, {state.destroyed} destroyed")
    click.echo(f"  wrapped by epoch {state.epoch} of the {document['wrapper']}")
    if state.waiting:
        click.echo(
            f"  {counted(state.waiting, 'key')} of an older epoch: run `seawall keys rotate` "
            "again to finish"
        )


def _document(state: "KeyringState") -> dict[str, Any]:
    from seawall.parties import sealing

    keyring = sealing.keyring()
    return {
        "keyring": str(keyring.path),
        "wrapper": keyring.wrapper.kind,
        "epoch": state.epoch,
        "keys": state.keys,
        "destroyed": state.destroyed,
        "waiting": state.waiting,
    }
