"""`seawall deliver`: a copy of a case for one recipient, marked and encrypted to its key."""

from typing import TYPE_CHECKING, NoReturn

import click

from seawall.cli.feed_state import feed_errors
from seawall.cli.output import BAD_INPUT, BAD_NEWS, emit_json, fail, json_option, say
from seawall.cli.recipient import find_recipient
from seawall.cli.state import open_state

if TYPE_CHECKING:
    from seawall.cases.models import Case
    from seawall.distribution.models import Recipient


@click.command()
@click.argument("case", metavar="C-NUMBER")
@click.option(
    "--to", required=True, metavar="RECIPIENT", help="RP-number, or the party with one recipient."
)
@click.option(
    "--part",
    "wanted",
    multiple=True,
    type=click.Choice(["documents", "patch", "reproducer"]),
    help="Only this; all that the recipient's tier allows when left out.",
)
@json_option
def command(case: str, to: str, wanted: tuple[str, ...], as_json: bool) -> None:
    """Deliver a case: draft documents, verified patches, and working reproducers to T3.

    Each copy carries marks of its own (docs/distribution.md). A working reproducer takes the
    approval of two people of two parties; without it this asks for it and ends with code 1.
    """
    open_state()
    from django.utils import timezone

    from seawall.cases.access import case as find_case
    from seawall.distribution.deliveries import DeliveryRefused, deliver
    from seawall.parties.access import NotFound, NotPermitted
    from seawall.vocab.actors import LOCAL

    now = timezone.now()
    try:
        row, recipient = find_case(LOCAL, case, now=now), _recipient(to)
    except NotFound as missing:
        fail(str(missing), code=BAD_INPUT)
    with feed_errors():
        try:
            made = deliver(row, recipient, wanted=wanted, by=LOCAL, now=now)
        except NotPermitted as refused:
            _ask(row, recipient, wanted, str(refused))
        except DeliveryRefused as refused:
            fail(str(refused), code=BAD_INPUT)
    if as_json:
        emit_json(
            {
                "id": made.public_id,
                "recipient": recipient.public_id,
                "case": made.case.public_id,
                "parts": made.parts,
                "path": made.path,
                "sha256": made.ciphertext_digest,
                "bytes": made.ciphertext_bytes,
            }
        )
    else:
        say(
            f"{made.public_id}: {', '.join(made.parts)} of {made.case.public_id} for "
            f"{recipient.party.name}, {made.ciphertext_bytes:,} bytes encrypted."
        )


def _ask(case: "Case", recipient: "Recipient", wanted: tuple[str, ...], why: str) -> NoReturn:
    """Ask for the approvals that are missing, when those are what is missing."""
    from django.utils import timezone

    from seawall.distribution.parts import REPRODUCER, ask_exports, parts_for
    from seawall.parties.access import NotPermitted
    from seawall.vocab.actors import LOCAL

    if REPRODUCER not in (wanted or parts_for(recipient)):
        fail(why, code=BAD_NEWS)
    try:
        asked = ask_exports(case, recipient, by=LOCAL, now=timezone.now())
    except NotPermitted as refused:
        fail(str(refused), code=BAD_NEWS)
    ids = ", ".join(row.public_id for row in asked)
    fail(f"{why} Asked for as {ids}; deliver again when they have signed.", code=BAD_NEWS)


def _recipient(text: str) -> "Recipient":
    """A recipient by its id, or the only one of a party that still holds."""
    from django.utils import timezone

    from seawall.core.public_ids import short_number
    from seawall.distribution.access import recipients
    from seawall.distribution.recipients import holds
    from seawall.vocab.actors import LOCAL

    if short_number("RP", text) is not None:
        return find_recipient(text)
    wanted, now = text.strip().lower(), timezone.now()
    found = [
        row
        for row in recipients(LOCAL)
        if wanted in (row.party.public_id.lower(), row.party.name.lower()) and holds(row, now=now)
    ]
    if len(found) != 1:
        few = "is no recipient" if not found else "is a recipient more than once; say which RP"
        fail(f"{text} {few}", code=BAD_INPUT)
    return found[0]
