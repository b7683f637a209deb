"""`seawall log`: the public log of what happened here, and the verification of any such log."""

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.log_witness import witness
from seawall.cli.output import BAD_INPUT, BAD_NEWS, MISSING, emit_json, fail, json_option, say
from seawall.cli.state import open_state

if TYPE_CHECKING:
    from seawall.ledger.models import Checkpoint, Event
    from seawall.signing.notes import NoteKey
    from seawall_verify.opening import Asked

_file = click.Path(dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """The log: a Merkle tree of everything that happened, signed, for anybody to verify.

    Advisories and what the feed says lie open in it; of everything else it holds commitments.
    `verify` shares no code with what writes the log and works on logs of others, too.
    """


command.add_command(witness)


@command.command()
@click.argument("place", required=False, metavar="[DIR|URL]")
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="VKEY",
    help="The log's verifier key; this installation's when left out. May be given again.",
)
@click.option("--origin", help="The log's name when it is not that of the key.")
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    metavar="VKEY",
    help="The verifier key of a witness. May be given again.",
)
@click.option("--need", type=int, help="How many of them must have cosigned; all when left out.")
@click.option("--since", type=_file, help="The checkpoint seen before; the log must continue it.")
@click.option("--save", type=_file, help="Keep the checkpoint in this file when all is sound.")
@click.option("--first", type=int, default=0, help="Entries before this one may be not given out.")
@click.option("--growing", is_flag=True, help="The folder may hold more than its checkpoint signs.")
@click.option("--quiet", is_flag=True, help="Print nothing; the exit code answers.")
@json_option
def verify(
    place: str | None, keys: tuple[str, ...], as_json: bool, quiet: bool, **given: Any
) -> None:  # fmt: skip
    """Verify a log from its entries to its signed root, and that it continues an earlier one.

    Every entry is hashed and compared with the tiles, every tile with the one above, the root with
    the checkpoint. Without DIR or URL: this installation's own log, from its database.

    Exit codes: 0 sound; 1 not sound; 2 the call is wrong; 3 it cannot be read.
    """
    from seawall_verify import Unreachable, VerificationFailed, WrongAddress, telling
    from seawall_verify.opening import Unusable

    asked = _asked(keys or _own_keys(), given)
    try:
        report = _verified(place, asked)
    except (Unusable, WrongAddress) as error:
        fail(str(error))
    except (VerificationFailed, Unreachable) as error:
        if as_json:
            emit_json(telling.failure_document(error))
        elif not quiet:
            say(f"seawall: {telling.failure_words(error)}", err=True)
        raise SystemExit(MISSING if isinstance(error, Unreachable) else BAD_NEWS) from None
    if as_json:
        emit_json(telling.report_document(report))
    elif not quiet:
        say(telling.report_words(report))


def _asked(keys: tuple[str, ...], given: dict[str, Any]) -> "Asked":
    from seawall_verify import VerificationFailed, VerifierKey
    from seawall_verify.opening import Asked

    try:
        logs = [VerifierKey.parse(text) for text in keys]
        witnesses = [VerifierKey.parse(text) for text in given.pop("witnesses")]
    except VerificationFailed as error:
        fail(str(error))
    need = given.pop("need")
    need = len(witnesses) if need is None else need
    if not 0 <= need <= len(witnesses):
        fail(f"--need {need} of {len(witnesses)} witnesses cannot be.")
    return Asked(keys=logs, witnesses=witnesses, need=need, **given)


def _own_keys() -> tuple[str, ...]:
    open_state()
    return (_own_key().text,)


def _own_key() -> "NoteKey":
    from seawall.ledger import checkpoints
    from seawall.signing.keys import KeyUnusable

    try:
        return checkpoints.log_key()
    except KeyUnusable as error:
        fail(str(error), code=MISSING)


def _verified(place: str | None, asked: "Asked") -> Any:
    from seawall_verify.opening import verify_files, verify_place

    if place is not None:
        return verify_place(place, asked)
    open_state()
    _require_checkpoint()
    return verify_files(_own_file, asked)


def _own_file(path: str) -> bytes:
    """A file of this installation's log, or FileNotFoundError; nothing is held back here."""
    from seawall.ledger import checkpoints, tiles
    from seawall.ledger.nodes import NodeMissing
    from seawall.signing.tiles import read_number_path

    if path == "checkpoint":
        return checkpoints.note_with_cosignatures(_require_checkpoint()).encode()
    level, _, rest = path.removeprefix("tile/").partition("/")
    place = read_number_path(rest)
    try:
        found = place and (
            _bundle(*place) if level == "entries" else tiles.tile(int(level), *place)
        )
    except NodeMissing:
        found = None
    if not found:
        raise FileNotFoundError(path)
    return found


def _bundle(number: int, width: int) -> bytes | None:
    """A bundle of entries, old ones that are not public among them."""
    from seawall.ledger.leaves import leaf_of
    from seawall.ledger.models import Event
    from seawall.signing.tiles import WIDTH, bundle_bytes

    first = number * WIDTH
    rows = list(Event.objects.filter(index__gte=first, index__lt=first + width).order_by("index"))
    return bundle_bytes([leaf_of(row) for row in rows]) if len(rows) == width else None


@command.command()
@click.option("--sign", "anew", is_flag=True, help="Sign the log as it stands now, first.")
@json_option
def checkpoint(anew: bool, as_json: bool) -> None:
    """Print the newest checkpoint: the log's size and root, its signature, its cosignatures.

    Keep it: with it you can find out later whether anything before it was changed
    (`seawall log verify --since FILE`).
    """
    open_state()
    from seawall.ledger import checkpoints

    row = _sign() if anew else checkpoints.newest() or _sign()
    text = checkpoints.note_with_cosignatures(row)
    if as_json:
        emit_json({"size": row.size, "root": bytes(row.root).hex(), "text": text})
    else:
        click.echo(text, nl=False)


@command.command()
@json_option
def key(as_json: bool) -> None:
    """Print the verifier key of this installation's log, for all who want to verify it."""
    open_state()
    found = _own_key()
    if as_json:
        emit_json({"origin": found.name, "key": found.text})
    else:
        click.echo(found.text)


@command.command()
@click.argument("what", metavar="INDEX|SEAWALL-ID")
@click.option("--out", type=_file, help="Where the proof goes; WHAT.tlog-proof when left out.")
@json_option
def prove(what: str, out: Path | None, as_json: bool) -> None:
    """Write the proof that an event, or the publication of an advisory, is in the log.

    Beside the proof goes the entry that it is about. Whoever has both and knows the log's key
    can check them without any network.
    """
    open_state()
    from seawall.ledger import checkpoints
    from seawall.ledger.leaves import leaf_of

    event = _event(what)
    covering = _covering(event)
    proof_file = out or Path(f"{what}.tlog-proof")
    entry_file = proof_file.with_name(f"{proof_file.name.removesuffix('.tlog-proof')}.entry")
    try:
        proof_file.write_text(checkpoints.proof(event, covering), encoding="utf-8")
        entry_file.write_bytes(leaf_of(event))
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")
    how = _how_to_check(proof_file, entry_file)
    if as_json:
        emit_json(
            {
                "index": event.index,
                "size": covering.size,
                "proof": str(proof_file),
                "entry": str(entry_file),
                "check": how,
            }
        )
        return
    say(f"Entry {event.index} of {covering.size}: {event.what} on {event.on}")
    say(f"  {proof_file} proves that {entry_file} is in the log. Check it with:")
    say(f"  {how}")


def _how_to_check(proof: Path, entry: Path) -> str:
    words = ["seawall-verify", "--proof", str(proof), "--entry", str(entry)]
    return shlex.join([*words, "--key", _own_key().text])


def _event(what: str) -> "Event":
    """The event of this index, or the newest publication of this advisory."""
    from seawall.ledger import queries
    from seawall.ledger.models import Event

    if what.isascii() and what.isdigit():
        found = Event.objects.filter(index=int(what)).first() if len(what) < 19 else None
        if found is None:
            fail(f"The log has no entry {what}; it has {queries.size()}.")
        return found
    about = queries.events_about(f"advisory:{what.upper()}")
    published = [event for event in about if event.what == "advisory.published"]
    if not published:
        fail(f"No publication of {what} is in the log.")
    return published[-1]


@command.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@json_option
def export(folder: Path, as_json: bool) -> None:
    """Write the log into FOLDER, in files that any web server or bucket can give out.

    The layout is C2SP tlog-tiles. Files that are there already stay: export again to update.
    """
    open_state()
    from seawall.ledger import tiles

    _require_checkpoint()
    try:
        written = tiles.export(folder)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", code=MISSING)
    if written is None:
        fail("There is no checkpoint to export.", code=MISSING)
    if as_json:
        emit_json({"folder": str(folder), "size": written.size})
    else:
        say(f"{folder} holds the log of {written.size} entries.")


def _require_checkpoint() -> "Checkpoint":
    """The newest checkpoint with the witnesses it needs, as it is given out; the first of all is
    signed now."""
    from seawall.ledger import cosigning
    from seawall.vocab.errors import BadInput

    try:
        return cosigning.newest_witnessed() or _sign()
    except BadInput as error:
        fail(str(error), code=MISSING)


def _covering(event: "Event") -> "Checkpoint":
    """A checkpoint of a log that holds the event: a witnessed one if there is one."""
    from seawall.ledger import checkpoints

    found = [_require_checkpoint(), checkpoints.newest()]
    return (
        next((row for row in found if row is not None and row.size > event.index), None) or _sign()
    )


def _sign() -> "Checkpoint":
    from django.db import transaction

    from seawall.ledger import checkpoints
    from seawall.signing.keys import KeyUnusable

    try:
        with transaction.atomic():
            return checkpoints.sign(now=datetime.now(UTC))
    except checkpoints.CheckpointRefused as error:
        fail(str(error), code=BAD_INPUT if checkpoints.newest() is None else BAD_NEWS)
    except KeyUnusable as error:
        fail(str(error), code=MISSING)
