"""`seawall feed whose`: whose copy a leaked file is."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.output import BAD_NEWS, MISSING, clear_errors, emit_json, fail, json_option, say
from seawall.cli.state import open_state

if TYPE_CHECKING:
    from seawall.distribution.deliveries import Leak


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def whose(file: Path, as_json: bool) -> None:
    """Say whose copy FILE is: a decrypted archive, one packed from it, or a text out of it.

    Exit code 1 when the marks that cannot be seen name a recipient. That none is named does not
    mean that no copy leaked: marks can be removed (docs/distribution.md says how far they last).
    """
    open_state()
    from seawall.distribution.deliveries import whose_copy
    from seawall.feed.leaks import MAX_BYTES
    from seawall.signing.keys import KeyUnusable

    with clear_errors(str(file)):
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        try:
            leaks = whose_copy(data)
        except KeyUnusable as lacking:
            fail(str(lacking), code=MISSING)
    told = [leak for leak in leaks if leak.found.is_sure or leak.found.visible]
    if as_json:
        emit_json({"file": str(file), "copies": [_told(leak) for leak in told]})
    else:
        for leak in told:
            _print(leak)
        if not told:
            say("No mark of any delivery is left in it, which does not mean that it is none.")
    if any(leak.found.is_sure for leak in told):
        raise SystemExit(BAD_NEWS)


def _told(leak: "Leak") -> dict[str, Any]:
    row, found = leak.delivery, leak.found
    return {
        "delivery": row.public_id,
        "recipient": row.recipient.public_id,
        "party": row.recipient.party.name,
        "case": row.case.public_id,
        "made_at": row.made_at,
        "sure": found.is_sure,
        "chance": found.chance,
        "evidence": found.evidence,
        "visible": found.visible,
        "sealed": found.sealed,
    }


def _print(leak: "Leak") -> None:
    row, found = leak.delivery, leak.found
    who = f"{row.recipient.party.name} ({row.recipient.public_id}), {row.public_id}"
    if found.is_sure:
        say(f"{who}: this copy, made {row.made_at:%Y-%m-%d %H:%M} UTC of {row.case.public_id}.")
        say(f"    The chance that it is another's is {found.chance:.1e}.")
    elif found.sealed:
        say(f"{who}: it has the visible mark of this copy, as the house wrote it.")
    else:
        say(f"{who}: it has a visible mark that names this copy, and that anybody can write.")
    for each in found.evidence:
        say(f"    {each.kind}: {each.said} (by accident: {each.chance:.1e})")
