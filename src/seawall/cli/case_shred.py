"""`seawall case shred`: make a case unreadable for good."""

from typing import TYPE_CHECKING, NoReturn

import click

from seawall.cli.output import BAD_NEWS, emit_json, fail, json_option, say
from seawall.cli.state import open_state

if TYPE_CHECKING:
    from seawall.cases.models import Case


@click.command()
@click.argument("case", metavar="C-NUMBER")
@click.option("--yes", is_flag=True, help="Do it: there is no way back.")
@json_option
def shred(case: str, yes: bool, as_json: bool) -> None:
    """Shred a case: nobody can read it any more, backups included.

    Two people of two parties approve first, on the page that this command names; then call it
    again. Where no other party takes part that could sign, it is done at once.
    """
    open_state()
    from django.utils import timezone

    from seawall.cases import grave
    from seawall.cases.access import case as find
    from seawall.cases.shredding import shred as destroy
    from seawall.parties.access import NotFound
    from seawall.parties.approvals import NotApproved
    from seawall.vocab.actors import LOCAL

    now = timezone.now()
    try:
        row = find(LOCAL, case, now=now)
    except NotFound as error:
        fail(str(error))
    if not yes:
        fail(f"{row.public_id} could never be read again; say --yes if that is wanted.")
    try:
        alone = not grave.has_second_party(row, now=now)
        step = destroy if alone else grave.shred_approved
        done = step(row, by=LOCAL, now=now)
    except NotApproved:
        _ask(row, as_json)
    if as_json:
        emit_json(done)
    else:
        say(f"{done.case} is shredded, with {len(done.findings)} of its findings.")


def _ask(row: "Case", as_json: bool) -> NoReturn:
    """Ask for the approval and say where it is given; ends the command."""
    from django.conf import settings
    from django.utils import timezone

    from seawall.cases.grave import ask_shred
    from seawall.vocab.actors import LOCAL

    asked = ask_shred(row, by=LOCAL, now=timezone.now())
    place = f"{settings.SEAWALL_ORIGIN}/approvals/{asked.public_id}"
    if as_json:
        emit_json({"case": row.public_id, "approval": asked.public_id, "digest": asked.digest})
        raise SystemExit(BAD_NEWS)
    fail(
        f"{row.public_id} is not shredded yet: two people of two parties approve {asked.public_id} "
        f"({place}, digest {asked.digest}). Then call this again.",
        code=BAD_NEWS,
    )
